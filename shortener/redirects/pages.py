"""Renders, once at start, the pages that the redirect path answers with."""

from django.template.loader import render_to_string

from shortener.infra.middleware import CONTENT_SECURITY_POLICY
from shortener.redirects.answers import Answer, Header, Pages, page

REASONS = ("archived", "deleted", "expired", "exhausted")
POLICY: Header = (b"content-security-policy", CONTENT_SECURITY_POLICY.encode())


def _page(status: int, template: str, *headers: Header, **context: str) -> Answer:
    return page(status, render_to_string(f"redirects/{template}.html", context), (POLICY, *headers))


def load_pages() -> Pages:
    """All pages, from the templates in `redirects/`."""
    return Pages(
        not_found=_page(404, "not_found"),
        not_yet=_page(404, "not_yet"),
        unavailable=_page(503, "unavailable", (b"retry-after", b"2")),
        not_allowed=_page(405, "not_found", (b"allow", b"GET, HEAD")),
        gone={reason: _page(410, "gone", reason=reason) for reason in REASONS},
    )
