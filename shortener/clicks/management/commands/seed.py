"""`manage.py seed`: made-up links and clicks."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User, Workspace
from shortener.accounts.services import personal_workspace
from shortener.clicks.seeding.history import History, write_history
from shortener.infra import public_id
from shortener.infra.stores import autonomous_connection
from shortener.links.models import Link
from shortener.links.seeding import seed_links

LISTED = 20


class Command(BaseCommand):
    help = "Make up links and clicks, for trying things out. What is there already stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--links", type=_whole, default=0, metavar="N", help="links to make")
        parser.add_argument("--clicks", type=_whole, default=0, metavar="N", help="clicks to make up")
        parser.add_argument("--link", metavar="ID", help="all clicks on this link")
        parser.add_argument(
            "--over", type=_positive, default=1000, metavar="N",
            help="without --link: clicks on this many of the workspace's newest links, some far more than others",
        )  # fmt: skip
        parser.add_argument("--days", type=_positive, default=90, metavar="N", help="days back from today (default 90)")
        parser.add_argument("--workspace", metavar="SLUG", help="default: that of the first admin")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="another one draws other links and clicks")
        parser.add_argument("--yes", action="store_true", help="do it in production, too")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_LOCAL and not options["yes"]:
            raise CommandError("This is production: made-up clicks cannot be told from others. Give --yes to go on.")
        if options["days"] > settings.CLICK_RETENTION_DAYS:
            raise CommandError(f"Single clicks are kept for {settings.CLICK_RETENTION_DAYS} days: give fewer --days.")
        admin = User.objects.filter(is_superuser=True).order_by("id").first()
        workspace = _workspace(options["workspace"], admin)
        now = datetime.now(UTC)
        if options["links"]:
            with self._bar("Links", options["links"]) as advance:
                seed_links(
                    workspace, options["links"], now=now, days=options["days"], seed=options["seed"],
                    by=Actor(Via.COMMAND, admin), progress=advance,
                )  # fmt: skip
        if options["clicks"]:
            links = _clicked(workspace, options["link"], options["over"])
            history = History(links, options["clicks"], options["days"], now, options["seed"])
            with self._bar("Clicks", options["clicks"]) as advance, autonomous_connection() as connection:
                write_history(connection, history, advance)
        self.stdout.write(f"{options['links']:,} links and {options['clicks']:,} clicks made in {workspace.slug}.")

    @contextmanager
    def _bar(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.advance(task, more)


def _workspace(slug: str | None, admin: User | None) -> Workspace:
    own = personal_workspace(admin) if admin else None
    found = Workspace.objects.filter(slug=slug).first() if slug else own
    if found is None:
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:LISTED]) or "none yet"
        raise CommandError(f"Name a workspace with --workspace: {known}.")
    return found


def _clicked(workspace: Workspace, link: str | None, most: int) -> list[int]:
    links = Link.objects.filter(workspace=workspace, deleted_at=None)
    if link:
        links = links.filter(pk=public_id.decode("link", link) or 0)
    found = list(links.order_by("-created_at", "-id").values_list("pk", flat=True)[:most])
    if not found:
        raise CommandError(f"{workspace.slug} has no {'such link' if link else 'links yet: give --links'}.")
    return found


def _whole(text: str) -> int:
    if not text.replace("_", "").isdecimal():
        raise ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    if (number := _whole(text)) < 1:
        raise ArgumentTypeError("has to be 1 or more")
    return number
