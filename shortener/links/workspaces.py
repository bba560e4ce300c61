"""Emptying a workspace before it is closed: its links become tombstones, so that their slugs stay taken. A request that
was under way then may make one more: making takes no lock for that, and what is late is buried a minute afterwards."""

from django.db import connection, transaction
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from shortener.accounts import people, workspaces
from shortener.accounts.actors import Actor
from shortener.accounts.errors import refuse
from shortener.accounts.models import Member, User, Workspace
from shortener.links.models import Domain, Folder, ImportJob, Link, Tag, UtmTemplate
from shortener.links.signals import domains_changed, links_changed

CHUNK = 1000  # links that are published together
LATE = 60  # seconds within which every request that was under way has ended

# One statement for any number of links. The notes make sure that Redis hears of each of them, even if we die.
BURY = """
WITH buried AS (
    UPDATE links_link SET deleted_at = now(), updated_at = now(), version = version + 1
    WHERE workspace_id = %s AND deleted_at IS NULL RETURNING domain_id, slug
), noted AS (INSERT INTO links_publication (domain_id, slug) SELECT domain_id, slug FROM buried)
SELECT domain_id, slug FROM buried
"""


def delete_workspace(workspace: Workspace, *, by: Actor, confirmed: bool = False) -> int:
    """Close `workspace`; how many links stopped working. With links in it, only when that is `confirmed`. Visitors
    see that a link was deleted, nobody gets its slug. Raises `AccountError`, and `NotFound` when it is closed."""
    with transaction.atomic():
        current = workspaces.lock(workspace)
        working = Link.objects.filter(workspace=current, deleted_at=None).count()
        if working and not confirmed:
            words = ngettext(
                "%(count)s link would stop working. Confirm that you want this.",
                "%(count)s links would stop working. Confirm that you want this.",
                working,
            )
            raise refuse(words % {"count": working}, "confirmed")
        return _close(current, by)


def delete_account(user: User, *, by: Actor) -> None:
    """Delete `user` for good, with the personal workspace; links in it become tombstones. What they did in other
    workspaces stays there. Raises `AccountError` while others depend on them: name heirs or delete those workspaces."""
    with transaction.atomic():
        people.check_deletable(user)
        personal = Member.objects.filter(user=user, workspace__kind=Workspace.Kind.PERSONAL, role=Member.Role.OWNER)
        for member in personal.select_related("workspace"):
            _close(workspaces.lock(member.workspace), by, with_account=True)
        people.delete_user(user, by=by)


def _close(workspace: Workspace, by: Actor, *, with_account: bool = False) -> int:
    keys = _bury(workspace.pk)
    for things in (Folder.objects, Tag.objects, UtmTemplate.objects, ImportJob.objects):
        things.filter(workspace=workspace).delete()
    # A domain with tombstones stays ours: it says of them that they were deleted.
    if Domain.objects.filter(workspace=workspace, links=None).delete()[0]:
        transaction.on_commit(lambda: domains_changed.send(Domain))
    workspaces.close(workspace, by=by, with_account=with_account)
    app.configure_task("links.bury_late", schedule_in={"seconds": LATE}).defer(workspace_id=workspace.pk)
    return len(keys)


def bury_late(workspace_id: int) -> int:
    """Make tombstones of links that came into a closed workspace while it was being closed; how many they are."""
    with transaction.atomic():
        is_closed = Workspace.objects.filter(pk=workspace_id).exclude(deleted_at=None).exists()
        return len(_bury(workspace_id)) if is_closed else 0


def _bury(workspace_id: int) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(BURY, [workspace_id])
        keys = [(domain, slug) for domain, slug in cursor.fetchall()]

    def publish() -> None:
        for start in range(0, len(keys), CHUNK):
            links_changed.send(Link, keys=keys[start : start + CHUNK])

    transaction.on_commit(publish)
    return keys
