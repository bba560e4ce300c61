"""Who belongs to the workspace, and who is asked to."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shortener.accounts.errors import AccountError, NotFound
from shortener.accounts.mail import invitation_url
from shortener.accounts.members import Offer, change_role, invite, leave, remove, resend, revoke
from shortener.accounts.models import Workspace
from shortener.accounts.policy import assignable, role_allows
from shortener.accounts.queries import get_invitation, get_member, invitations_of, members_of
from shortener.infra.errors import Refused
from shortener.web.access import WORKSPACE_KEY, SignedInRequest, actor_of, may, require
from shortener.web.settings_forms import InviteForm, role_choices


@may("members:read")
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: SignedInRequest) -> HttpResponse:
    """Members and open invitations; a POST invites."""
    if request.method != "POST":
        return _page(request)
    require(request, "members:write")
    form = InviteForm(request.POST, roles=assignable(request.role))
    if form.is_valid():
        try:
            return _told(request, invite(request.workspace, by=actor_of(request), **form.cleaned_data))
        except Refused as error:
            form.take(error)
    return _page(request, form)


@may("members:write")
@require_POST
def member_role(request: SignedInRequest, member_id: str) -> HttpResponse:
    """Give a member another role."""
    role = request.POST.get("role", "")
    return _done(
        request, lambda: change_role(get_member(request.workspace, member_id), role=role, by=actor_of(request)),
        _("Saved."),
    )  # fmt: skip


@may("members:write")
@require_POST
def member_remove(request: SignedInRequest, member_id: str) -> HttpResponse:
    """Take a member out."""
    return _done(
        request, lambda: remove(get_member(request.workspace, member_id), by=actor_of(request)), _("Removed.")
    )  # fmt: skip


@may("members:read")
@require_POST
def member_leave(request: SignedInRequest) -> HttpResponse:
    """Give up one's own seat."""
    member = members_of(request.workspace).get(user=request.user)
    try:
        leave(member, by=actor_of(request))
    except AccountError as error:
        messages.error(request, str(error))
        return redirect("web:members")
    request.session.pop(WORKSPACE_KEY, None)
    messages.success(request, _("You have left %(workspace)s.") % {"workspace": request.workspace.name})
    return redirect("web:links")


@may("members:write")
@require_POST
def invitation_resend(request: SignedInRequest, invitation_id: str) -> HttpResponse:
    """Send the mail again."""
    try:
        return _told(request, resend(get_invitation(request.workspace, invitation_id), by=actor_of(request)))
    except NotFound as error:
        raise Http404 from error
    except AccountError as error:
        messages.error(request, str(error))
        return redirect("web:members")


@may("members:write")
@require_POST
def invitation_revoke(request: SignedInRequest, invitation_id: str) -> HttpResponse:
    """Take an invitation back."""
    return _done(
        request, lambda: revoke(get_invitation(request.workspace, invitation_id), by=actor_of(request)),
        _("Taken back."),
    )  # fmt: skip


def _told(request: SignedInRequest, offer: Offer) -> HttpResponse:
    """Say that the mail is under way, or show the link to hand over: in this answer alone, it is kept nowhere."""
    email = offer.invitation.email
    if offer.is_sent and not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        messages.success(request, _("Invited: the mail to %(email)s is under way.") % {"email": email})
        return redirect("web:members")
    return _page(request, offer={"email": email, "url": invitation_url(offer.secret), "is_sent": offer.is_sent})


def _page(
    request: SignedInRequest, form: InviteForm | None = None, offer: dict[str, Any] | None = None
) -> HttpResponse:
    roles = assignable(request.role)
    may_write = role_allows(request.role, "members:write")
    context = {
        "form": form or InviteForm(roles=roles),
        "is_personal": request.workspace.kind == Workspace.Kind.PERSONAL,
        "members": members_of(request.workspace),
        "invitations": invitations_of(request.workspace) if may_write else [],
        "offer": offer,
        "may_write": may_write,
        "roles": role_choices(roles),
        "role_values": roles,
    }
    response = render(request, "web/settings/members.html", context, status=422 if form else 200)
    response["Cache-Control"] = "no-store"
    return response


def _done(request: SignedInRequest, do: Callable[[], object], words: str = "") -> HttpResponse:
    """Do it and say so, or why it was refused."""
    try:
        do()
        if words:
            messages.success(request, words)
    except NotFound as error:
        raise Http404 from error
    except AccountError as error:
        messages.error(request, str(error))
    return redirect("web:members")
