"""The front page: one field, one button."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shortener.accounts.models import Workspace
from shortener.accounts.policy import role_allows
from shortener.accounts.services import public_workspace
from shortener.infra.site_settings import current
from shortener.links.errors import LinkError
from shortener.links.models import Link
from shortener.links.services import create_link
from shortener.web.access import actor_of, current_membership
from shortener.web.forms import ShortenForm
from shortener.web.shown import shown
from shortener.web.templatetags.web import site_logo

PARTIAL = "fetch"  # what our script says in X-Requested-With: it wants the part of the page that changes


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The form; a POST answers with the new link, or says what is wrong."""
    may_shorten = request.user.is_authenticated or current().anonymous_links
    if request.method != "POST":
        return _page(request, ShortenForm(), may_shorten=may_shorten)
    if not may_shorten:
        raise PermissionDenied(_("Sign in to shorten links."))
    form = ShortenForm(request.POST)
    link = _create(request, form)
    return _page(request, form, link) if link is None else _page(request, ShortenForm(), link)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Pages that do not name our icon (the API's documentation) have browsers look here."""
    return redirect(site_logo())


def _create(request: HttpRequest, form: ShortenForm) -> Link | None:
    """The new link; None when something was wrong, which `form` then says."""
    if not form.is_valid():
        return None
    try:
        return create_link(workspace=_workspace(request), by=actor_of(request), url=form.cleaned_data["url"])
    except LinkError as error:
        form.take(error)
        return None


def _workspace(request: HttpRequest) -> Workspace:
    """Where links of this visitor belong."""
    if not request.user.is_authenticated:
        return public_workspace()
    member = current_membership(request)
    if not role_allows(member.role, "links:write"):
        raise PermissionDenied(_("Your role in this workspace does not allow that."))
    return member.workspace


def _page(
    request: HttpRequest, form: ShortenForm, link: Link | None = None, *, may_shorten: bool = True
) -> HttpResponse:
    partial = request.headers.get("X-Requested-With") == PARTIAL
    template = "web/_shorten.html" if partial else "web/home.html"
    context = {"form": form, "created": shown(link) if link else None, "may_shorten": may_shorten}
    # The script gets 200 for mistakes too: a browser writes other statuses to its console as its own errors.
    response = render(request, template, context, status=422 if form.errors and not partial else 200)
    response.headers["Vary"] = "Cookie, X-Requested-With"
    return response
