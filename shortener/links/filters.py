"""Which links of a list: each filter has an index behind it, and a page costs the same wherever it is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.models import User, Workspace
from shortener.infra import public_id
from shortener.infra.time_limits import time_limit
from shortener.links.errors import LinkError
from shortener.links.models import Domain, Folder, Link, Tag, Tagged
from shortener.links.queries import State, search

LIST_TIMEOUT = 3_000  # milliseconds
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class LinkFilter:
    """What a list is narrowed to; what is empty narrows nothing. `tags`: all of them; `creator`: an e-mail address;
    times: from the first, up to but without the second."""

    text: str = ""
    tags: Sequence[str] = ()
    folder: str = ""
    domain: str = ""
    creator: str = ""
    state: str = ""
    external_id: str = ""
    created: tuple[datetime | None, datetime | None] = (None, None)
    updated: tuple[datetime | None, datetime | None] = (None, None)


@contextmanager
def in_time(*, narrowed: bool) -> Iterator[None]:
    """Within this block, a list has to be read in time if it is `narrowed` by filters: without any, it always is.
    Raises `LinkError`."""
    if not narrowed:
        yield
        return
    words = _("Too many links would have to be looked through. Ask for longer words, or for fewer things at once.")
    with time_limit(LIST_TIMEOUT, LinkError({"q": [words]}), alone=True):
        yield


def filtered(links: QuerySet[Link], workspace: Workspace, wanted: LinkFilter) -> QuerySet[Link]:
    """Those of `links`, all of `workspace`, that are `wanted`. What does not exist (a tag, a folder, a domain) has no
    links. Raises `LinkError` for a state that there is not."""
    links = search(links, wanted.text)
    for name, (start, end) in (("created_at", wanted.created), ("updated_at", wanted.updated)):
        links = links.filter(**{f"{name}__gte": start} if start else {}, **{f"{name}__lt": end} if end else {})
    if wanted.external_id:
        links = links.filter(external_id=wanted.external_id)
    if wanted.domain:
        domain = Domain.objects.filter(host=wanted.domain.lower()).first()
        links = links.filter(domain=domain) if domain else links.none()
    if wanted.folder:
        number = public_id.decode("folder", wanted.folder)
        links = links.filter(folder=number) if number is not None and _has_folder(workspace, number) else links.none()
    if wanted.creator:
        creator = User.objects.filter(email=wanted.creator.lower()).values_list("pk", flat=True).first()
        links = links.filter(created_by=creator) if creator else links.none()
    if wanted.state:
        links = links.filter(in_state(wanted.state))
    return _tagged(links, workspace, wanted.tags)


def in_state(state: str, now: datetime | None = None) -> Q:
    """What `queries.state` says, as a condition. Raises `LinkError` for a state that there is not."""
    now = now or timezone.now()
    if state not in STATES:
        raise LinkError({"state": [_("There is no such state. There are: %(all)s.") % {"all": ", ".join(STATES)}]})
    disabled, archived, expired = Q(disabled_at__isnull=False), Q(archived_at__isnull=False), Q(active_until__lte=now)
    exhausted = Q(click_limit__isnull=False, use__used__gte=F("click_limit"))
    scheduled = Q(active_from__gt=now)
    not_over = Q(active_until=None) | Q(active_until__gt=now)
    not_used_up = Q(click_limit=None) | Q(use=None) | Q(use__used__lt=F("click_limit"))
    on = Q(disabled_at=None, archived_at=None)
    return {
        "disabled": disabled,
        "archived": archived & Q(disabled_at=None),
        "expired": expired & on,
        "exhausted": exhausted & not_over & on,
        "scheduled": scheduled & not_over & not_used_up & on,
        "active": (Q(active_from=None) | Q(active_from__lte=now)) & not_over & not_used_up & on,
    }[state]


def is_led_by_a_tag(links: QuerySet[Link]) -> bool:
    """Whether `links` were `filtered` by tags, so that one of them leads."""
    return "tagged_number" in links.query.annotations


def _has_folder(workspace: Workspace, number: int) -> bool:
    return Folder.objects.filter(pk=number, workspace=workspace).exists()


def _tagged(links: QuerySet[Link], workspace: Workspace, names: Sequence[str]) -> QuerySet[Link]:
    """Those with all the tags of these names (in any case). The rarest is joined, so that its rows, which are in the
    order of the links, can lead; sort by `tagged_created_at` or `tagged_updated_at`, and `tagged_number`, then."""
    lowered = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    if not lowered:
        return links
    tags = Tag.objects.filter(workspace=workspace).alias(lowered=Lower("name")).filter(lowered__in=lowered)
    numbers = list(tags.values_list("pk", flat=True))
    if len(numbers) < len(lowered):
        return links.none()
    first, *others = _rarest_first(numbers) if len(numbers) > 1 else numbers
    links = links.filter(tagged__tag=first).annotate(
        tagged_created_at=F("tagged__created_at"),
        tagged_updated_at=F("tagged__updated_at"),
        tagged_number=F("tagged__link"),
    )
    for number in others:
        links = links.filter(Exists(Tagged.objects.filter(link=OuterRef("pk"), tag=number)))
    return links


def _rarest_first(tags: Sequence[int]) -> list[int]:
    """`tags`, two or more, by how many links have them, as the planner believes: counting them would take as long as
    listing them."""
    each = " UNION ALL ".join([f"SELECT FROM {Tagged._meta.db_table} WHERE tag_id = %s"] * len(tags))  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {each}", tags)
        [[[plan]]] = cursor.fetchall()
    rows = {tag: part["Plan Rows"] for tag, part in zip(tags, plan["Plan"]["Plans"], strict=True)}
    return sorted(tags, key=rows.__getitem__)
