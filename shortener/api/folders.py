"""`/api/v1/folders`: where links lie."""

from typing import Annotated, Self

from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc
from shortener.infra import public_id
from shortener.links.folders import create_folder, delete_folder, folders_in, pick_folder, rename_folder
from shortener.links.models import Folder
from shortener.links.named import live_links

router = Router(tags=["Folders"])

SORTING = Sorting({"name": "name"}, default="name")


class FolderIn(Body):
    """A folder to be made, or its new name."""

    model_config = example({"name": "Newsletter"})

    name: Annotated[str, Field(description="1 to 80 characters; no other folder of the workspace has it")]


class FolderOut(Schema):
    """A folder, and how many links lie in it."""

    model_config = example(
        {"id": "folder_x8Kd9aQ2", "name": "Newsletter", "links": 12, "created_at": "2027-01-01T09:00:00Z"}
    )

    id: str
    name: str
    links: int
    created_at: Utc

    @classmethod
    def of(cls, folder: Folder) -> Self:
        """`folder` as the API shows it."""
        number = public_id.encode("folder", folder.pk)
        return cls(id=number, name=folder.name, links=live_links(folder), created_at=folder.created_at)


class FolderPage(Schema):
    """Folders by name; `next` asks for those behind, None at the end."""

    data: list[FolderOut]
    next: Next


@router.post("", response={201: FolderOut}, operation_id="createFolder", summary="Create a folder")
@needs_scope("folders:write")
@fails("too_many")
def create(request: ApiRequest, body: FolderIn) -> Status[FolderOut]:
    """Make an empty folder. Links are put into it by their own `folder`."""
    return Status(201, FolderOut.of(create_folder(request.auth.workspace, name=body.name, by=actor_of(request))))


@router.get("", response={200: FolderPage}, operation_id="listFolders", summary="List folders")
@needs_scope("folders:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> FolderPage:
    """The folders of the key's workspace by name, each with its number of links."""
    page = page_of(request, folders_in(request.auth.workspace), query, SORTING)
    return FolderPage(data=[FolderOut.of(folder) for folder in page.rows], next=page.next)


@router.get("/{folder_id}", response={200: FolderOut}, operation_id="getFolder", summary="Get a folder")
@needs_scope("folders:read")
def get(request: ApiRequest, folder_id: str) -> FolderOut:
    """One folder."""
    return FolderOut.of(pick_folder(request.auth.workspace, folder_id))


@router.patch(
    "/{folder_id}", response={200: FolderOut}, operation_id="changeFolder", summary="Rename a folder",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("folders:write")
def change(request: ApiRequest, folder_id: str, body: FolderIn) -> FolderOut:
    """Give a folder another name."""
    folder, check = pick_folder(request.auth.workspace, folder_id), unchanged(request, FolderOut.of)
    return FolderOut.of(rename_folder(folder, name=body.name, by=actor_of(request), check=check))


@router.delete(
    "/{folder_id}", response={204: None}, operation_id="deleteFolder", summary="Delete a folder",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("folders:write")
def delete(request: ApiRequest, folder_id: str) -> Status[None]:
    """Delete a folder. Its links stay, and lie in none afterwards."""
    folder = pick_folder(request.auth.workspace, folder_id)
    delete_folder(folder, by=actor_of(request), check=unchanged(request, FolderOut.of))
    return Status(204, None)
