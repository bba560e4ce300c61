"""Moments in rules: kept as ISO 8601 with an offset, shown and entered in the reader's time zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

PICKER, PICKER_WITH_SECONDS = "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"  # what <input type=datetime-local> takes


def local_moment(text: str) -> datetime:
    """The moment that `text` (ISO 8601) says, in the reader's time zone; in its own where the calendar ends between the
    two (9999 stands for "never")."""
    moment = datetime.fromisoformat(text)
    try:
        return timezone.localtime(moment)
    except OverflowError:
        return moment


def shown_moment(text: str | None) -> str:
    """The same for the browser's own picker; empty for none."""
    if not text:
        return ""
    moment = local_moment(text)
    return moment.strftime(PICKER_WITH_SECONDS if moment.second else PICKER)


def entered_moment(text: str) -> str | None:
    """What was picked, with the reader's time zone; None for nothing. What is no moment stays as it is, for the
    service to complain about."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        return text
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()
