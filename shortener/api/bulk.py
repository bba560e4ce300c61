"""`/api/v1/links/bulk`: up to a thousand links at once.

With `atomic` (the default) all of them or none: 422 names every item that is wrong. Without it each for itself, and an
answer has a result for each: 201 or 200 when all could be done, 207 when some could, 422 when none could.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import BaseModel, Field, SkipValidation, ValidationError

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.examples import example
from shortener.api.limits import charge
from shortener.api.problems import (
    CONTENT_TYPE,
    Problem,
    detail_of,
    details,
    invalid_entries,
    problem,
    refused_fields,
)
from shortener.api.schemas import EXAMPLE, Body, LinkChange, LinkNew, LinkOut, said, shown
from shortener.api.writing import answer
from shortener.infra.errors import NotFound, Refused
from shortener.links.bulk import MOST, BulkRefused, create_links, delete_links, update_links
from shortener.links.models import Link

router = Router(tags=["Links"])

Atomic = Annotated[bool, Field(description="All or nothing; otherwise each for itself, with a result for each")]


class BulkLinkChange(LinkChange):
    """A link, and the fields to change; what is left out stays."""

    model_config = example({"id": "link_x8Kd9aQ2", "tags": ["summer"]})

    id: str


class BulkCreate(Body):
    """Links to be made."""

    links: Annotated[list[SkipValidation[LinkNew]], Field(min_length=1, max_length=MOST)]
    atomic: Atomic = True


class BulkUpdate(Body):
    """Links to be changed, each once."""

    links: Annotated[list[SkipValidation[BulkLinkChange]], Field(min_length=1, max_length=MOST)]
    atomic: Atomic = True


class BulkDelete(Body):
    """Links to be deleted."""

    ids: Annotated[list[str], Field(min_length=1, max_length=MOST, examples=[["link_x8Kd9aQ2"]])]
    atomic: Atomic = True


Result = dict[str, Any]  # as `ItemResult`
NOTHING_DONE = "No item was accepted; nothing was changed."
WORDS = "There is no such link, or none that this key may see."
NOT_FOUND: Result = {
    "status": 404, "link": None, "problem": details(404, "not_found", WORDS, [("/links/1", WORDS)])
}  # fmt: skip


class ItemResult(Schema):
    """What became of one item: the link, or a problem."""

    status: int
    link: LinkOut | None = None
    problem: Problem | None = None


class BulkResult(Schema):
    """What became of each item, in their order."""

    succeeded: int
    failed: int
    results: list[ItemResult]


def counted(results: list[Result]) -> Result:
    """`results` as `BulkResult`."""
    failed = sum(result["problem"] is not None for result in results)
    return {"succeeded": len(results) - failed, "failed": failed, "results": results}


class AllFailed(Problem, BulkResult):
    """A problem with every item."""

    model_config = example({**details(422, "all_failed", NOTHING_DONE), **counted([NOT_FOUND])})


def shown_as(status: int, link: Result | None = EXAMPLE) -> Result:
    """For `openapi_extra`: answers in which an item is done with `status`, and one is not."""
    done = {"status": status, "link": link, "problem": None}
    answers = {200 if status == 204 else status: [done], 207: [done, NOT_FOUND]}
    return {
        "responses": {
            answer: {"content": {"application/json": {"example": counted(items)}}} for answer, items in answers.items()
        }
    }


RESPONSES = {207: BulkResult, 422: AllFailed}
Service = Callable[[list[Any]], Sequence[object]]


@router.post(
    "/bulk",
    response={201: BulkResult, **RESPONSES},
    operation_id="createLinks",
    summary="Create many links",
    openapi_extra=shown_as(201),
)
@needs_scope("links:write", budget="bulk")
@fails("all_failed", "link_limit")
def create(request: ApiRequest, body: BulkCreate) -> HttpResponse:
    """Create up to 1,000 links."""
    charge(request, "bulk", len(body.links) - 1)
    workspace, by = request.auth.workspace, actor_of(request)

    def make(items: list[Any]) -> Sequence[object]:
        return create_links(workspace, items, by=by, atomic=body.atomic)

    return _answer(request, "links", _checked(LinkNew, body.links), make, atomic=body.atomic, done=201)


@router.patch(
    "/bulk",
    response={200: BulkResult, **RESPONSES},
    operation_id="changeLinks",
    summary="Change many links",
    openapi_extra=shown_as(200),
)
@needs_scope("links:write", budget="bulk")
@fails("all_failed")
def change(request: ApiRequest, body: BulkUpdate) -> HttpResponse:
    """Change up to 1,000 links, each in its own way."""
    charge(request, "bulk", len(body.links) - 1)
    workspace, by = request.auth.workspace, actor_of(request)
    checked = _checked(BulkLinkChange, body.links)
    _refuse_twice("links", [item.get("id") for item in checked if isinstance(item, dict)])

    def save(items: list[Any]) -> Sequence[object]:
        pairs = [(item["id"], {name: value for name, value in item.items() if name != "id"}) for item in items]
        return update_links(workspace, pairs, by=by, atomic=body.atomic)

    return _answer(request, "links", checked, save, atomic=body.atomic, done=200)


@router.post(
    "/bulk/delete",
    response={200: BulkResult, **RESPONSES},
    operation_id="deleteLinks",
    summary="Delete many links",
    openapi_extra=shown_as(204, None),
)
@needs_scope("links:write", budget="bulk")
@fails("all_failed")
def delete(request: ApiRequest, body: BulkDelete) -> HttpResponse:
    """Delete up to 1,000 links."""
    charge(request, "bulk", len(body.ids) - 1)
    workspace, by = request.auth.workspace, actor_of(request)
    _refuse_twice("ids", body.ids)

    def remove(ids: list[Any]) -> Sequence[object]:
        return delete_links(workspace, ids, by=by, atomic=body.atomic)

    return _answer(request, "ids", body.ids, remove, atomic=body.atomic, done=204)


def _checked(kind: type[BaseModel], items: Sequence[object]) -> list[dict[str, Any] | ValidationError]:
    """What each item says, or what is wrong with its shape."""
    checked: list[dict[str, Any] | ValidationError] = []
    for item in items:
        try:
            checked.append(said(kind.model_validate(item)))
        except ValidationError as error:
            checked.append(error)
    return checked


def _refuse_twice(name: str, ids: Sequence[Any]) -> None:
    seen: set[Any] = set()
    for link_id in ids:
        if link_id in seen:
            raise Refused({name: [f"“{link_id}” is there twice."]})
        seen.add(link_id)


def _answer(
    request: ApiRequest, name: str, items: Sequence[Any], service: Service, *, atomic: bool, done: int
) -> HttpResponse:
    """Have `service` do what `items` say, less those that are wrong already, and tell what became of each."""
    places = [place for place, item in enumerate(items) if not isinstance(item, ValidationError)]
    errors: dict[int, Exception] = {place: item for place, item in enumerate(items) if isinstance(item, Exception)}
    if atomic and errors:
        return _refused(name, errors)
    try:
        outcomes = service([items[place] for place in places]) if places else []
    except BulkRefused as error:
        return _refused(name, {places[place]: found for place, found in error.errors.items()})
    found = dict(zip(places, outcomes, strict=True))
    results = [_result(f"/{name}/{place}", found.get(place) or errors[place], done) for place in range(len(items))]
    return _told(request, results, 200 if done == 204 else done)


def _told(request: ApiRequest, results: list[Result], done: int) -> HttpResponse:
    told = counted(results)
    if told["succeeded"]:
        return answer(request, told, 207 if told["failed"] else done)
    response = answer(request, {**details(422, "all_failed", NOTHING_DONE), **told}, 422)
    response.headers["Content-Type"] = CONTENT_TYPE
    return response


def _result(pointer: str, outcome: object, done: int) -> Result:
    if isinstance(outcome, Link):
        return {"status": done, "link": None if done == 204 else shown(outcome), "problem": None}
    errors = _errors(pointer, outcome)
    if isinstance(outcome, NotFound):
        found = details(404, "not_found", WORDS, errors)
    else:
        found = details(422, "invalid_fields", detail_of(errors), errors)
    return {"status": found["status"], "link": None, "problem": found}


def _refused(name: str, errors: dict[int, Exception]) -> HttpResponse:
    """Nothing was done: what is wrong with every item."""
    listed = [found for place in sorted(errors) for found in _errors(f"/{name}/{place}", errors[place])]
    return problem(422, "invalid_fields", f"{len(errors)} items are wrong, so nothing was changed.", listed)


def _errors(pointer: str, error: object) -> list[tuple[str, str]]:
    if isinstance(error, ValidationError):
        return [(f"{pointer}{inner}", message) for inner, message in invalid_entries(error.errors(), skip=0)]
    if isinstance(error, Refused):
        return refused_fields(error, pointer)
    return [(pointer, WORDS)]
