"""`/api/v1/tags`: the words that links are found by."""

from typing import Annotated, Self

from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body
from shortener.infra import public_id
from shortener.links.models import Tag
from shortener.links.named import live_links
from shortener.links.tags import create_tag, delete_tag, merge_tags, pick_tag, rename_tag, tags_in

router = Router(tags=["Tags"])

SORTING = Sorting({"name": "name"}, default="name")
Name = Annotated[str, Field(description="1 to 50 characters, no commas; unlike any other in the workspace")]


class TagIn(Body):
    """A tag to be made, or its new name."""

    model_config = example({"name": "spring"})

    name: Name


class TagMerge(Body):
    """Which tag takes the place of another."""

    model_config = example({"into": "tag_x8Kd9aQ2"})

    into: Annotated[str, Field(description="ID of the tag that stays", max_length=100)]


class TagOut(Schema):
    """A tag, and how many links have it."""

    model_config = example({"id": "tag_x8Kd9aQ2", "name": "spring", "links": 12})

    id: str
    name: str
    links: int

    @classmethod
    def of(cls, tag: Tag) -> Self:
        """`tag` as the API shows it."""
        return cls(id=public_id.encode("tag", tag.pk), name=tag.name, links=live_links(tag))


class TagPage(Schema):
    """Tags by name; `next` asks for those behind, None at the end."""

    data: list[TagOut]
    next: Next


@router.post("", response={201: TagOut}, operation_id="createTag", summary="Create a tag")
@needs_scope("tags:write")
@fails("too_many")
def create(request: ApiRequest, body: TagIn) -> Status[TagOut]:
    """Make a tag before any link has it. Links that are given new tags make them by themselves."""
    return Status(201, TagOut.of(create_tag(request.auth.workspace, name=body.name, by=actor_of(request))))


@router.get("", response={200: TagPage}, operation_id="listTags", summary="List tags")
@needs_scope("tags:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> TagPage:
    """The tags of the key's workspace by name, each with its number of links."""
    page = page_of(request, tags_in(request.auth.workspace), query, SORTING)
    return TagPage(data=[TagOut.of(tag) for tag in page.rows], next=page.next)


@router.get("/{tag_id}", response={200: TagOut}, operation_id="getTag", summary="Get a tag")
@needs_scope("tags:read")
def get(request: ApiRequest, tag_id: str) -> TagOut:
    """One tag."""
    return TagOut.of(pick_tag(request.auth.workspace, tag_id))


@router.patch(
    "/{tag_id}", response={200: TagOut}, operation_id="changeTag", summary="Rename a tag",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("tags:write")
def change(request: ApiRequest, tag_id: str, body: TagIn) -> TagOut:
    """Give a tag another name, on all links that have it. The name of another tag is refused; to make one tag of two,
    merge them."""
    tag = pick_tag(request.auth.workspace, tag_id)
    return TagOut.of(rename_tag(tag, name=body.name, by=actor_of(request), check=unchanged(request, TagOut.of)))


@router.post("/{tag_id}/merge", response={200: TagOut}, operation_id="mergeTag", summary="Merge two tags")
@needs_scope("tags:write")
def merge(request: ApiRequest, tag_id: str, body: TagMerge) -> TagOut:
    """Put another tag in the place of this one, which is gone afterwards. Answers with the one that stays."""
    home = request.auth.workspace
    return TagOut.of(merge_tags(pick_tag(home, tag_id), pick_tag(home, body.into), by=actor_of(request)))


@router.delete(
    "/{tag_id}", response={204: None}, operation_id="deleteTag", summary="Delete a tag",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("tags:write")
def delete(request: ApiRequest, tag_id: str) -> Status[None]:
    """Take a tag off all links."""
    tag = pick_tag(request.auth.workspace, tag_id)
    delete_tag(tag, by=actor_of(request), check=unchanged(request, TagOut.of))
    return Status(204, None)
