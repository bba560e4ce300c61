"""`manage.py export_links`: all links of a workspace as a file."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shortener.clicks.stats import totals_of
from shortener.links.queries import links_in, search
from shortener.links.transfer.export import CONTENT_TYPES, export
from shortener.web.management.workspaces import workspace_of


class Command(BaseCommand):
    help = "Write the links of a workspace to the output, as a file that import_links reads back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", help="its slug")
        parser.add_argument("--format", choices=list(CONTENT_TYPES), default="json")
        parser.add_argument("--tag", default="", help="only links with this tag")
        parser.add_argument(
            "--with-password-hashes",
            action="store_true",
            help="keep that file secret",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        links = search(links_in(workspace_of(options["workspace"])), tag=options["tag"])
        parts = export(links, options["format"], totals_of, with_hashes=options["with_password_hashes"])
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
