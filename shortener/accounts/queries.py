"""Reading workspaces, members, invitations and the audit trail."""

import hashlib
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shortener.accounts.errors import NotFound
from shortener.accounts.models import AuditEvent, Invitation, Member, User, Workspace
from shortener.infra import public_id

Role = Member.Role


def current_workspace(workspace: Workspace) -> Workspace:
    """`workspace` as it is now. Raises `NotFound` when it was closed."""
    found = Workspace.objects.filter(pk=workspace.pk, deleted_at=None).first()
    if found is None:
        raise NotFound(workspace.slug)
    return found


def memberships_of(user: User) -> QuerySet[Member]:
    """The seats of `user` with their workspaces: the personal one first, then by name."""
    return (
        Member.objects.filter(user=user, workspace__deleted_at=None)
        .select_related("workspace")
        .order_by("workspace__kind", "workspace__name", "workspace_id")  # "personal" comes before "team"
    )


def membership(user: User, slug: str) -> Member:
    """The seat of `user` in the workspace with this slug. Raises `NotFound`."""
    found = memberships_of(user).filter(workspace__slug=slug.replace("\x00", "")).first()
    if found is None:
        raise NotFound(slug)
    return found


def members_of(workspace: Workspace) -> QuerySet[Member]:
    """Who belongs to `workspace`, in the order in which they came."""
    return Member.objects.filter(workspace=workspace).select_related("user", "workspace").order_by("created_at", "id")


def get_member(workspace: Workspace, member_id: str) -> Member:
    """The member of `workspace` with this public ID. Raises `NotFound`."""
    found = members_of(workspace).filter(pk=public_id.decode("member", member_id) or 0).first()
    if found is None:
        raise NotFound(member_id)
    return found


def invitations_of(workspace: Workspace) -> QuerySet[Invitation]:
    """Seats of `workspace` that are offered and neither taken nor taken back, newest first; those that are too old
    included, for they can be sent again."""
    open_ones = Invitation.objects.filter(workspace=workspace, accepted_at=None, revoked_at=None)
    return open_ones.select_related("invited_by", "workspace").order_by("-created_at", "-id")


def get_invitation(workspace: Workspace, invitation_id: str) -> Invitation:
    """The open invitation of `workspace` with this public ID. Raises `NotFound`."""
    found = invitations_of(workspace).filter(pk=public_id.decode("invitation", invitation_id) or 0).first()
    if found is None:
        raise NotFound(invitation_id)
    return found


def invitation_for(secret: str) -> Invitation:
    """The invitation that the link in a mail names. Raises `NotFound` when it is over, whatever the reason."""
    found = Invitation.objects.select_related("workspace", "invited_by").filter(
        digest=digest_of(secret), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now(),
        workspace__deleted_at=None,
    ).first()  # fmt: skip
    if found is None:
        raise NotFound(secret)
    return found


def digest_of(secret: str) -> bytes:
    """SHA-256 of a secret with 256 random bits, which needs no slow hash. Looking it up by an index leaks nothing: who
    can choose a digest cannot choose the secret behind it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def addresses_of(user: User) -> set[str]:
    """The e-mail addresses, in small letters, that are known to be `user`'s."""
    verified = user.emailaddress_set.filter(verified=True).values_list("email", flat=True)  # type: ignore[attr-defined]
    return {user.email.lower(), *(email.lower() for email in verified)}


def left_without_owner(user: User) -> QuerySet[Workspace]:
    """The team workspaces that nobody but `user` owns."""
    others = Member.objects.filter(workspace=OuterRef("pk"), role=Role.OWNER).exclude(user=user)
    owned = Workspace.objects.filter(memberships__user=user, memberships__role=Role.OWNER, deleted_at=None)
    return owned.filter(~Exists(others)).exclude(kind=Workspace.Kind.PERSONAL).order_by("name")


def audit_trail(
    workspace: Workspace,
    *,
    action: str = "",
    actor: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """What happened in `workspace`, newest first: `action` is one or what several are about (`link`), `actor` a part
    of a name or address, `target` a public ID or a part of a name; from `since` up to `until` (excluded)."""
    events = AuditEvent.objects.filter(workspace=workspace)
    if action := action.replace("\x00", ""):
        about = Q(action__startswith=f"{action}.") | Q(action__startswith=f"{action}s.")  # one, or many at once
        events = events.filter(Q(action=action) | about)
    if actor := actor.replace("\x00", "").strip():
        events = events.filter(actor_name__icontains=actor)
    if target := target.replace("\x00", "").strip():
        events = events.filter(Q(target_id=target) | Q(target_name__icontains=target))
    if since:
        events = events.filter(at__gte=since)
    if until:
        events = events.filter(at__lt=until)
    return events.select_related("actor", "api_key", "impersonator").order_by("-at", "-id")


def events_about(user: User) -> QuerySet[AuditEvent]:
    """Everything that `user` has done, in any workspace, oldest first."""
    return AuditEvent.objects.filter(actor=user).select_related("workspace").order_by("at", "id")
