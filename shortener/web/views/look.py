"""How the site looks: light or dark, an organisation's logo and colour, and the page that shows every part."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from shortener.web import brand
from shortener.web.themes import remember

YEAR = 31_536_000  # seconds
# An SVG may hold scripts and load pictures: opened by itself, it may do neither.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember `theme`, and go back to the page that was open; our script only wants it remembered."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    in_place = request.headers.get("X-Requested-With") == "fetch"
    response = HttpResponse(status=204) if in_place else redirect(back if safe else "/")
    remember(response, request.POST.get("theme", ""))
    return response


@require_safe
@cache_control(public=True, max_age=YEAR, immutable=True)
def accent(request: HttpRequest) -> HttpResponse:
    """The style sheet of ACCENT_COLOR."""
    if not settings.ACCENT_COLOR:
        raise Http404
    return HttpResponse(brand.accent_css(settings.ACCENT_COLOR), content_type="text/css")


@require_safe
@cache_control(public=True, max_age=YEAR, immutable=True)
def logo(request: HttpRequest) -> HttpResponse:
    """The picture of SITE_LOGO."""
    if not settings.SITE_LOGO:
        raise Http404
    picture = brand.logo(settings.SITE_LOGO)
    policy = {"Content-Security-Policy": PICTURE_POLICY}
    return HttpResponse(picture.content, content_type=picture.content_type, headers=policy)


@require_safe
@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part that pages are made of, for those who build them."""
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied(_("This page is for the people who run the site."))
    context = {"colours": COLOURS, "spaces": range(1, 10), "sizes": SIZES, "icons": ICONS}
    return render(request, "web/styleguide.html", context)


COLOURS = (
    "ground", "surface", "sunken", "line", "line-strong", "ink", "ink-soft", "accent", "accent-strong", "accent-soft",
    "on-accent", "data", "data-soft", "danger", "danger-soft", "warning", "warning-soft", "notice", "notice-soft",
)  # fmt: skip
SIZES = ("3xl", "2xl", "xl", "l", "m", "s")
ICONS = (
    "archive", "arrow-out", "auto", "calendar", "chart", "check", "close", "copy", "down", "download", "edit",
    "filter", "folder", "globe", "info", "keyboard", "link", "lock", "moon", "more", "plus", "qr", "search",
    "settings", "share", "sort", "sun", "tag", "trash", "undo", "upload", "user", "users", "warning",
)  # fmt: skip
