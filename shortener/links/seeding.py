"""Made-up links, many at a time, for trying things out."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from shortener.accounts import audit
from shortener.accounts.actors import SYSTEM, Actor
from shortener.accounts.models import Workspace
from shortener.links.domains import default_domain
from shortener.links.ids import reserve_block
from shortener.links.models import Domain, Link, Tag
from shortener.links.slugs import generated_slug

AT_ONCE = 5_000  # links in one transaction
TAGS = ("spring", "summer", "autumn", "print", "mail", "social", "events", "press", "help", "jobs", "partners", "shop")
SUBJECTS = (
    "Annual report", "Catalogue", "Directions", "Feedback", "First steps", "Handbook", "Invitation", "Job offer",
    "Newsletter", "Opening hours", "Opening night", "Photo album", "Press kit", "Price list", "Programme",
    "Questions and answers", "Recording", "Registration", "Seating plan", "Slides", "Survey", "Timetable", "Tour",
)  # fmt: skip
OCCASIONS = (
    "conference", "concert", "course", "exhibition", "fair", "lecture", "library", "market", "members", "museum",
    "office", "open day", "school", "summer school", "theatre", "visitors", "volunteers", "workshop",
)  # fmt: skip
HOSTS = ("example.com", "www.example.org", "docs.example.net", "shop.example.com", "events.example.org")


def seed_links(
    workspace: Workspace,
    count: int,
    *,
    now: datetime,
    days: int,
    seed: int = 1,
    by: Actor = SYSTEM,
    progress: Callable[[int], None] = lambda _: None,
) -> list[int]:
    """Make `count` links in `workspace`, as if over the last `days`; their IDs, oldest first. They are read from
    PostgreSQL when they are first followed. `progress` is told how many more there are."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    domain = default_domain()
    tags = [Tag.objects.get_or_create(workspace=workspace, name=name)[0] for name in TAGS] if count else []
    numbers: list[int] = []
    for part in _parts(_named(count, domain)):
        with transaction.atomic():
            ages = (1 - place / count for place in range(len(numbers), count))
            links = [
                _link(workspace, domain, number, slug, by, now - timedelta(days) * age, chance)
                for (number, slug), age in zip(part, ages, strict=False)
            ]
            Link.objects.bulk_create(links)
            Link.tags.through.objects.bulk_create(
                Link.tags.through(link_id=link.pk, tag_id=tag.pk)
                for link in links
                for tag in chance.sample(tags, chance.choice((0, 0, 1, 1, 2)))
            )
            audit.record(by, "link.seeded", workspace=workspace, changes={"links": (0, len(links))})
        numbers += [link.pk for link in links]
        progress(len(links))
    return numbers


def _link(
    workspace: Workspace, domain: Domain, number: int, slug: str, by: Actor, made: datetime, chance: random.Random
) -> Link:
    subject, occasion = chance.choice(SUBJECTS), chance.choice(OCCASIONS)
    path = f"{occasion}/{subject}".lower().replace(" ", "-")
    return Link(
        id=number,
        workspace=workspace,
        domain=domain,
        slug=slug,
        destination=f"https://{chance.choice(HOSTS)}/{path}/{chance.randrange(1_000_000)}",
        title=f"{subject}: {occasion}" if chance.random() < 0.7 else "",
        created_by=by.user,
        created_via=by.via,
        created_at=made,
        updated_at=made,
    )


def _named(count: int, domain: Domain) -> Iterator[tuple[int, str]]:
    """IDs that nobody else gets, with their slugs."""
    while count > 0:
        for number in reserve_block(min(count, AT_ONCE)):
            if slug := generated_slug(number, domain):
                count -= 1
                yield number, slug


def _parts(named: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    part: list[tuple[int, str]] = []
    for pair in named:
        part.append(pair)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
