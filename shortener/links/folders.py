"""Folders of a workspace, in which links lie."""

from django.db.models import QuerySet

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.links.models import Folder, Link
from shortener.links.named import (
    Check,
    Kind,
    change_thing,
    create_thing,
    delete_thing,
    no_check,
    pick_thing,
    with_live_links,
)

KIND = Kind(Folder, "folder", 80)


def folders_in(workspace: Workspace) -> QuerySet[Folder]:
    """The folders of `workspace` by name, each with its number of `live` links."""
    return with_live_links(KIND, workspace, Link.objects.all(), "folder")


def pick_folder(workspace: Workspace, folder_id: str) -> Folder:
    """The folder of `workspace` with this public ID. Raises `NotFound`."""
    return pick_thing(KIND, workspace, folder_id)


def create_folder(workspace: Workspace, *, name: str, by: Actor) -> Folder:
    """A new folder. Raises `LinkError`."""
    return create_thing(KIND, workspace, name=name, by=by)


def rename_folder(folder: Folder, *, name: str, by: Actor, check: Check = no_check) -> Folder:
    """Give `folder` another name. Raises `LinkError`."""
    return change_thing(KIND, folder, {"name": name}, by=by, check=check)


def delete_folder(folder: Folder, *, by: Actor, check: Check = no_check) -> None:
    """Delete `folder`; its links stay, in no folder."""
    delete_thing(KIND, folder, by=by, check=check)
