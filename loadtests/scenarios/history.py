"""Statistics of a link with a long history beside those of one with a short one: what the database takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from loadtests import seed
from loadtests.measure import Bench, Result, Summary
from loadtests.saying import say

SMALL = 10_000  # clicks of the link that is compared with
ATTEMPTS = 15
ZONES = ("UTC", "Europe/Berlin")


def history(bench: Bench) -> Result:
    """Database time of all queries of the statistics page, last 30 days beside the 30 before, in the slower of two time
    zones; of a link with `--clicks` clicks, and of one with ten thousand."""
    say(f"  making up {bench.options.clicks:,} clicks")
    small, large = (
        seed.add_history(SMALL, _nothing),
        seed.add_history(bench.options.clicks, seed.told(bench.options.clicks)),
    )
    slowest = {link: max(_milliseconds(link, zone) for zone in ZONES) for link in (small, large)}
    summary = Summary(1000 / slowest[large], 0.0, 0.0, slowest[large], None)
    extras = {
        "database_ms": round(slowest[large], 2),
        "small_database_ms": round(slowest[small], 2),
        "ratio_to_small": round(slowest[large] / slowest[small], 2),
        "clicks": bench.options.clicks,
    }
    return Result("history", summary, extras)


def _milliseconds(link: int, zone: str) -> float:
    """The median over some attempts."""
    from shortener.clicks.models import Scope
    from shortener.clicks.periods import period_of
    from shortener.clicks.stats import Subject, stats

    seen = []
    for _ in range(ATTEMPTS):
        with _database_time() as spent:
            stats(Subject(Scope.LINK, link), period_of(days=30, time_zone=zone), compare=True)
        seen.append(sum(spent) * 1000)
    return median(seen)


@contextmanager
def _database_time() -> Iterator[list[float]]:
    """Seconds that each query took, until its answer was here."""
    from django.db import connection

    spent: list[float] = []

    def watch(execute: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent.append(time.perf_counter() - begun)

    with connection.execute_wrapper(watch):
        yield spent


def _nothing(more: int) -> None:
    pass
