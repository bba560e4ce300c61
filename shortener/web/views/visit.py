"""Pages of a short link itself: its password, its notice, its card, its preview. Redirects are given elsewhere
(`redirects.visits`), which sends visitors here who have to see something first."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shortener.clicks.agent import read_agent
from shortener.clicks.bots import is_previewer
from shortener.clicks.event import HEADER_LIMIT
from shortener.infra.middleware import CONTENT_SECURITY_POLICY
from shortener.infra.rate_limits import RateLimit
from shortener.links.errors import LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import link_at
from shortener.links.services import password_opens, report_link
from shortener.redirects import passes
from shortener.redirects.visits import CONTINUE
from shortener.web.forms import ReportForm
from shortener.web.shown import shown

UNLOCKED_SECONDS = 3600
NOTICE_SECONDS = 600  # for which the way on from a notice works
ATTEMPTS_OF_ONE = RateLimit("password-of-one", "10/15 minutes")
ATTEMPTS_OF_ALL = RateLimit("password-of-all", "200/15 minutes")
REPORTS = RateLimit("report", "5/hour")
# Chromium holds the redirect that follows a form to form-action as well, and it leads to another site.
POLICY_OF_FORM = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action 'self' https: http:")


@never_cache
@csrf_exempt  # the password is all the authority there is, and it is in the form
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Whatever has to come before the redirect."""
    link = _link(request, slug)
    if link.password_hash and not _is_unlocked(request, link):
        return _password(request, link)
    if _has_card(link) and is_previewer(request.headers.get("User-Agent", "")):
        return render(request, "visit/card.html", {"item": shown(link)})
    if link.notice and not passes.holds(_secret(), link.pk, CONTINUE, request.GET.get(CONTINUE, ""), _now()):
        return _notice(request, link)
    if app := _app_of(request, link):
        return render(request, "visit/app.html", {"item": shown(link), "app": app})
    raise Http404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Where a link leads, without following it; a POST reports it."""
    link = _link(request, slug)
    form = ReportForm(request.POST or None)
    sent = False
    if request.method == "POST" and form.is_valid():
        if REPORTS.allows(request.META["REMOTE_ADDR"]):
            report_link(link, form.cleaned_data["reason"], form.cleaned_data["details"])
            sent = True
        else:
            form.add_error(None, _("That were many reports. Please try again later."))
    status = 422 if form.errors else 200
    return render(request, "visit/preview.html", {"item": shown(link), "form": form, "sent": sent}, status=status)


def _link(request: HttpRequest, slug: str) -> Link:
    try:
        return link_at(request.get_host(), slug)
    except LinkNotFound as error:
        raise Http404 from error


def _app_of(request: HttpRequest, link: Link) -> str:
    """The address that opens an app on the visitor's device; empty without one."""
    agent = read_agent(request.headers.get("User-Agent", "")[:HEADER_LIMIT], tools_are_bots=not settings.COUNT_TOOLS)
    return {"ios": link.ios_url, "android": link.android_url}.get(agent.system, "")


def _has_card(link: Link) -> bool:
    return bool(link.card_title or link.card_description or link.card_image)


def _is_unlocked(request: HttpRequest, link: Link) -> bool:
    given = request.COOKIES.get(passes.cookie_name(link.pk), "")
    return passes.holds(_secret(), link.pk, passes.lock_of(link.password_hash), given, _now())


def _password(request: HttpRequest, link: Link) -> HttpResponse:
    problem, status = "", 200
    if request.method == "POST":
        if not (ATTEMPTS_OF_ONE.allows(link.pk, request.META["REMOTE_ADDR"]) and ATTEMPTS_OF_ALL.allows(link.pk)):
            problem, status = _("Too many attempts. Try again in a quarter of an hour."), 429
        elif password_opens(link, request.POST.get("password", "")):
            return _unlocked(request, link)
        else:
            problem, status = _("This is not the password."), 422
    response = render(request, "visit/password.html", {"problem": problem}, status=status)
    response.headers["Content-Security-Policy"] = POLICY_OF_FORM
    if status == 429:
        response.headers["Retry-After"] = "900"
    return response


def _unlocked(request: HttpRequest, link: Link) -> HttpResponse:
    response = HttpResponseRedirect(request.get_full_path(), status=303)
    response.set_cookie(
        passes.cookie_name(link.pk),
        passes.issue(_secret(), link.pk, passes.lock_of(link.password_hash), _now() + UNLOCKED_SECONDS),
        max_age=UNLOCKED_SECONDS,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _notice(request: HttpRequest, link: Link) -> HttpResponse:
    onward = request.GET.copy()
    onward[CONTINUE] = passes.issue(_secret(), link.pk, CONTINUE, _now() + NOTICE_SECONDS)
    context = {"item": shown(link), "onward": f"{request.path}?{onward.urlencode()}"}
    return render(request, "visit/notice.html", context)


def _secret() -> bytes:
    return settings.SECRET_KEY.encode()


def _now() -> float:
    return datetime.now(UTC).timestamp()
