"""Links as pages show them: what templates cannot find out for themselves, found out once for a whole page."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from shortener.clicks.stats import Totals, totals_of
from shortener.links.models import Link
from shortener.links.qr import CONTENT_TYPES, Format, QrStyle, draw, qr_svg
from shortener.links.queries import State, scanned_url, short_url, shown_destination, state

QR_KINDS: tuple[Format, ...] = ("svg", "png")
QR_FILE = QrStyle(size=600)
STATE_LABELS = {
    "active": _("Active"),
    "scheduled": _("Scheduled"),
    "expired": _("Expired"),
    "archived": _("Archived"),
    "exhausted": _("Used up"),
    "disabled": _("Switched off"),
}


@dataclass(frozen=True)
class ShownLink:
    """A link and what is said about it."""

    link: Link
    totals: Totals

    @property
    def short_url(self) -> str:
        """`https://host/slug`."""
        return short_url(self.link)

    @property
    def destination(self) -> str:
        """Where it leads, with an international host name in its own letters."""
        return shown_destination(self.link.destination)

    @property
    def destination_host(self) -> str:
        """The host of that, which is what a visitor should look at."""
        return urlsplit(self.destination).hostname or ""

    @property
    def used(self) -> int:
        """Redirects counted against the click limit."""
        use = getattr(self.link, "use", None)  # no row before the first one
        return use.used if use else 0

    @property
    def state(self) -> State:
        """What a visitor would meet now."""
        return state(self.link, self.used)

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return str(STATE_LABELS[self.state])

    @property
    def qr(self) -> SafeString:
        """Its QR code, an SVG element."""
        return mark_safe(qr_svg(scanned_url(self.link)))  # noqa: S308  drawn by us, holds no text of anybody

    @property
    def qr_files(self) -> dict[str, str]:
        """The same as files, by their kind, inside addresses: to be had without another request, or an account."""
        said = scanned_url(self.link)
        return {kind: _data_url(CONTENT_TYPES[kind], draw(said, kind, QR_FILE)) for kind in QR_KINDS}


def _data_url(content_type: str, content: bytes) -> str:
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def shown(link: Link) -> ShownLink:
    """One link."""
    return shown_all([link])[0]


def shown_all(links: Iterable[Link]) -> list[ShownLink]:
    """Many links, at the price of one query for their clicks."""
    listed = list(links)
    totals = totals_of(link.pk for link in listed)
    return [ShownLink(link, totals[link.pk]) for link in listed]
