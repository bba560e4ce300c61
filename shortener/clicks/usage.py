"""What a workspace uses, beside what it may."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from shortener.accounts.models import Member, Workspace
from shortener.clicks.models import Scope
from shortener.clicks.stats import Subject, clicks_since
from shortener.links.models import Link


@dataclass(frozen=True)
class Usage:
    """Links that work or could, people, and people's clicks since the first of the month (UTC). A limit of None: any
    number."""

    links: int
    link_limit: int | None
    members: int
    invitations: int
    member_limit: int | None
    clicks: int
    since: datetime


def usage(workspace: Workspace, *, now: datetime | None = None) -> Usage:
    """How much of everything `workspace` has."""
    since = (now or timezone.now()).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    open_ones = workspace.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    return Usage(
        links=Link.objects.filter(workspace=workspace, deleted_at=None).count(),
        link_limit=workspace.link_limit,
        members=Member.objects.filter(workspace=workspace).count(),
        invitations=open_ones.count(),
        member_limit=workspace.member_limit,
        clicks=clicks_since(Subject(Scope.WORKSPACE, workspace.pk), since.date()),
        since=since,
    )
