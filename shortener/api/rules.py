"""`/api/v1/links/{id}/rules`: other destinations for some visitors, and what a visitor would meet."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import BaseModel, Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.exchange import exchange
from shortener.api.response_headers import header
from shortener.api.schemas import Body, shown
from shortener.api.writing import etag_of
from shortener.infra.moments import Rfc3339
from shortener.links.fields import checked
from shortener.links.models import Link
from shortener.links.queries import State, links_with, pick
from shortener.links.rules import Device, LinkRule
from shortener.links.services import update_link
from shortener.redirects.simulate import Persona, simulate

router = Router(tags=["Rules"])

EXAMPLE: dict[str, Any] = {
    "rules": [
        {
            "conditions": [{"type": "device", "values": ["ios"]}],
            "targets": [{"url": "https://example.com/ios", "weight": 1}],
        }
    ]
}
TRY_EXAMPLE: dict[str, Any] = {"visitor": {"device": "ios", "country": "DE", "language": "de"}}


TAGGED: dict[str, Any] = {"responses": {200: {"headers": {"ETag": header("ETag")}}}}


class Rules(Body):
    """The rules of a link, in their order: the first one that holds decides."""

    model_config = example(EXAMPLE)

    rules: list[LinkRule]


class Visitor(Body):
    """A visitor, described. What is left empty, this visitor does not show."""

    device: Device | Literal[""] = ""
    browser: Annotated[str, Field(max_length=100, description="As statistics name it", examples=["Firefox"])] = ""
    os: Annotated[str, Field(max_length=100, description="As statistics name it", examples=["Windows"])] = ""
    country: Annotated[str, Field(max_length=2, description="ISO 3166-1", examples=["DE"])] = ""
    region: Annotated[str, Field(max_length=100)] = ""
    city: Annotated[str, Field(max_length=100)] = ""
    language: Annotated[str, Field(max_length=400, description="A tag, or an Accept-Language header")] = ""
    referrer: Annotated[str, Field(max_length=2000, description="A host or an address")] = ""
    address: Annotated[str, Field(max_length=100, description="IP address")] = ""
    user_agent: Annotated[str, Field(max_length=512)] = ""
    query: Annotated[str, Field(max_length=2000, description="Query string of the short address")] = ""
    path: Annotated[str, Field(max_length=2000, description="What stands behind the slug")] = ""
    is_bot: bool = False
    at: Annotated[Rfc3339 | None, Field(description="When; null: now", examples=["2027-01-04T12:00:00Z"])] = None


class Try(Body):
    """Who comes, and to which rules: the link's own unless others are given, which are not kept."""

    model_config = example(TRY_EXAMPLE)

    visitor: Visitor = Visitor()
    rules: list[LinkRule] | None = None


class ReasonOut(BaseModel):
    """How one condition turned out."""

    kind: str
    holds: bool
    words: str


class ChoiceOut(BaseModel):
    """One target: how many of a hundred visitors get it, and whether this one does."""

    url: str
    percent: float
    is_chosen: bool


class OutcomeOut(BaseModel):
    """How one rule turned out. `number`: its place, from 1; null: the link's page for iOS or Android."""

    number: int | None
    holds: bool
    decided: bool
    reasons: list[ReasonOut]
    choices: list[ChoiceOut]


TRIED: dict[str, Any] = {
    "state": "active", "destination": "https://example.com/ios", "status": 302, "rule": 1, "before": [],
    "outcomes": [
        {
            "number": 1, "holds": True, "decided": True,
            "reasons": [{"kind": "device", "holds": True, "words": "The device is iOS."}],
            "choices": [{"url": "https://example.com/ios", "percent": 100.0, "is_chosen": True}],
        }
    ],
}  # fmt: skip


class TryOut(BaseModel):
    """What the visitor meets. `rule` decided (null: none); `destination` is empty where there is nothing; `before`:
    pages that come first; `outcomes`: each rule and why."""

    model_config = example(TRIED)

    state: State
    destination: str
    status: int
    rule: int | None
    before: list[Literal["password", "notice", "app"]]
    outcomes: list[OutcomeOut]


@router.get(
    "/links/{link_id}/rules", response={200: Rules}, operation_id="getRules", summary="Get rules", openapi_extra=TAGGED
)
@needs_scope("links:read")
def get(request: ApiRequest, link_id: str) -> Rules:
    """The rules of a link."""
    return _answer(request, pick(links_with(request.auth), link_id))


@router.put(
    "/links/{link_id}/rules", response={200: Rules}, operation_id="putRules",
    summary="Replace rules", openapi_extra={**IF_MATCH, **TAGGED},
)  # fmt: skip
@needs_scope("links:write")
def put(request: ApiRequest, link_id: str, body: Rules) -> Rules:
    """Give a link these rules and no others."""
    link, check = pick(links_with(request.auth), link_id), unchanged(request, shown)
    return _answer(request, update_link(link, changes={"rules": body.rules}, by=actor_of(request), check=check))


@router.post(
    "/links/{link_id}/rules/try", response={200: TryOut}, operation_id="tryRules",
    summary="Try rules on a visitor",
)  # fmt: skip
@needs_scope("links:read")
def try_(request: ApiRequest, link_id: str, body: Try) -> TryOut:
    """Where a visitor would get, by which rule, and why by none before it. Nothing is kept, and no click is counted."""
    link = pick(links_with(request.auth), link_id)
    rules = None if body.rules is None else checked("rules", body.rules)
    return TryOut.model_validate(asdict(simulate(link, Persona(**body.visitor.model_dump()), rules)))


def _answer(request: ApiRequest, link: Link) -> Rules:
    """The rules, with the `ETag` of their link: they are a part of it."""
    exchange(request).headers["ETag"] = etag_of(shown(link))
    return Rules(rules=[LinkRule.model_validate(rule) for rule in link.rules])
