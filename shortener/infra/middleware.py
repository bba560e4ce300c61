"""Middleware of the Django side; redirects pass none of it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from shortener.infra.client_address import ClientAddresses

GetResponse = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class ClientAddressMiddleware:
    """Puts the visitor's address in REMOTE_ADDR, and drops forwarding headers that no trusted proxy has set."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.addresses = ClientAddresses(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        peer = meta.get("REMOTE_ADDR", "")
        if self.addresses.is_trusted(peer):
            meta["REMOTE_ADDR"] = self.addresses.client(peer, meta.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            for name in FORWARDED:
                meta.pop(name, None)
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Nothing is loaded from another host and nothing inline runs, whatever a page contains."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response
