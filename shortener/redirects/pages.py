"""Renders, once at start, the pages that the redirect path answers with."""

from django.template.loader import render_to_string

from shortener.infra.middleware import CONTENT_SECURITY_POLICY
from shortener.redirects.answers import NEVER_INDEX, Answer, Header, Pages, page

PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"  # noqa: E501  one transparent pixel
REASONS = ("archived", "deleted", "disabled", "expired", "exhausted")
POLICY: Header = (b"content-security-policy", CONTENT_SECURITY_POLICY.encode())


def _page(status: int, template: str, *headers: Header, **context: str) -> Answer:
    return page(status, render_to_string(f"redirects/{template}.html", context), (POLICY, *headers))


def _words(status: int, words: str) -> Answer:
    """Plain text: for programs, and under hosts that are not ours, where neither our name nor our look belongs."""
    headers = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
    return Answer(status, headers, f"{words}\n".encode())


def load_pages() -> Pages:
    """All pages, from the templates in `redirects/`."""
    return Pages(
        not_found=_page(404, "not_found"),
        not_yet=_page(404, "not_yet"),
        unavailable=_page(503, "unavailable", (b"retry-after", b"2")),
        not_allowed=_page(405, "not_found", (b"allow", b"GET, HEAD")),
        misdirected=_words(421, "No site of this name is served here."),
        too_long=_words(414, "This address is too long."),
        pixel=Answer(200, ((b"content-type", b"image/gif"), (b"cache-control", b"no-store"), NEVER_INDEX), PIXEL),
        gone={reason: _page(410, "gone", reason=reason) for reason in REASONS},
    )
