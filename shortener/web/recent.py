"""The last links of a browser in which nobody has signed in: a signed cookie, so that no script is needed."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from shortener.accounts.services import public_workspace
from shortener.infra import public_id
from shortener.links.models import Link
from shortener.links.queries import links_in

COOKIE = "recent"
MOST = 8  # links
KEPT = timedelta(days=30)


def recent_links(request: HttpRequest) -> list[Link]:
    """Those that were made here and are still there, newest first."""
    numbers = [number for name in _ids(request) if (number := public_id.decode("link", name)) is not None]
    return list(links_in(public_workspace()).filter(pk__in=numbers)) if numbers else []


def remember(request: HttpRequest, response: HttpResponse, link: Link) -> None:
    """Put `link` in front of the others."""
    ids = [link.public_id, *(other for other in _ids(request) if other != link.public_id)][:MOST]
    secure = settings.SESSION_COOKIE_SECURE
    value = signing.dumps(ids, salt=COOKIE)
    response.set_cookie(COOKIE, value, max_age=KEPT, secure=secure, httponly=True, samesite="Lax")


def forget(response: HttpResponse) -> None:
    """Let somebody else use this browser."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _ids(request: HttpRequest) -> list[str]:
    try:
        ids = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=KEPT)
    except signing.BadSignature:
        return []
    return [str(each) for each in ids]
