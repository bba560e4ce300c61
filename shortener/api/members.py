"""`/api/v1/members` and `/api/v1/invitations`: who belongs to the workspace, and who is asked to."""

from typing import Annotated, Any, Literal, Self, cast

from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from shortener.accounts.members import change_role, invite, remove, resend, revoke
from shortener.accounts.models import Invitation, Member
from shortener.accounts.queries import get_invitation, get_member, invitations_of, members_of
from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc

members = Router(tags=["Members"])
invitations = Router(tags=["Invitations"])

SORTING = Sorting({"created_at": "created_at"}, default="created_at")
NEWEST = Sorting({"created_at": "created_at"}, default="-created_at")
Role = Literal["owner", "admin", "member", "viewer"]
MEMBER: dict[str, Any] = {
    "id": "member_x8Kd9aQ2", "email": "ada@example.org", "name": "Ada", "role": "admin",
    "created_at": "2027-01-01T09:00:00Z",
}  # fmt: skip
INVITATION: dict[str, Any] = {
    "id": "invitation_x8Kd9aQ2", "email": "ada@example.org", "role": "member", "invited_by": "grace@example.org",
    "created_at": "2027-01-01T09:00:00Z", "expires_at": "2027-01-08T09:00:00Z",
}  # fmt: skip


class MemberChange(Body):
    """Another role."""

    model_config = example({"role": "viewer"})

    role: Role


class MemberOut(BaseModel):
    """Somebody who belongs to the workspace."""

    model_config = example(MEMBER)

    id: str
    email: str
    name: str
    role: Role
    created_at: Utc

    @classmethod
    def of(cls, member: Member) -> Self:
        """`member` as the API shows it."""
        user = member.user
        return cls(
            id=member.public_id, email=user.email, name=user.get_full_name(), role=cast(Role, member.role),
            created_at=member.created_at,
        )  # fmt: skip


class MemberPage(BaseModel):
    """Members in the order in which they came; `next` asks for those behind, None at the end."""

    data: list[MemberOut]
    next: Next


class InvitationIn(Body):
    """A seat to be offered."""

    model_config = example({"email": "ada@example.org", "role": "member"})

    email: Annotated[str, Field(max_length=254)]
    role: Annotated[Role, Field(description="No higher than that of the key's maker")] = "member"


class InvitationOut(BaseModel):
    """A seat that is offered and not taken yet."""

    model_config = example(INVITATION)

    id: str
    email: str
    role: Role
    invited_by: str | None
    created_at: Utc
    expires_at: Utc

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """`invitation` as the API shows it."""
        return cls(
            id=invitation.public_id, email=invitation.email, role=cast(Role, invitation.role),
            invited_by=invitation.invited_by.email if invitation.invited_by else None,
            created_at=invitation.created_at, expires_at=invitation.expires_at,
        )  # fmt: skip


class InvitationPage(BaseModel):
    """Invitations, newest first; `next` asks for those behind, None at the end."""

    data: list[InvitationOut]
    next: Next


@members.get("", response={200: MemberPage}, operation_id="listMembers", summary="List members")
@needs_scope("members:read")
def list_members(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> MemberPage:
    """Who belongs to the workspace."""
    page = page_of(request, members_of(request.auth.workspace), query, SORTING)
    return MemberPage(data=[MemberOut.of(member) for member in page.rows], next=page.next)


@members.get("/{member_id}", response={200: MemberOut}, operation_id="getMember", summary="Get a member")
@needs_scope("members:read")
def one_member(request: ApiRequest, member_id: str) -> MemberOut:
    """One member."""
    return MemberOut.of(get_member(request.auth.workspace, member_id))


@members.patch(
    "/{member_id}",
    response={200: MemberOut},
    operation_id="changeMember",
    summary="Change a role",
    openapi_extra=IF_MATCH,
)
@needs_scope("members:write")
def change(request: ApiRequest, member_id: str, body: MemberChange) -> MemberOut:
    """Give a member another role. Nobody gives or takes a role above their own, and the last owner stays one."""
    member, check = get_member(request.auth.workspace, member_id), unchanged(request, MemberOut.of)
    return MemberOut.of(change_role(member, role=body.role, by=actor_of(request), check=check))


@members.delete(
    "/{member_id}", response={204: None}, operation_id="removeMember", summary="Remove a member", openapi_extra=IF_MATCH
)
@needs_scope("members:write")
@fails("conflict")
def take_out(request: ApiRequest, member_id: str) -> Status[None]:
    """Take somebody out of the workspace, with the API keys that they made there. Their links stay."""
    member, check = get_member(request.auth.workspace, member_id), unchanged(request, MemberOut.of)
    remove(member, by=actor_of(request), check=check)
    return Status(204, None)


@invitations.post("", response={201: InvitationOut}, operation_id="createInvitation", summary="Invite somebody")
@needs_scope("members:write")
@fails("conflict")
def create(request: ApiRequest, body: InvitationIn) -> Status[InvitationOut]:
    """Send a mail that offers a seat in the workspace for a week."""
    offer = invite(request.auth.workspace, email=body.email, role=body.role, by=actor_of(request))
    return Status(201, InvitationOut.of(offer.invitation))


@invitations.get("", response={200: InvitationPage}, operation_id="listInvitations", summary="List invitations")
@needs_scope("members:read")
def list_invitations(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> InvitationPage:
    """Seats that are offered and not taken yet, those that are too old included: they can be sent again."""
    page = page_of(request, invitations_of(request.auth.workspace), query, NEWEST)
    return InvitationPage(data=[InvitationOut.of(invitation) for invitation in page.rows], next=page.next)


@invitations.get(
    "/{invitation_id}", response={200: InvitationOut}, operation_id="getInvitation",
    summary="Get an invitation",
)  # fmt: skip
@needs_scope("members:read")
def one_invitation(request: ApiRequest, invitation_id: str) -> InvitationOut:
    """One invitation."""
    return InvitationOut.of(get_invitation(request.auth.workspace, invitation_id))


@invitations.post(
    "/{invitation_id}/resend", response={200: InvitationOut}, operation_id="resendInvitation",
    summary="Send an invitation again",
)  # fmt: skip
@needs_scope("members:write")
@fails("conflict")
def again(request: ApiRequest, invitation_id: str) -> InvitationOut:
    """Send the mail again, with another link and another week. The link before stops working."""
    offer = resend(get_invitation(request.auth.workspace, invitation_id), by=actor_of(request))
    return InvitationOut.of(offer.invitation)


@invitations.delete(
    "/{invitation_id}", response={204: None}, operation_id="deleteInvitation",
    summary="Take an invitation back", openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("members:write")
def take_back(request: ApiRequest, invitation_id: str) -> Status[None]:
    """The link in the mail stops working."""
    invitation = get_invitation(request.auth.workspace, invitation_id)
    revoke(invitation, by=actor_of(request), check=unchanged(request, InvitationOut.of))
    return Status(204, None)
