"""`/api/v1/links`: create, get, list, change and delete links."""

from typing import Annotated

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.paging import PageQuery, Sorting, page_of
from shortener.api.problems import ERRORS, ONE_ERRORS
from shortener.api.schemas import LinkChange, LinkCreate, LinkOut, LinkPage
from shortener.links.models import Link
from shortener.links.queries import links_in, pick, search
from shortener.links.services import create_link, delete_link, update_link

router = Router(tags=["Links"])

SORTING = Sorting({"created_at": "created_at"}, default="-created_at")


class LinkQuery(PageQuery):
    """Which links."""

    q: Annotated[str, Field(description="Text in slug, destination or title", max_length=200)] = ""
    tag: Annotated[str, Field(max_length=50)] = ""


@router.post("", response={201: LinkOut, **ERRORS}, operation_id="createLink")
@needs_scope("links:write")
def create(request: ApiRequest, body: LinkCreate) -> Status[LinkOut]:
    """Create a link in the key's workspace."""
    key = request.auth
    link = create_link(workspace=key.workspace, by=actor_of(request), **body.model_dump())
    return Status(201, LinkOut.of(link))


@router.get("", response={200: LinkPage, **ERRORS}, operation_id="listLinks")
@needs_scope("links:read")
def list_(request: ApiRequest, query: Annotated[LinkQuery, Query()]) -> LinkPage:
    """List the links of the key's workspace, newest first."""
    page = page_of(request, search(links_in(request.auth.workspace), query.q, query.tag), query, SORTING)
    return LinkPage(data=[LinkOut.of(link) for link in page.rows], next=page.next)


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
