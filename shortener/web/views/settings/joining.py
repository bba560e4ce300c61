"""Taking a seat that was offered by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shortener.accounts.errors import AccountError, NotFound
from shortener.accounts.members import accept
from shortener.accounts.models import Invitation, User
from shortener.accounts.queries import addresses_of, invitation_for
from shortener.web.access import WORKSPACE_KEY, actor_of
from shortener.web.account_adapter import INVITATION_KEY, may_sign_up


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Who invites to what; a POST of somebody who has signed in takes the seat."""
    try:
        invitation = invitation_for(secret)
        if request.method == "POST" and isinstance(request.user, User):
            return _join(request, request.user, secret)
    except NotFound:
        return render(request, "web/settings/join_over.html", status=404)
    except AccountError as error:
        messages.error(request, str(error))
        return redirect(request.path)
    if not request.user.is_authenticated:
        request.session[INVITATION_KEY] = secret  # opens the door to sign up where it is closed to strangers
    return render(request, "web/settings/join.html", _context(request, invitation))


def _join(request: HttpRequest, user: User, secret: str) -> HttpResponse:
    member = accept(secret, user=user, by=actor_of(request))
    request.session[WORKSPACE_KEY] = member.workspace_id
    request.session.pop(INVITATION_KEY, None)
    messages.success(request, _("Welcome to %(workspace)s.") % {"workspace": member.workspace.name})
    return redirect("web:links")


def _context(request: HttpRequest, invitation: Invitation) -> dict[str, object]:
    user = request.user
    known = User.objects.filter(email__iexact=invitation.email).exists()
    return {
        "invitation": invitation,
        "is_mine": isinstance(user, User) and invitation.email.lower() in addresses_of(user),
        "has_account": known,
        "may_sign_up": not known and may_sign_up(request),
    }
