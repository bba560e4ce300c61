"""`/api/v1/links`: create, find, get, list, change, delete and restore links. Many at once: `bulk`."""

from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, IF_NONE_MATCH, unchanged
from shortener.api.paging import PageQuery, Sorting, page_of
from shortener.api.schemas import LinkChange, LinkCreate, LinkOut, LinkPage, LinkUpsert, said, shown, shown_listed
from shortener.api.writing import answer
from shortener.clicks.ranking import ranked
from shortener.infra.moments import Rfc3339
from shortener.links.filters import LinkFilter, filtered, in_time, is_led_by_a_tag
from shortener.links.listed import listed
from shortener.links.models import Link
from shortener.links.queries import State, at_short_url, links_with, pick, reached_with
from shortener.links.services import (
    create_link,
    delete_link,
    find_or_create_link,
    restore_link,
    update_link,
    upsert_link,
)

router = Router(tags=["Links"])

SORTING = Sorting({"created_at": "created_at", "updated_at": "updated_at"}, default="-created_at")
BY_CLICKS = Sorting({"clicks": "ranked_clicks"}, default="-clicks", number="ranked_number")
BY_TAG = Sorting(
    {"created_at": "tagged_created_at", "updated_at": "tagged_updated_at"},
    default="-created_at",
    number="tagged_number",
)
Moment = Rfc3339 | None
From = Field(description="From then on (RFC 3339)", examples=["2027-01-01T00:00:00Z"])
UpTo = Field(description="Before then (RFC 3339)", examples=["2027-02-01T00:00:00Z"])


ExternalName = Annotated[str, Path(description="Your own name for the link", examples=["order-1042"])]


class LinkQuery(PageQuery):
    """Which links, in which order."""

    q: Annotated[str, Field(description="Text in slug, destination or title", max_length=200, examples=["page"])] = ""
    tag: Annotated[list[str], Field(description="With all of these tags", max_length=10, examples=[["spring"]])] = []
    folder: Annotated[
        str, Field(description="In the folder with this ID", max_length=50, examples=["folder_x8Kd9aQ2"])
    ] = ""
    domain: Annotated[str, Field(description="On this host", max_length=255, examples=["go.example.org"])] = ""
    creator: Annotated[
        str,
        Field(description="Made by the member with this e-mail address", max_length=254, examples=["ada@example.org"]),
    ] = ""
    state: Annotated[Literal["", State], Field(description="What a visitor would meet now")] = ""
    external_id: Annotated[str, Field(description="With exactly this one", max_length=100, examples=["order-1042"])] = (
        ""
    )
    created_from: Annotated[Moment, From] = None
    created_before: Annotated[Moment, UpTo] = None
    updated_from: Annotated[Moment, From] = None
    updated_before: Annotated[Moment, UpTo] = None
    sort: Annotated[
        Literal["", "-created_at", "created_at", "-updated_at", "updated_at", "-clicks", "clicks"],
        Field(description="Newest first unless given; clicks are as of a minute ago"),
    ] = ""

    def wanted(self) -> LinkFilter:
        """The filters."""
        return LinkFilter(
            text=self.q, tags=tuple(self.tag), folder=self.folder, domain=self.domain, creator=self.creator,
            state=self.state, external_id=self.external_id, created=(self.created_from, self.created_before),
            updated=(self.updated_from, self.updated_before),
        )  # fmt: skip


@router.post("", response={201: LinkOut, 200: LinkOut}, operation_id="createLink", summary="Create a link")
@needs_scope("links:write")
@fails("link_limit")
def create(request: ApiRequest, body: LinkCreate) -> HttpResponse:
    """Create a link in the key's workspace. With `find_existing`, 200 and the link that is just like it, if there is
    one."""
    wanted = said(body)
    if wanted.pop("find_existing", False):
        link, is_new = find_or_create_link(workspace=request.auth.workspace, by=actor_of(request), **wanted)
        return answer(request, shown(link), 201 if is_new else 200)
    return answer(request, shown(create_link(workspace=request.auth.workspace, by=actor_of(request), **wanted)), 201)


@router.get("", response={200: LinkPage}, operation_id="listLinks", summary="List links")
@needs_scope("links:read")
def list_(request: ApiRequest, query: Annotated[LinkQuery, Query()]) -> HttpResponse:
    """List the links that the key reaches, newest first."""
    wanted, by_clicks = query.wanted(), query.sort.endswith("clicks")
    links = filtered(reached_with(request.auth), request.auth.workspace, wanted)
    sorting = SORTING
    if by_clicks:
        links, sorting = ranked(links, request.auth.workspace), BY_CLICKS
    elif is_led_by_a_tag(links):
        sorting = BY_TAG  # both columns are the tag's: no index holds one of each table
    with in_time(narrowed=by_clicks or wanted != LinkFilter()):
        page = page_of(request, links, query, sorting, query.sort, read=listed)
    now = timezone.now()
    return answer(request, {"data": [shown_listed(link, now) for link in page.rows], "next": page.next})


@router.get("/lookup", response={200: LinkOut}, operation_id="lookUpLink", summary="Find a link by its short URL")
@needs_scope("links:read")
@fails("not_found")
def look_up(
    request: ApiRequest,
    url: Annotated[
        str,
        Query(
            description="A short URL, with or without its scheme", max_length=2048, examples=["go.example.org/spring"]
        ),
    ],
) -> HttpResponse:
    """Get the link that a short URL leads to."""
    return answer(request, shown(at_short_url(links_with(request.auth), url)))


@router.get(
    "/external/{path:external_id}",
    response={200: LinkOut},
    operation_id="getExternalLink",
    summary="Get a link by its external ID",
)
@needs_scope("links:read")
def get_external(request: ApiRequest, external_id: ExternalName) -> HttpResponse:
    """Get the link with an external ID. In paths and in bulk, `ext_` and the external ID do as well as a link's own ID;
    in a path only without a slash in it."""
    return answer(request, shown(pick(links_with(request.auth), f"ext_{external_id}")))


@router.put(
    "/external/{path:external_id}",
    response={200: LinkOut, 201: LinkOut},
    operation_id="upsertLink",
    summary="Create or change a link by its external ID",
    openapi_extra={"parameters": [*IF_MATCH["parameters"], IF_NONE_MATCH]},
)
@needs_scope("links:write")
@fails("link_limit")
def upsert(request: ApiRequest, external_id: ExternalName, body: LinkUpsert) -> HttpResponse:
    """Create the link with an external ID (201), or change the fields that the body names (200). What is left out
    stays. With `If-Match` none is created, with `If-None-Match: *` none is changed."""
    wanted = {**said(body), "external_id": external_id}
    home, check = request.auth.workspace, unchanged(request, shown)
    link, is_new = upsert_link(workspace=home, by=actor_of(request), check=check, **wanted)
    return answer(request, shown(link), 201 if is_new else 200)


@router.get("/{link_id}", response={200: LinkOut}, operation_id="getLink", summary="Get a link")
@needs_scope("links:read")
def get(request: ApiRequest, link_id: str) -> HttpResponse:
    """Get a link."""
    return answer(request, shown(_pick(request, link_id)))


@router.patch(
    "/{link_id}", response={200: LinkOut}, operation_id="changeLink", summary="Change a link", openapi_extra=IF_MATCH
)
@needs_scope("links:write")
def change(request: ApiRequest, link_id: str, body: LinkChange) -> HttpResponse:
    """Change the fields that the body names."""
    check = unchanged(request, shown)
    link = update_link(_pick(request, link_id), changes=said(body), by=actor_of(request), check=check)
    return answer(request, shown(link))


@router.delete(
    "/{link_id}", response={204: None}, operation_id="deleteLink", summary="Delete a link", openapi_extra=IF_MATCH
)
@needs_scope("links:write")
def delete(request: ApiRequest, link_id: str) -> Status[None]:
    """Delete a link. Its slug is never given to another; it can be restored."""
    delete_link(_pick(request, link_id), by=actor_of(request), check=unchanged(request, shown))
    return Status(204, None)


@router.post(
    "/{link_id}/restore", response={200: LinkOut}, operation_id="restoreLink", summary="Restore a deleted link"
)
@needs_scope("links:write")
@fails("link_limit", "external_id_taken")
def restore(request: ApiRequest, link_id: str) -> HttpResponse:
    """Bring a deleted link back, as it was. One that is there stays as it is."""
    return answer(request, shown(restore_link(request.auth.workspace, link_id, by=actor_of(request))))


def _pick(request: ApiRequest, link_id: str) -> Link:
    return pick(links_with(request.auth), link_id)
