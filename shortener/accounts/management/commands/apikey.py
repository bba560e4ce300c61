"""`manage.py apikey create NAME`: a key for scripts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shortener.accounts.models import User, Workspace
from shortener.accounts.policy import SCOPES
from shortener.accounts.services import create_api_key, personal_workspace


class Command(BaseCommand):
    help = "Create an API key and print it, alone, on standard output. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="create a key")
        create.add_argument("name", help="what the key is for")
        create.add_argument("--workspace", metavar="SLUG", help="default: the first admin's own workspace")
        create.add_argument("--scopes", nargs="+", default=SCOPES, metavar="SCOPE", help=f"of {', '.join(SCOPES)}")

    def handle(self, *args: Any, **options: Any) -> None:
        admin = User.objects.filter(is_superuser=True).order_by("id").first()
        try:
            _, secret = create_api_key(
                workspace=_workspace(options["workspace"], admin),
                name=options["name"],
                author=admin,
                scopes=options["scopes"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)


def _workspace(slug: str | None, admin: User | None) -> Workspace:
    if slug:
        if workspace := Workspace.objects.filter(slug=slug).first():
            return workspace
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:10])
        raise CommandError(f"There is no workspace “{slug}”. Workspaces: {known}")
    if admin is None:
        raise CommandError("There is no admin yet. Start the site once (`make run`), or name a workspace.")
    return personal_workspace(admin)
