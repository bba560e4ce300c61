"""Numbers for Prometheus, added up over all processes of this machine.

Hot code counts in plain integers; a `Reporter` passes on by how much they have grown, once in a while. The files in
between are prometheus_client's multiprocess mode; it reads where they lie from PROMETHEUS_MULTIPROC_DIR when it is
imported, so this module imports it late.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from secrets import compare_digest
from time import monotonic
from typing import Any

PREFIX = "shortener"
LEAST_PAUSE = 1.0  # seconds between reports that are worth their price

Gauge = tuple[str, str, float]  # name, explanation, value
GAUGES: list[Callable[[], Iterable[Gauge]]] = []  # asked for each scrape; other apps add theirs


class Reporter:
    """Reports the fields of `counts`, a dataclass of whole numbers that only grow, as `shortener_AREA_FIELD_total`."""

    def __init__(self, area: str, counts: Any, directory: Path) -> None:
        from prometheus_client import Counter

        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._counts = counts
        self._reported = {field.name: 0 for field in fields(counts)}
        self._counters = {
            name: Counter(f"{PREFIX}_{area}_{name}", f"{area.capitalize()}: {name.replace('_', ' ')}", registry=None)
            for name in self._reported
        }
        self._next = 0.0

    def report(self) -> None:
        """Pass on what was counted since the last time."""
        for name, counter in self._counters.items():
            now = getattr(self._counts, name)
            if now != self._reported[name]:
                counter.inc(now - self._reported[name])
                self._reported[name] = now

    def report_sometimes(self) -> None:
        """The same, at most once a second."""
        if monotonic() >= self._next:
            self._next = monotonic() + LEAST_PAUSE
            self.report()


def exposition(directory: Path) -> bytes:
    """Everything, in Prometheus's text format 0.0.4."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    counters = generate_latest(registry)
    # Gauges are of now: they are made for this answer, beside the files.
    lines = []
    for ask in GAUGES:
        for name, about, value in ask():
            lines.append(f"# HELP {PREFIX}_{name} {about}\n# TYPE {PREFIX}_{name} gauge\n{PREFIX}_{name} {value:g}\n")
    return counters + "".join(lines).encode()


def counted(directory: Path) -> dict[str, float]:
    """What the counters of all processes of this machine come to, by name without prefix and `_total`."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    if not directory.is_dir():
        return {}
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    return {
        sample.name.removeprefix(f"{PREFIX}_").removesuffix("_total"): sample.value
        for sample in samples
        if sample.name.endswith("_total")
    }


def may_read(authorization: str, token: str) -> bool:
    """Whether an Authorization header carries the bearer `token`."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())


def forget_dead(directory: Path) -> None:
    """Remove what processes left that are gone. Counters fall then, which Prometheus takes for a restart."""
    for path in directory.glob("*.db"):
        number = path.stem.rpartition("_")[2]
        if number.isdecimal() and not _is_alive(int(number)):
            path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
