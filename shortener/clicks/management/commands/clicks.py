"""`manage.py clicks …`: batches that could not be written, export, erasing."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from shortener.accounts.models import Workspace
from shortener.clicks.dead import retry_dead
from shortener.clicks.erase import erase_clicks
from shortener.clicks.export import Selection, export
from shortener.clicks.models import DeadBatch
from shortener.infra import public_id
from shortener.infra.stores import redis_client
from shortener.links.models import Link

LISTED = 50


class Command(BaseCommand):
    help = "Look after clicks: `dead` lists batches that could not be written, `retry` tries them again."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("dead", help="list the batches that could not be written, with the reasons")
        actions.add_parser("retry", help="put them back into the stream")
        exporting = actions.add_parser("export", help="write the raw clicks of a workspace to the output")
        exporting.add_argument("workspace", help="its slug")
        exporting.add_argument("--link", help="only this link's (ID)")
        exporting.add_argument("--tag", help="only those of links with this tag")
        exporting.add_argument("--format", choices=["csv", "ndjson"], default="csv")
        erasing = actions.add_parser("erase", help="forget all that was counted of a link")
        erasing.add_argument("link", help="its ID")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(options)

    def _dead(self, options: dict[str, Any]) -> None:
        batches = DeadBatch.objects.order_by("-id")
        for batch in batches[:LISTED]:
            self.stdout.write(f"{batch.received_at:%Y-%m-%d %H:%M:%S}  {batch.stream_id}  {batch.reason[:200]}")
        self.stdout.write(f"{batches.count()} in all" if batches else "None: every batch was written.")

    def _retry(self, options: dict[str, Any]) -> None:
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("Putting back", total=DeadBatch.objects.count())
            count = retry_dead(redis_client(), lambda: bar.advance(task))
        self.stdout.write(f"{count} put back into the stream; `clicks dead` lists what fails again.")

    def _export(self, options: dict[str, Any]) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:LISTED])
            raise CommandError(f"There is no workspace {options['workspace']}; there are {known}.")
        links = None
        if options["link"]:
            links = [self._link(options["link"]).pk]
        elif options["tag"]:
            found = Link.objects.filter(workspace=workspace, tags__name__iexact=options["tag"])
            links = list(found.values_list("pk", flat=True))
        for part in export(Selection(workspace.pk, links), options["format"]):
            sys.stdout.buffer.write(part)

    def _erase(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{erase_clicks(self._link(options['link']))} clicks forgotten.")

    def _link(self, text: str) -> Link:
        link = Link.objects.filter(pk=public_id.decode("link", text) or 0).select_related("workspace", "domain").first()
        if link is None:
            raise CommandError(f"There is no link {text}: give an ID such as link_8f3kq2ab.")
        return link
