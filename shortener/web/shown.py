"""Links as pages show them: what templates cannot find out for themselves, found out once for a whole page."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from shortener.clicks.stats import Totals, sparklines, totals_of
from shortener.links.models import Link
from shortener.links.qr import CONTENT_TYPES, Format, QrStyle, draw, qr_svg
from shortener.links.queries import State, scanned_url, short_url, shown_destination, state

QR_KINDS: tuple[Format, ...] = ("svg", "png")
QR_FILE = QrStyle(size=600)
SPARK_STEP, SPARK_HEIGHT = 10, 100
STATE_LABELS = {
    "active": _("Active"),
    "scheduled": _("Scheduled"),
    "expired": _("Expired"),
    "archived": _("Archived"),
    "exhausted": _("Used up"),
    "disabled": _("Switched off"),
}


class Addresses(NamedTuple):
    """Where a link's owner finds what; fields are named after the pages in `web.urls`."""

    link: str
    link_edit: str
    link_row: str
    link_qr_code: str

    @classmethod
    @cache
    def patterns(cls) -> "Addresses":
        """Those of any link, `%s` in the place of its ID. Looked up once: a list has a hundred of them."""
        names = (name.replace("_", "-") for name in cls._fields)
        return cls(*(reverse(f"web:{name}", args=["ID"]).replace("/ID", "/%s") for name in names))


@dataclass(frozen=True)
class ShownLink:
    """A link and what is said about it."""

    link: Link
    totals: Totals
    daily: Sequence[int] = ()  # clicks of the last days, today last; empty when nobody asked

    @property
    def recent(self) -> int:
        """Clicks of those days."""
        return sum(self.daily)

    @property
    def spark(self) -> str:
        """Their line, as the path of an SVG of `SPARK_STEP` by the day and `SPARK_HEIGHT` high."""
        most = max(self.daily, default=0) or 1
        heights = (SPARK_HEIGHT - SPARK_HEIGHT * clicks // most for clicks in self.daily)
        return "M" + "L".join(f"{day * SPARK_STEP} {height}" for day, height in enumerate(heights))

    @property
    def addresses(self) -> Addresses:
        """Of its pages."""
        return Addresses(*(pattern % self.link.public_id for pattern in Addresses.patterns()))

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


def shown_all(links: Iterable[Link], *, days: int = 0) -> list[ShownLink]:
    """Many links, at the price of one query for their clicks, and one for those of each of the last `days`."""
    listed = list(links)
    totals = totals_of(link.pk for link in listed)
    daily = sparklines((link.pk for link in listed), days) if days and listed else {}
    return [ShownLink(link, with_history(link, totals[link.pk]), daily.get(link.pk, ())) for link in listed]


def with_history(link: Link, totals: Totals) -> Totals:
    """`totals` of all time, with the clicks that the link had elsewhere before it was imported."""
    return replace(totals, clicks=totals.clicks + link.imported_clicks)
