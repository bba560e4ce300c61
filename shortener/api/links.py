"""`/api/v1/links`: create, get, list, change and delete links."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.problems import Problem, problem
from shortener.api.schemas import LinkChange, LinkCreate, LinkOut, LinkPage
from shortener.links.models import Link
from shortener.links.queries import links_in, pick, search
from shortener.links.services import create_link, delete_link, update_link

router = Router(tags=["Links"])

ERRORS = {401: Problem, 403: Problem, 422: Problem}
ONE_ERRORS = {**ERRORS, 404: Problem}


@router.post("", response={201: LinkOut, **ERRORS}, operation_id="createLink")
@needs_scope("links:write")
def create(request: ApiRequest, body: LinkCreate) -> Status[LinkOut]:
    """Create a link in the key's workspace."""
    key = request.auth
    link = create_link(workspace=key.workspace, by=actor_of(request), **body.model_dump())
    return Status(201, LinkOut.of(link))


@router.get("", response={200: LinkPage, **ERRORS}, operation_id="listLinks")
@needs_scope("links:read")
def list_(
    request: ApiRequest,
    q: Annotated[str, Query(description="Text in slug, destination or title", max_length=200)] = "",
    tag: Annotated[str, Query(max_length=50)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str, Query(description="`next` of the page before", max_length=200)] = "",
) -> LinkPage | HttpResponse:
    """List the links of the key's workspace, newest first."""
    links = search(links_in(request.auth.workspace), q, tag)
    if cursor:
        after = _read_cursor(cursor)
        if after is None:
            message = "This is not a cursor of ours: use `next` of the page before."
            return problem(422, "invalid_fields", f"cursor: {message}", [("/cursor", message)])
        links = _behind(links, *after)
    found = list(links[: limit + 1])
    more = len(found) > limit
    return LinkPage(data=[LinkOut.of(link) for link in found[:limit]], next=_cursor(found[limit - 1]) if more else None)


@router.get("/{link_id}", response={200: LinkOut, **ONE_ERRORS}, operation_id="getLink")
@needs_scope("links:read")
def get(request: ApiRequest, link_id: str) -> LinkOut:
    """Get a link."""
    return LinkOut.of(_pick(request, link_id))


@router.patch("/{link_id}", response={200: LinkOut, **ONE_ERRORS}, operation_id="changeLink")
@needs_scope("links:write")
def change(request: ApiRequest, link_id: str, body: LinkChange) -> LinkOut:
    """Change the fields that the body names."""
    update_link(_pick(request, link_id), changes=body.model_dump(exclude_unset=True), by=actor_of(request))
    return LinkOut.of(_pick(request, link_id))


@router.delete("/{link_id}", response={204: None, **ONE_ERRORS}, operation_id="deleteLink")
@needs_scope("links:write")
def delete(request: ApiRequest, link_id: str) -> Status[None]:
    """Delete a link. Its slug is never given to another."""
    delete_link(_pick(request, link_id), by=actor_of(request))
    return Status(204, None)


def _pick(request: ApiRequest, link_id: str) -> Link:
    return pick(links_in(request.auth.workspace), link_id)


def _cursor(link: Link) -> str:
    return base64.urlsafe_b64encode(f"{link.created_at.isoformat()} {link.pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, int] | None:
    try:
        moment, number = base64.urlsafe_b64decode(cursor.encode()).decode("ascii").split(" ")
        parsed = datetime.fromisoformat(moment)
        return (parsed, int(number)) if parsed.tzinfo and 0 <= int(number) < 2**63 else None
    except (ValueError, binascii.Error, OverflowError):
        return None


def _behind(links: QuerySet[Link], moment: datetime, number: int) -> QuerySet[Link]:
    return links.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=number))
