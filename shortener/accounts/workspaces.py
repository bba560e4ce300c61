"""Making, changing, handing over and closing workspaces.

A workspace that is closed keeps its row, and so do its links, as tombstones: their slugs are never handed out again.
Emptying it is `links.workspaces.delete_workspace`, which calls `close`.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.errors import AccountError, FieldErrors, NotFound, refuse
from shortener.accounts.models import ApiKey, Invitation, Member, User, Workspace
from shortener.accounts.signals import workspace_closed

OWNED_LIMIT = 50  # team workspaces that one person may own
NAME_LIMIT = 120  # characters
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CLOSED = "deleted-"  # how the slugs of closed workspaces begin
CHANGEABLE = frozenset({"name", "slug", "utm"})
Role = Member.Role


def create_workspace(*, name: str, owner: User, by: Actor, slug: str = "") -> Workspace:
    """A team workspace that belongs to `owner`; without a `slug` it gets one after its name. Raises `AccountError`."""
    errors = FieldErrors()
    name, chosen = name.strip(), slug.strip().lower()
    _check_name(name, errors)
    if chosen:
        _check_slug(chosen, errors)
    if Member.objects.filter(user=owner, role=Role.OWNER, workspace__kind=Workspace.Kind.TEAM).count() >= OWNED_LIMIT:
        errors.add("", _("One person can own %(limit)s workspaces. Delete one first.") % {"limit": OWNED_LIMIT})
    errors.raise_if_any()
    with transaction.atomic():
        workspace = _insert(name, chosen)
        Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        audit.record(by, "workspace.created", workspace=workspace, target_name=name)
    return workspace


def update_workspace(
    workspace: Workspace, *, changes: dict[str, Any], by: Actor, check: Callable[[Workspace], None] = lambda _: None
) -> Workspace:
    """Change what `changes` names (see CHANGEABLE). `check` may refuse the workspace as it is. Raises `AccountError`;
    then nothing was changed."""
    errors = FieldErrors()
    for field in sorted(set(changes) - CHANGEABLE):
        errors.add(field, _("This field cannot be changed."))
    wanted = {field: _tidy(field, value) for field, value in changes.items() if field in CHANGEABLE}
    with transaction.atomic():
        current = lock(workspace)
        check(current)
        if "name" in wanted:
            _check_name(wanted["name"], errors)
        if "slug" in wanted and wanted["slug"] != current.slug:
            _check_slug(wanted["slug"], errors)
        errors.raise_if_any()
        changed = {field: (old, new) for field, new in wanted.items() if (old := getattr(current, field)) != new}
        for field, (_old, new) in changed.items():
            setattr(current, field, new)
        _save(current)
        if changed:
            audit.record(by, "workspace.updated", workspace=current, target_name=current.name, changes=changed)
    return current


def make_team(workspace: Workspace, *, by: Actor) -> Workspace:
    """Open a personal workspace to others: from now on it is a team's, and its owner gets a new personal one. Raises
    `AccountError`."""
    with transaction.atomic():
        current = lock(workspace)
        if current.kind != Workspace.Kind.PERSONAL:
            raise refuse(_("This is a team workspace already."))
        current.kind = Workspace.Kind.TEAM
        current.save(update_fields=["kind"])
        audit.record(
            by, "workspace.updated", workspace=current, target_name=current.name,
            changes={"kind": (Workspace.Kind.PERSONAL, Workspace.Kind.TEAM)},
        )  # fmt: skip
    return current


def transfer_workspace(workspace: Workspace, *, to: Member, by: Actor) -> None:
    """Make the member `to` an owner in place of whoever asks, who stays as an admin. Raises `AccountError`."""
    with transaction.atomic():
        current = lock(workspace)
        if current.kind != Workspace.Kind.TEAM:
            raise refuse(_("A personal workspace belongs to one person. Make it a team workspace first."))
        heir = Member.objects.filter(pk=to.pk, workspace=current, user__is_active=True).select_related("user").first()
        if heir is None:
            raise refuse(_("Choose one of the members."), "member")
        giver = Member.objects.filter(workspace=current, user=by.user, role=Role.OWNER).first() if by.user else None
        if giver is not None and giver.pk == heir.pk:
            raise refuse(_("Choose somebody else: this is you."), "member")
        Member.objects.filter(pk=heir.pk).update(role=Role.OWNER)
        if giver is not None:
            Member.objects.filter(pk=giver.pk).update(role=Role.ADMIN)
        audit.record(
            by, "workspace.transferred", workspace=current, target_id=heir.public_id, target_name=heir.user.email,
            changes={"owner": (giver.user.email if giver else "", heir.user.email)},
        )  # fmt: skip


def close(workspace: Workspace, *, by: Actor, with_account: bool = False) -> None:
    """Take everybody's access away: members, keys and invitations go, the row and the audit trail stay. Its slug is
    free again. A personal workspace is closed only together with its owner's account (`with_account`). Raises
    `AccountError`. Whoever calls this has emptied it, in the same transaction."""
    current = lock(workspace)
    if current.kind == Workspace.Kind.PUBLIC:
        raise refuse(_("The workspace of links made without an account cannot be deleted."))
    if current.kind == Workspace.Kind.PERSONAL and not with_account:
        raise refuse(_("Your personal workspace is deleted together with your account."))
    now = timezone.now()
    ApiKey.objects.filter(workspace=current, revoked_at=None).update(revoked_at=now)
    Invitation.objects.filter(workspace=current, accepted_at=None, revoked_at=None).update(revoked_at=now)
    Member.objects.filter(workspace=current).delete()
    workspace_closed.send(Workspace, workspace=current)
    audit.record(
        by, "workspace.deleted", workspace=current, target_name=current.name, changes={"slug": (current.slug, "")}
    )
    current.deleted_at, current.slug = now, f"{CLOSED}{current.pk}"
    current.save(update_fields=["deleted_at", "slug"])


def lock(workspace: Workspace) -> Workspace:
    """`workspace` as it is now, held until the transaction ends, so that changes of its people come one after another;
    links can be made in the meantime. Raises `NotFound` when it was closed."""
    current = Workspace.objects.select_for_update(no_key=True).filter(pk=workspace.pk, deleted_at=None).first()
    if current is None:
        raise NotFound(workspace.slug)
    return current


def _tidy(field: str, value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    return text.lower() if field == "slug" else text


def _check_name(name: str, errors: FieldErrors) -> None:
    if not name:
        errors.add("name", _("Give the workspace a name."))
    elif len(name) > NAME_LIMIT:
        errors.add("name", _("A name has at most %(limit)s characters.") % {"limit": NAME_LIMIT})
    elif not name.isprintable():
        errors.add("name", _("A name has letters, digits and signs that can be read."))


def _check_slug(slug: str, errors: FieldErrors) -> None:
    if not SLUG.fullmatch(slug) or not 3 <= len(slug) <= 64 or slug.startswith(CLOSED):
        errors.add("slug", _("Use 3 to 64 letters a to z, digits, and hyphens between them."))


def _insert(name: str, chosen: str) -> Workspace:
    """The new row. The unique index decides who gets a slug; one that was not chosen gives way."""
    base = slugify(name)[:48].strip("-") or "workspace"
    slug = chosen or (base if len(base) >= 3 and not base.startswith(CLOSED) else f"{base}-{secrets.token_hex(3)}")
    while True:
        try:
            with transaction.atomic():
                return Workspace.objects.create(name=name, slug=slug, kind=Workspace.Kind.TEAM)
        except IntegrityError as error:
            if chosen:
                raise _taken(slug) from error
            slug = f"{base}-{secrets.token_hex(3)}"


def _save(workspace: Workspace) -> None:
    try:
        with transaction.atomic():
            workspace.save(update_fields=list(CHANGEABLE))
    except IntegrityError as error:
        raise _taken(workspace.slug) from error


def _taken(slug: str) -> AccountError:
    return refuse(_("“%(slug)s” is taken. Choose another.") % {"slug": slug}, "slug")
