"""The front page: one field, one button, and what else may be said about a new link."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shortener.accounts.models import Workspace
from shortener.accounts.policy import ANONYMOUS_FIELDS, role_allows
from shortener.accounts.services import public_workspace
from shortener.infra.client_address import network_of
from shortener.infra.rate_limits import Budget, RateLimit, spend
from shortener.infra.site_settings import current
from shortener.links.availability import availability_of
from shortener.links.domains import domains_for
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.folders import KIND as FOLDERS
from shortener.links.models import Link
from shortener.links.named import things_in
from shortener.links.queries import links_in, pick
from shortener.links.services import create_link
from shortener.web.access import actor_of, current_membership
from shortener.web.forms import NewLinkForm
from shortener.web.recent import forget, recent_links, remember
from shortener.web.shown import shown, shown_all
from shortener.web.templatetags.web import site_logo

PARTIAL = "fetch"  # what our script says in X-Requested-With: it wants the part of the page that changes
MEMBER_FIELDS = frozenset({"url", "slug", "domain", "lasts", "password", "tags", "folder"})
SLUG_CHECKS = RateLimit("slug checks", "120/minute")


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The form; a POST makes a link and comes back here to show it, or says what is wrong. Our script is answered at
    once."""
    if why_not := _why_not(request):
        if request.method == "POST":
            raise PermissionDenied(why_not)
        return render(request, "web/home.html", {"may_shorten": False, "why_not": why_not})
    if request.method != "POST":
        return _page(request, _form(request), _created(request))
    form = _form(request, request.POST)
    link = _create(request, form)
    if link is None:
        return _page(request, form)
    if _is_partial(request):
        response = _page(request, _form(request), link)
    else:
        response = redirect(reverse("web:home", query={"created": link.public_id}))
    if not request.user.is_authenticated:
        remember(request, response, link)
    return response


@require_safe
def slug_check(request: HttpRequest) -> HttpResponse:
    """Whether the name `slug` is free on `domain`, as a few words beside the field."""
    if why_not := _why_not(request):
        raise PermissionDenied(why_not)
    who = request.user.pk or request.META["REMOTE_ADDR"]
    if not SLUG_CHECKS.allows(who):
        return render(request, "web/_slug_check.html", {"too_many": True}, status=429)
    slug = request.GET.get("slug", "")
    found = availability_of(slug, workspace=_workspace(request), host=request.GET.get("domain", "")) if slug else None
    return render(request, "web/_slug_check.html", {"found": found})


@require_POST
def forget_recent(request: HttpRequest) -> HttpResponse:
    """Take the last links of this browser off the page; the links stay."""
    response = redirect("web:home")
    forget(response)
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Pages that do not name our icon (the API's documentation) have browsers look here."""
    return redirect(site_logo())


def _why_not(request: HttpRequest) -> str:
    """Why this visitor may make no links here, and what they can do about it; empty for those who may."""
    if not request.user.is_authenticated:
        return "" if current().anonymous_links else _("Sign in to shorten links.")
    member = current_membership(request)
    if role_allows(member.role, "links:write"):
        return ""
    words = _("In %(workspace)s you can look at links but not make any. Switch to another workspace to shorten links.")
    return words % {"workspace": member.workspace}


def _form(request: HttpRequest, data: object = None) -> NewLinkForm:
    """With the fields that this visitor may use."""
    if not request.user.is_authenticated:
        return NewLinkForm(data, domains=(), fields=ANONYMOUS_FIELDS, focus=True)
    workspace = current_membership(request).workspace
    hosts = [domain.host for domain in domains_for(workspace)]
    folders = {folder.public_id: folder.name for folder in things_in(FOLDERS, workspace)}
    return NewLinkForm(data, domains=hosts, folders=folders, fields=MEMBER_FIELDS, focus=True)


def _create(request: HttpRequest, form: NewLinkForm) -> Link | None:
    """The new link; None when something was wrong, which `form` then says."""
    if not form.is_valid() or not _is_within_limits(request, form):
        return None
    try:
        return create_link(workspace=_workspace(request), by=actor_of(request), **form.wanted())
    except LinkError as error:
        form.take(error)
        return None


def _created(request: HttpRequest) -> Link | None:
    """The link that has just been made, for those who see it anyhow: its workspace, or the browser that has made it."""
    link_id = request.GET.get("created", "")
    if not request.user.is_authenticated:
        return next((link for link in recent_links(request) if link.public_id == link_id), None)
    try:
        return pick(links_in(_workspace(request)), link_id) if link_id else None
    except LinkNotFound:
        return None


def _is_within_limits(request: HttpRequest, form: NewLinkForm) -> bool:
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
    return current_membership(request).workspace


def _is_partial(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == PARTIAL


def _page(request: HttpRequest, form: NewLinkForm, link: Link | None = None) -> HttpResponse:
    partial = _is_partial(request)
    recent = [] if request.user.is_authenticated else recent_links(request)
    context = {
        "form": form,
        "created": shown(link) if link else None,
        "recent": shown_all(other for other in recent if link is None or other.pk != link.pk),
        "may_shorten": True,
    }
    # The script gets 200 for mistakes too: a browser writes other statuses to its console as its own errors.
    template = "web/_shorten.html" if partial else "web/home.html"
    failed = 429 if form.retry_after else 422
    response = render(request, template, context, status=failed if form.errors and not partial else 200)
    if form.retry_after:
        response.headers["Retry-After"] = str(form.retry_after)
    response.headers["Vary"] = "Cookie, X-Requested-With"
    return response
