"""The front page: one field, one button."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from shortener.accounts.models import Workspace
from shortener.accounts.policy import role_allows
from shortener.accounts.services import public_workspace
from shortener.infra.client_address import network_of
from shortener.infra.rate_limits import Budget, spend
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
    if not form.is_valid() or not _is_within_limits(request, form):
        return None
    try:
        return create_link(workspace=_workspace(request), by=actor_of(request), url=form.cleaned_data["url"])
    except LinkError as error:
        form.take(error)
        return None


def _is_within_limits(request: HttpRequest, form: ShortenForm) -> bool:
    """Whether the visitor may make another link: without an account an address has a budget. If not, `form` says so."""
    rate = settings.RATE_PLANS.anonymous.create
    if request.user.is_authenticated or not rate:
        return True
    [standing] = spend([Budget("anonymous-create", rate, network_of(request.META["REMOTE_ADDR"]))])
    if standing.is_spent:
        form.retry_after = standing.reset
        minutes = -(-standing.reset // 60)
        words = ngettext(
            "That were many links. Sign in, or try again in a minute.",
            "That were many links. Sign in, or try again in %(minutes)d minutes.",
            minutes,
        )
        form.add_error("url", words % {"minutes": minutes})
    return not standing.is_spent


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
    failed = 429 if form.retry_after else 422
    response = render(request, template, context, status=failed if form.errors and not partial else 200)
    if form.retry_after:
        response.headers["Retry-After"] = str(form.retry_after)
    response.headers["Vary"] = "Cookie, X-Requested-With"
    return response
