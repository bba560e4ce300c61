"""One link: what it is, and how it is followed."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from shortener.clicks.live import live_header
from shortener.clicks.stats import Stats, link_stats
from shortener.links.qr import qr_svg
from shortener.links.queries import scanned_url
from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.charts import Share, shares, time_chart
from shortener.web.views.link.head import head

RANGES = (7, 30, 90)  # days
DEFAULT_RANGE = 30
BREAKDOWNS = {
    "referrers": (_("Referrers"), _("Direct or unknown")),
    "countries": (_("Countries"), _("Unknown")),
    "browsers": (_("Browsers"), _("Unknown")),
    "os": (_("Operating systems"), _("Unknown")),
    "devices": (_("Devices"), _("Unknown")),
    "languages": (_("Languages"), _("Unknown")),
    "sources": (_("Sources"), _("None of those we know")),
    "cities": (_("Cities"), _("Unknown")),
    "utm_campaigns": (_("Campaigns"), _("None")),
    "destinations": (_("Destinations"), _("The link’s own")),
    "channels": (_("Channels"), _("Link")),
}
DEVICES = {"desktop": _("Desktop"), "mobile": _("Mobile"), "tablet": _("Tablet")}


@dataclass(frozen=True)
class Breakdown:
    """Clicks by the values of one dimension; `kind` tells the script which codes it can name."""

    kind: str
    title: str
    unknown: str
    shares: list[Share]


@may("stats:read")
@require_safe
def show(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Totals, clicks by day and breakdowns of the last `days` days."""
    link = link_or_404(request, link_id)
    days = _days(request.GET.get("days", ""))
    stats = link_stats(link.pk, days=days)
    context = {
        **head(request, link, "stats"),
        "days": days,
        "ranges": RANGES,
        "stats": stats,
        "chart": time_chart(stats.series),
        "breakdowns": _breakdowns(stats),
    }
    return render(request, "web/link.html", context)


@may("stats:read")
@require_safe
def qr_code(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The QR code as a file."""
    link = link_or_404(request, link_id)
    disposition = f'attachment; filename="{link.slug}.svg"'
    return HttpResponse(qr_svg(scanned_url(link)), "image/svg+xml", headers={"Content-Disposition": disposition})


@may("stats:read")
@require_safe
def live(request: SignedInRequest, link_id: str) -> HttpResponse:
    """Its clicks as they come in: server-sent events."""
    link = link_or_404(request, link_id)
    return HttpResponse(headers=live_header(link.workspace_id, link.pk))


def _days(asked: str) -> int:
    return int(asked) if asked in map(str, RANGES) else DEFAULT_RANGE


def _breakdowns(stats: Stats) -> list[Breakdown]:
    return [
        Breakdown(kind, str(title), str(unknown), [_named(kind, share) for share in _shares(stats, kind)])
        for kind, (title, unknown) in BREAKDOWNS.items()
    ]


def _shares(stats: Stats, kind: str) -> list[Share]:
    return shares(stats.dimensions.get(kind, []), stats.totals.clicks)


def _named(kind: str, share: Share) -> Share:
    if kind != "devices" or share.value not in DEVICES:
        return share
    return Share(str(DEVICES[share.value]), share.clicks, share.percent, share.width)
