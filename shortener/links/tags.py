"""Tags of a workspace. Links get theirs by name (`services`); here they are renamed, merged and deleted."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra.errors import NotFound
from shortener.links.errors import LinkError
from shortener.links.fields import TAG_MAX_LENGTH
from shortener.links.models import Link, Tag, Tagged
from shortener.links.named import (
    Check,
    Kind,
    change_thing,
    create_thing,
    delete_thing,
    hold_links,
    id_of,
    no_check,
    pick_thing,
    with_live_links,
)

KIND = Kind(Tag, "tag", TAG_MAX_LENGTH)


def tags_in(workspace: Workspace) -> QuerySet[Tag]:
    """The tags of `workspace` by name, each with its number of `live` links."""
    return with_live_links(KIND, workspace, Tagged.objects.all(), "tag")


def pick_tag(workspace: Workspace, tag_id: str) -> Tag:
    """The tag of `workspace` with this public ID. Raises `NotFound`."""
    return pick_thing(KIND, workspace, tag_id)


def create_tag(workspace: Workspace, *, name: str, by: Actor) -> Tag:
    """A new tag. Raises `LinkError`."""
    return create_thing(KIND, workspace, name=name, by=by)


def rename_tag(tag: Tag, *, name: str, by: Actor, check: Check = no_check) -> Tag:
    """Give `tag` another name, on all links that have it. The name of another tag is refused (`LinkError`): whoever
    wants one tag of two says so (`merge_tags`)."""
    return change_thing(KIND, tag, {"name": name}, by=by, check=check)


def merge_tags(tag: Tag, into: Tag, *, by: Actor) -> Tag:
    """Put `into` in the place of `tag`, which is gone then. Raises `LinkError` when they are the same."""
    if tag.pk == into.pk:
        raise LinkError({"into": [_("Choose another tag than the one that is merged.")]})
    with transaction.atomic():
        hold_links(tag)
        # In the order of their keys, so that two merges cannot wait for each other.
        rows = Tag.objects.select_for_update().filter(pk__in=(tag.pk, into.pk), workspace=tag.workspace).order_by("pk")
        if len(rows) < 2:
            raise NotFound(id_of(KIND, into))
        uses = Link.tags.through.objects
        have_both = uses.filter(tag=into).values("link")
        uses.filter(tag=tag, link__in=have_both).delete()
        uses.filter(tag=tag).update(tag=into)
        audit.record(
            by, "tag.merged", workspace=tag.workspace, target_id=id_of(KIND, tag), target_name=tag.name,
            changes={"name": (tag.name, into.name)},
        )  # fmt: skip
        Tag.objects.filter(pk=tag.pk).delete()
    return into


def delete_tag(tag: Tag, *, by: Actor, check: Check = no_check) -> None:
    """Take `tag` off all links."""
    delete_thing(KIND, tag, by=by, check=check)
