"""One's own profile, the file of all that is kept about oneself, the end of the account, sessions."""

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shortener.accounts.errors import AccountError
from shortener.accounts.people import everything_about, update_profile
from shortener.accounts.queries import left_without_owner
from shortener.links.queries import links_in, short_url
from shortener.links.workspaces import delete_account
from shortener.web.access import SignedInRequest, actor_of
from shortener.web.settings_forms import ProfileForm, SureForm

FILE_LINKS = 10_000  # the newest links of the personal workspace that the file has; the others, an export of links has


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Name, time zone and language."""
    form = ProfileForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            update_profile(request.user, by=actor_of(request), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("web:account")
        except AccountError as error:
            form.take(error)
    return render(request, "web/settings/account.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_GET
def data(request: SignedInRequest) -> HttpResponse:
    """What can be done with all of it."""
    return render(request, "web/settings/data.html", {"alone": left_without_owner(request.user)})


@reauthentication_required  # type: ignore[untyped-decorator]
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """All that is kept about whoever asks, as a file."""
    found = everything_about(request.user)
    personal = request.user.memberships.filter(workspace__kind="personal", role="owner").first()
    links = links_in(personal.workspace)[:FILE_LINKS] if personal else []
    found["links"] = [
        {"short_url": short_url(link), "url": link.destination, "title": link.title, "created": link.created_at}
        for link in links
    ]
    response = JsonResponse(found, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="account-{timezone.localdate().isoformat()}.json"'
    response["Cache-Control"] = "no-store"
    return response


@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest) -> HttpResponse:
    """Ask first; a POST with the address typed deletes the account."""
    user = request.user
    label = _("Type your e-mail address, %(email)s, to go on") % {"email": user.email}
    form = SureForm(request.POST if request.method == "POST" else None, words=user.email, label=label)
    if form.is_valid():
        try:
            delete_account(user, by=actor_of(request))
            logout(request)
            messages.success(request, _("Your account is deleted."))
            return redirect("web:home")
        except AccountError as error:
            form.take(error)
    context = {"form": form, "alone": left_without_owner(user), "links": _personal_links(request)}
    return render(request, "web/settings/account_delete.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end_session(request: SignedInRequest, session_id: int) -> HttpResponse:
    """Sign out somewhere else."""
    session = UserSession.objects.filter(user=request.user, pk=session_id).first()
    if session is None:
        raise Http404
    session.end()
    messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")


def _personal_links(request: SignedInRequest) -> int:
    seats = request.user.memberships.filter(workspace__kind="personal", role="owner").select_related("workspace")
    return sum(links_in(seat.workspace).count() for seat in seats)
