"""The same as `services`, for up to a thousand links in one transaction: all or nothing, or each for itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.links.changing import Change, apply, changes_something, save_all
from shortener.links.drafts import Draft, Lookups, drafted
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.making import make_links
from shortener.links.models import Link
from shortener.links.queries import EXTERNAL
from shortener.links.reach import within

MOST = 1000  # links at once

Outcome = Link | LinkError | LinkNotFound


class BulkRefused(Exception):
    """Not all could be done, so nothing was: `errors` by the item's place."""

    def __init__(self, errors: Mapping[int, LinkError | LinkNotFound]) -> None:
        self.errors = dict(errors)
        super().__init__(f"{len(self.errors)} items were refused")


def create_links(workspace: Workspace, items: Sequence[Mapping[str, Any]], *, by: Actor, atomic: bool) -> list[Outcome]:
    """Make links as `create_link` does; for each item the link, or why there is none. `atomic`: all of them or none.
    Raises `BulkRefused` when that cannot be, and `Conflict` when the workspace has no room."""
    lookups = Lookups(workspace, by)
    outcomes: list[Outcome | Draft] = [_draft(lookups, item) for item in items]
    _refuse_some(outcomes, atomic)
    drafts = [(place, draft) for place, draft in enumerate(outcomes) if isinstance(draft, Draft)]
    with transaction.atomic():
        made = make_links(workspace, [draft for _place, draft in drafts], by) if drafts else []
        for (place, _draft_made), outcome in zip(drafts, made, strict=True):
            outcomes[place] = outcome
        _refuse_some(outcomes, atomic)
        there = [link for link in made if isinstance(link, Link)]
        if there:
            _note_made(workspace, there, by)
    return [outcome for outcome in outcomes if not isinstance(outcome, Draft)]


def update_links(
    workspace: Workspace, items: Sequence[tuple[str, Mapping[str, Any]]], *, by: Actor, atomic: bool
) -> list[Outcome]:
    """Change links as `update_link` does. `items`: IDs (as `pick` takes them) and changes; no link may be there twice.
    Raises `BulkRefused`."""
    lookups = Lookups(workspace, by)
    with transaction.atomic():
        held = _hold(workspace, [link_id for link_id, _changes in items], by)
        outcomes: list[Outcome] = []
        changes: list[Change] = []
        for (_link_id, wanted), link in zip(items, _each(held, [link_id for link_id, _changes in items]), strict=True):
            if not isinstance(link, Link):
                outcomes.append(link)
                continue
            try:
                changes.append(apply(link, wanted, lookups))
                outcomes.append(link)
            except LinkError as error:
                outcomes.append(error)
        _refuse_taken(outcomes, changes)
        _refuse_some(outcomes, atomic)
        done = {id(outcome) for outcome in outcomes if isinstance(outcome, Link)}
        wanted_now = [change for change in changes if id(change.link) in done and changes_something(change)]
        _save(wanted_now, by, "link.updated")
    return outcomes


def delete_links(workspace: Workspace, link_ids: Sequence[str], *, by: Actor, atomic: bool) -> list[Outcome]:
    """Delete links as `delete_link` does. Raises `BulkRefused`."""
    with transaction.atomic():
        held = _hold(workspace, link_ids, by)
        outcomes = _each(held, link_ids)
        _refuse_some(outcomes, atomic)
        links = [outcome for outcome in outcomes if isinstance(outcome, Link)]
        for link in links:
            link.deleted_at = timezone.now()
        _save([Change(link) for link in links], by, "link.deleted")
    return outcomes


def _draft(lookups: Lookups, item: Mapping[str, Any]) -> Draft | LinkError:
    try:
        return drafted(lookups, **item)
    except LinkError as error:
        return error


def _refuse_some(outcomes: Sequence[object], atomic: bool) -> None:
    if atomic:
        errors = {place: error for place, error in enumerate(outcomes) if isinstance(error, LinkError | LinkNotFound)}
        if errors:
            raise BulkRefused(errors)


def _refuse_taken(outcomes: list[Outcome], changes: Sequence[Change]) -> None:
    """Put an error in the place of links whose new external ID belongs to another, or is twice among them."""
    wanted = [change.link for change in changes if "external_id" in change.changed and change.link.external_id]
    names = {link.external_id for link in wanted}
    if not names:
        return
    elsewhere = Link.objects.filter(workspace=wanted[0].workspace, external_id__in=names, deleted_at=None)
    taken = set(elsewhere.values_list("external_id", flat=True))
    for link in wanted:
        if link.external_id in taken:
            words = _("Another link has this external ID already.")
            outcomes[outcomes.index(link)] = LinkError({"external_id": [words]})
        taken.add(link.external_id)


def _hold(workspace: Workspace, link_ids: Sequence[str], by: Actor) -> dict[str, Link]:
    """Those of the links that are there and that `by` reaches, held until the transaction ends, by the IDs that name
    them. Rows are held in the order of their numbers: two that do this wait for each other, and never in a circle."""
    numbers = [number for link_id in link_ids if (number := public_id.decode("link", link_id)) is not None]
    others = [name.removeprefix(EXTERNAL) for name in link_ids if name.startswith(EXTERNAL) and "\x00" not in name]
    named = Q(pk__in=numbers) | Q(external_id__in=[name for name in others if name]) if others else Q(pk__in=numbers)
    links = Link.objects.select_for_update(of=("self",)).select_related("domain", "workspace", "use", "created_by")
    links = links.filter(named, within(by.api_key), workspace=workspace, deleted_at=None)
    held = {}
    for link in links.prefetch_related("tags").order_by("pk"):
        held[link.public_id] = link
        if link.external_id:
            held[EXTERNAL + link.external_id] = link
    return held


def _each(held: Mapping[str, Link], link_ids: Iterable[str]) -> list[Outcome]:
    """The links that `link_ids` name, each once."""
    outcomes: list[Outcome] = []
    met: set[int] = set()
    for link_id in link_ids:
        link = held.get(link_id)
        if link is None:
            outcomes.append(LinkNotFound(link_id))
        elif link.pk in met:
            outcomes.append(LinkError({"id": [_("“%(id)s” is there twice.") % {"id": link_id}]}))
        else:
            met.add(link.pk)
            outcomes.append(link)
    return outcomes


def _save(changes: Sequence[Change], by: Actor, action: str) -> None:
    if not changes:
        return
    try:
        save_all(changes, by, action)
    except IntegrityError as error:  # an external ID was given away meanwhile; whose, the index does not say
        words = _("One of the external IDs was given to another link just now. Nothing was changed; try again.")
        raise LinkError({"links": [words]}) from error


def _note_made(workspace: Workspace, links: Sequence[Link], by: Actor) -> None:
    """One event for all of them: they were made together, and each says itself when and by whom."""
    audit.record(
        by, "links.created", workspace=workspace, target_name=str(links[0]) if len(links) == 1 else "",
        changes={"links": (None, [link.public_id for link in links])},
    )  # fmt: skip
