"""`manage.py apikey`: keys for scripts, made, listed, replaced and revoked by whoever runs the site."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from shortener.accounts.actors import SYSTEM
from shortener.accounts.keys import (
    OVERLAPS,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from shortener.accounts.models import ApiKey, User, Workspace
from shortener.accounts.policy import SCOPES
from shortener.accounts.services import personal_workspace
from shortener.infra import public_id
from shortener.infra.errors import Conflict, Refused
from shortener.links.domains import domain_ids

DAYS = re.compile(r"(\d{1,5})d\Z")


class Command(BaseCommand):
    help = "Create, list, replace and revoke API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser(
            "create", help="create a key and print it, alone, on standard output; it cannot be shown again"
        )
        create.add_argument("name", help="what the key is for")
        create.add_argument("--workspace", metavar="SLUG", help="default: the first admin's own workspace")
        create.add_argument("--scopes", nargs="+", default=SCOPES, metavar="SCOPE", help=f"of {', '.join(SCOPES)}")
        create.add_argument("--expires", type=_moment, metavar="WHEN", help="90d, or 2027-01-31, or with a time")
        create.add_argument("--domains", nargs="+", default=[], metavar="HOST", help="the key may use these alone")
        create.add_argument("--own-links-only", action="store_true", help="it sees only links that it has made")
        show = actions.add_parser("list", help="list keys that work")
        show.add_argument("--workspace", metavar="SLUG", help="default: all workspaces")
        show.add_argument("--all", action="store_true", help="those that are over too")
        rotate = actions.add_parser("rotate", help="print a new key that takes the place of another")
        rotate.add_argument("key", help="its ID, or the letters behind sk_")
        rotate.add_argument(
            "--overlap", type=int, default=24, metavar="HOURS", help=f"for which the old one goes on, to {OVERLAPS[-1]}"
        )
        revoke = actions.add_parser("revoke", help="end a key now")
        revoke.add_argument("key", help="its ID, or the letters behind sk_")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(**options)
        except (Refused, Conflict) as error:
            raise CommandError(str(error)) from error

    def _create(self, *, name: str, workspace: str | None, domains: list[str], **options: Any) -> None:
        admin = User.objects.filter(is_superuser=True).order_by("id").first()
        home = _workspace(workspace, admin)
        # Of a workspace that the admin is no member of, the key is nobody's: an author would be its limit.
        belongs = admin is not None and home.memberships.filter(user=admin).exists()
        _, secret = create_api_key(
            workspace=home,
            name=name,
            author=admin if belongs else None,
            scopes=options["scopes"],
            expires_at=options["expires"],
            domain_ids=domain_ids(home, domains),
            own_links_only=options["own_links_only"],
        )
        self.stdout.write(secret)

    def _list(self, *, workspace: str | None, all: bool, **_options: Any) -> None:  # noqa: A002  the option's name
        keys = ApiKey.objects.select_related("workspace").order_by("workspace__slug", "pk")
        if workspace:
            keys = keys.filter(workspace=_workspace(workspace, None))
        now = timezone.now()
        for key in keys:
            if all or key.is_usable(now):
                self.stdout.write(
                    "  ".join((key.public_id, f"sk_{key.prefix}", key.workspace.slug, key.name, _about(key)))
                )

    def _rotate(self, *, key: str, overlap: int, **_options: Any) -> None:
        _, secret = rotate_api_key(_key(key), by=SYSTEM, overlap_hours=overlap)
        self.stdout.write(secret)

    def _revoke(self, *, key: str, **_options: Any) -> None:
        found = _key(key)
        revoke_api_key(found, by=SYSTEM)
        self.stdout.write(f"{found} is revoked.")


def _about(key: ApiKey) -> str:
    moments = {"revoked": key.revoked_at, "until": key.expires_at, "last used": key.last_used_at}
    told = [f"{what} {moment:%Y-%m-%d %H:%M}" for what, moment in moments.items() if moment]
    scopes = "all scopes" if set(key.scopes) == set(SCOPES) else ", ".join(key.scopes)
    return f"({'; '.join([scopes, *told])})"


def _key(words: str) -> ApiKey:
    prefix = words.removeprefix("sk_").partition("_")[0]
    found = ApiKey.objects.filter(Q(pk=public_id.decode("key", words)) | Q(prefix=prefix)).first()
    if found is None:
        raise CommandError(f"There is no key “{words}”. `manage.py apikey list --all` lists them.")
    return found


def _moment(words: str) -> datetime:
    if days := DAYS.match(words):
        return timezone.now() + timedelta(days=int(days[1]))
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise ArgumentTypeError(f"{words} is not like 90d, 2027-01-31 or 2027-01-31T18:00+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _workspace(slug: str | None, admin: User | None) -> Workspace:
    if slug:
        if workspace := Workspace.objects.filter(slug=slug).first():
            return workspace
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:10])
        raise CommandError(f"There is no workspace “{slug}”. Workspaces: {known}")
    if admin is None:
        raise CommandError("There is no admin yet. Start the site once (`make run`), or name a workspace.")
    return personal_workspace(admin)
