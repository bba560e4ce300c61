"""Who belongs to a workspace: inviting, joining, roles, leaving. A workspace never loses its last owner."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from shortener.accounts import audit
from shortener.accounts.actors import Actor, Via
from shortener.accounts.errors import FieldErrors, NotFound, refuse
from shortener.accounts.mail import send_invitation
from shortener.accounts.models import ApiKey, Invitation, Member, User, Workspace
from shortener.accounts.policy import assignable, role_in
from shortener.accounts.queries import addresses_of, digest_of, invitation_for
from shortener.accounts.workspaces import lock

LIFETIME = timedelta(days=7)  # of an invitation
PAUSE = timedelta(minutes=1)  # between two mails of one invitation
A_DAY = 100  # invitations that a workspace may send
Role = Member.Role
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """An invitation that was sent. `secret` is part of the link in the mail and cannot be read again; `is_sent` says
    whether the mail server took the mail."""

    invitation: Invitation
    secret: str
    is_sent: bool


def invite(workspace: Workspace, *, email: str, by: Actor, role: str = Role.MEMBER) -> Offer:
    """Offer a seat with `role` to whoever reads the mail of `email`. Raises `AccountError`."""
    email = email.strip().lower()
    errors = FieldErrors()
    with transaction.atomic():
        current = lock(workspace)
        if current.kind != Workspace.Kind.TEAM:
            raise refuse(_("A personal workspace is for one person. Make it a team workspace, and invite others then."))
        # Those that nobody took in time make room for new ones.
        open_ones = current.invitations.filter(accepted_at=None, revoked_at=None)
        open_ones.filter(expires_at__lte=timezone.now()).update(revoked_at=timezone.now())
        _check_email(current, email, errors)
        if role not in assignable(_rank(by, current)):
            errors.add("role", _("You cannot give this role."))
        _check_room(current, errors)
        errors.raise_if_any()
        secret = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            workspace=current, email=email, role=role, digest=digest_of(secret), invited_by=by.user,
            expires_at=timezone.now() + LIFETIME,
        )  # fmt: skip
        _note(by, "invitation.created", invitation, {"role": ("", role)})
    return Offer(invitation, secret, send_invitation(invitation, secret))


def resend(invitation: Invitation, *, by: Actor) -> Offer:
    """Send the mail again, with another link (the one before stops working) and the whole time to take it. Raises
    `AccountError` when the last one has just been sent, `NotFound` when it is over."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        current = _open(invitation)
        if current.role not in assignable(_rank(by, current.workspace)):
            raise refuse(_("You cannot give this role."))
        if timezone.now() < current.expires_at - LIFETIME + PAUSE:
            raise refuse(_("This invitation has just been sent. Try again in a minute."))
        current.digest, current.expires_at = digest_of(secret), timezone.now() + LIFETIME
        current.save(update_fields=["digest", "expires_at"])
        _note(by, "invitation.resent", current)
    return Offer(current, secret, send_invitation(current, secret))


def revoke(invitation: Invitation, *, by: Actor, check: Callable[[Invitation], None] = lambda _: None) -> None:
    """Take an invitation back: its link stops working. `check` may refuse it as it is. Raises `NotFound` when it is
    over already."""
    with transaction.atomic():
        current = _open(invitation)
        check(current)
        current.revoked_at = timezone.now()
        current.save(update_fields=["revoked_at"])
        _note(by, "invitation.revoked", current)


def accept(secret: str, *, user: User, by: Actor) -> Member:
    """Take the seat that the link with `secret` offers. Raises `NotFound` when the invitation is over, `AccountError`
    when it is somebody else's. Who is a member already stays what they are."""
    with transaction.atomic():
        found = invitation_for(secret)
        workspace = lock(found.workspace)
        invitation = _open(found)
        if invitation.email.lower() not in addresses_of(user):
            raise refuse(
                _("This invitation is for %(email)s, and you have signed in as %(other)s.")
                % {"email": invitation.email, "other": user.email}
            )
        member, joined = Member.objects.get_or_create(
            workspace=workspace, user=user, defaults={"role": invitation.role}
        )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        if joined:
            _note_member(by, "member.joined", member, {"role": ("", member.role)})
    return member


def change_role(member: Member, *, role: str, by: Actor, check: Callable[[Member], None] = lambda _: None) -> Member:
    """Give `member` another role. `check` may refuse them as they are. Raises `AccountError`: nobody gives or takes a
    role above their own, and the last owner stays one."""
    with transaction.atomic():
        current = _locked(member)
        check(current)
        allowed = assignable(_rank(by, current.workspace))
        if role not in allowed or current.role not in allowed:
            raise refuse(_("You cannot give this role."), "role")
        before = current.role
        if before == role:
            return current
        if role != Role.OWNER:
            _keep_an_owner(current)
        current.role = role
        current.save(update_fields=["role"])
        _note_member(by, "member.updated", current, {"role": (before, role)})
    return current


def remove(member: Member, *, by: Actor, check: Callable[[Member], None] = lambda _: None) -> None:
    """Take `member` out of the workspace, with the API keys that they made there. `check` may refuse them as they are.
    Raises `AccountError`."""
    with transaction.atomic():
        current = _locked(member)
        check(current)
        if current.role not in assignable(_rank(by, current.workspace)):
            raise refuse(_("You cannot remove somebody with this role."))
        _keep_an_owner(current)
        _take_out(current)
        _note_member(by, "member.removed", current, {"role": (current.role, "")})


def leave(member: Member, *, by: Actor) -> None:
    """Give up one's own seat. Raises `AccountError` for the last owner and in a personal workspace."""
    with transaction.atomic():
        current = _locked(member)
        if current.workspace.kind == Workspace.Kind.PERSONAL:
            raise refuse(_("This is your personal workspace."))
        _keep_an_owner(current)
        _take_out(current)
        _note_member(by, "member.left", current, {"role": (current.role, "")})


def _rank(by: Actor, workspace: Workspace) -> str:
    """The role that counts for what `by` may give: a key never more than an admin, a command and the admin site all."""
    if by.via in {Via.COMMAND, Via.ADMIN}:
        return Role.OWNER
    role = role_in(by.user, workspace) if by.user else ""
    if by.api_key is None:
        return role
    return Role.ADMIN if by.api_key.created_by_id is None or role == Role.OWNER else role


def _open(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("workspace", "invited_by")
    current = rows.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, workspace__deleted_at=None).first()
    if current is None:
        raise NotFound(invitation.public_id)
    return current


def _locked(member: Member) -> Member:
    lock(member.workspace)
    current = Member.objects.select_related("workspace", "user").filter(pk=member.pk).first()
    if current is None:
        raise NotFound(member.public_id)
    return current


def _keep_an_owner(member: Member) -> None:
    """Raises `AccountError` when `member` is the last owner."""
    if member.role != Role.OWNER:
        return
    if not Member.objects.filter(workspace=member.workspace, role=Role.OWNER).exclude(pk=member.pk).exists():
        raise refuse(_("A workspace needs an owner. Make somebody else one first."))


def _take_out(member: Member) -> None:
    keys = ApiKey.objects.filter(workspace=member.workspace, created_by=member.user, revoked_at=None)
    keys.update(revoked_at=timezone.now())
    Member.objects.filter(pk=member.pk).delete()


def _check_email(workspace: Workspace, email: str, errors: FieldErrors) -> None:
    try:
        validate_email(email)
    except ValidationError:
        errors.add("email", _("Enter an e-mail address, as name@example.org."))
        return
    if Member.objects.filter(workspace=workspace, user__email__iexact=email).exists():
        errors.add("email", _("%(email)s is a member already.") % {"email": email})
    elif workspace.invitations.filter(email__iexact=email, accepted_at=None, revoked_at=None).exists():
        errors.add("email", _("%(email)s has been invited already. You can send the mail again.") % {"email": email})


def _check_room(workspace: Workspace, errors: FieldErrors) -> None:
    waiting = workspace.invitations.filter(accepted_at=None, revoked_at=None).count()
    limit = workspace.member_limit
    if limit is not None and workspace.memberships.count() + waiting >= limit:
        words = ngettext(
            "This workspace has room for %(limit)s person, open invitations included.",
            "This workspace has room for %(limit)s people, open invitations included.",
            limit,
        )
        errors.add("", words % {"limit": limit})
    since = timezone.now() - timedelta(days=1)
    if workspace.invitations.filter(created_at__gt=since).count() >= A_DAY:
        errors.add("", _("That were %(limit)s invitations in a day. Go on tomorrow.") % {"limit": A_DAY})


def _note(by: Actor, action: str, invitation: Invitation, changes: dict[str, tuple[str, str]] | None = None) -> None:
    audit.record(
        by, action, workspace=invitation.workspace, target_id=invitation.public_id, target_name=invitation.email,
        changes=changes,
    )  # fmt: skip


def _note_member(by: Actor, action: str, member: Member, changes: dict[str, tuple[str, str]]) -> None:
    audit.record(
        by, action, workspace=member.workspace, target_id=member.public_id, target_name=member.user.email,
        changes=changes,
    )  # fmt: skip
