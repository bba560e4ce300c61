"""`manage.py import_links`: links from a file, or from another shortener."""

import getpass
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shortener.accounts.actors import Actor, Via
from shortener.infra.errors import Conflict, Refused
from shortener.links.models import ImportJob
from shortener.links.transfer import jobs, runner
from shortener.links.transfer.fetching import PAGERS
from shortener.links.transfer.files import SOURCES
from shortener.links.transfer.queries import id_of, message_of, pick_job
from shortener.links.transfer.writers import TAKEN
from shortener.web.management.workspaces import workspace_of

SHOWN = 50  # problems
INCOMPLETE = 7  # exit code, as of `shorten import`
KEY_VARIABLE = "IMPORT_KEY"


class Command(BaseCommand):
    help = f"Import links from a file, or from the address of a shortener (its key: {KEY_VARIABLE}, or asked for)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", help="its slug")
        parser.add_argument("source", help="a file, an address, or import_… to go on with an import")
        parser.add_argument("--kind", choices=SOURCES, default="", help="guessed for files")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help="others are guessed")
        parser.add_argument("--taken", choices=TAKEN, default="skip", help="rows whose name is taken")
        parser.add_argument("--domain", default="", help="where all links go")
        parser.add_argument("--tag", action="append", default=[], help="for all links; more than one")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--allow-private", action="store_true", help="ask addresses that are not public")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor(Via.COMMAND)
        try:
            job = self._job(options, by)
            with self._bar() as bar:
                task = bar.add_task("Trying" if job.is_dry_run else "Importing", total=job.total or None)
                over = runner.run(
                    job.pk,
                    lambda now: bar.update(task, completed=now.done, total=now.total),
                    allow_private=options["allow_private"] or None,
                )
        except Refused as error:
            lines = [f"{field}: {message}" for field, messages in error.errors.items() for message in messages]
            raise CommandError("\n".join(lines)) from error
        except Conflict as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. Go on with: import_links {options['workspace']} {id_of(job)}") from None
        self._report(over)

    def _job(self, options: dict[str, Any], by: Actor) -> ImportJob:
        workspace = workspace_of(options["workspace"])
        source = options["source"]
        if source.startswith("import_") and not Path(source).exists():
            job = pick_job(workspace, source)
            return job if job.state == ImportJob.State.RUNNING else jobs.resume(job, by=by, defer=False)
        if wrong := [text for text in options["map"] if "=" not in text]:
            raise CommandError(f"--map takes FIELD=COLUMN, not {wrong[0]}.")
        pairs = dict(text.split("=", 1) for text in options["map"])
        wanted = jobs.Options(mapping=pairs, taken=options["taken"], domain=options["domain"], tags=options["tag"])
        if "://" in source:
            if options["kind"] not in PAGERS:
                raise CommandError(f"Say what runs there: --kind {', '.join(PAGERS)}.")
            key = os.environ.get(KEY_VARIABLE) or getpass.getpass(f"Key of {source}: ")
            job = jobs.prepare_fetch(workspace, options["kind"], source, key, options=wanted, by=by)
        else:
            try:
                with Path(source).open("rb") as stream:
                    job = jobs.prepare(workspace, stream, name=source, kind=options["kind"], options=wanted, by=by)
            except OSError as error:
                raise CommandError(f"Cannot read {source}: {error.strerror}.") from error
        return jobs.start(job, dry_run=options["dry_run"], by=by, defer=False)

    def _report(self, over: ImportJob | None) -> None:
        if over is None:
            raise CommandError("Another process is at this import.")
        for problem in over.errors[:SHOWN]:
            self.stderr.write(f"row {problem['row']}  {problem['field']}: {problem['message']}")
        if over.skipped + over.failed > SHOWN:
            self.stderr.write(f"… of {over.skipped + over.failed} rows in all")
        would = "would be " if over.is_dry_run else ""
        summary = f"{over.created} {would}created, {over.skipped} skipped, {over.failed} failed."
        if over.state != ImportJob.State.DONE:
            raise CommandError(f"{message_of(over) or 'It was cancelled.'} {summary} ({id_of(over)})")
        self.stdout.write(summary)
        if over.failed:
            raise CommandError(
                "Not all rows are links now; what is wrong with them is said above.", returncode=INCOMPLETE
            )

    def _bar(self) -> Progress:
        shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*shown, console=Console(stderr=True), transient=True)
