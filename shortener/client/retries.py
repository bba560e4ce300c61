"""When a request is sent again, and how long to wait before. Knows no clock and no network."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN = frozenset({429, 503})  # the server did nothing and says so
GATEWAY = frozenset({502, 504})  # somebody in between; the server may have done it


@dataclass(frozen=True)
class RetryPolicy:
    """`attempts` in all. Waits double from `first_wait` seconds, with jitter, unless the server says how long
    (`Retry-After`); more than `longest_wait` seconds is not waited for. `before_wait` hears of each, in seconds."""

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 70.0  # budgets by the minute are there again after 65 seconds at the latest
    before_wait: Callable[[float], None] = lambda _seconds: None

    def after_status(self, attempt: int, status: int, retry_after: float | None, *, repeatable: bool) -> float | None:
        """Seconds to wait before the next attempt after the `attempt`-th one (from 1) got `status`; None: give up."""
        if status not in AGAIN and not (repeatable and status in GATEWAY):
            return None
        return self._wait(attempt, retry_after)

    def after_failure(self, attempt: int, *, repeatable: bool) -> float | None:
        """The same after there was no answer at all: the server may have done it, so only for what is `repeatable`."""
        return self._wait(attempt, None) if repeatable else None

    def _wait(self, attempt: int, asked: float | None) -> float | None:
        if attempt >= self.attempts or (asked is not None and asked > self.longest_wait):
            return None
        if asked is not None:
            return asked
        bound = min(self.first_wait * 2.0 ** (attempt - 1), self.longest_wait)
        return bound * (0.5 + random.random() / 2)  # noqa: S311  jitter, not a secret


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` field (RFC 9110, section 10.2.3) asks for; None where there is none."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
