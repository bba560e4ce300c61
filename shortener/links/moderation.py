"""What those who run the site do about links that do harm."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.links.changing import note, save_version
from shortener.links.errors import LinkError
from shortener.links.models import Link, Report

REASON_LIMIT = 300  # characters


def disable_link(link: Link, reason: str, *, by: Actor) -> Link:
    """Switch `link` off: visitors get a page that says so, at once and everywhere; its owner sees `reason`, and can do
    nothing about it. Open reports about it are closed. Raises `LinkError`."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_LIMIT or "\x00" in reason:
        raise LinkError({"reason": [_("Say why, in at most %(most)d characters.") % {"most": REASON_LIMIT}]})
    with transaction.atomic():
        current = _locked(link)
        before = current.disabled_reason
        current.disabled_at = current.disabled_at or timezone.now()
        current.disabled_reason = reason
        save_version(current)
        close_reports(Report.objects.filter(link=current), by=by)
        note(by, "link.disabled", current, {"disabled_reason": (before, reason)})
    return current


def enable_link(link: Link, *, by: Actor) -> Link:
    """The reverse."""
    with transaction.atomic():
        current = _locked(link)
        if current.disabled_at is None:
            return current
        before, current.disabled_at, current.disabled_reason = current.disabled_reason, None, ""
        save_version(current)
        note(by, "link.enabled", current, {"disabled_reason": (before, "")})
    return current


def close_reports(reports: Iterable[Report], *, by: Actor) -> int:
    """Close those of `reports` that are open; how many that were."""
    with transaction.atomic():
        numbers = [report.pk for report in reports]
        found = Report.objects.select_for_update(of=("self",)).filter(pk__in=numbers, closed_at=None)
        still_open = list(found.select_related("link__domain", "link__workspace"))
        for report in still_open:
            note(by, "report.closed", report.link)
        Report.objects.filter(pk__in=[report.pk for report in still_open]).update(closed_at=timezone.now())
    return len(still_open)


def _locked(link: Link) -> Link:
    return Link.objects.select_for_update(of=("self",)).select_related("domain", "workspace").get(pk=link.pk)
