"""What a run prints: a table for people, or JSON for programs; and whether the documented bounds hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.measure import Result

COLUMNS = (("requests/s", 11), ("p50 ms", 9), ("p99 ms", 9), ("CPU µs", 10), ("× nginx", 10))


@dataclass(frozen=True)
class Bound:
    """The most that a scenario may cost; None where nothing is promised. `most` and `least`: of its extras."""

    ratio: float | None = None
    cpu_us: float | None = None
    p99_ms: float | None = None
    most: Mapping[str, float] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)


BOUNDS: Mapping[str, Bound] = {
    "hot": Bound(ratio=3.2, cpu_us=45.0),
    "zipf": Bound(ratio=7.0),
    "rules": Bound(ratio=12.0),
    "half_load": Bound(p99_ms=5.0),
    "create": Bound(cpu_us=2_000.0),  # 500 a second and core
    "bulk": Bound(cpu_us=125_000.0),  # of a thousand links: 8,000 a second and core
    "ingest": Bound(least={"ratio_to_copy": 0.125}),
    "lag": Bound(most={"max_lag_s": 2.0}),
    "history": Bound(most={"database_ms": 50.0, "ratio_to_small": 1.5}),
    "pages": Bound(most={"slowest_ms": 100.0}),
    "lists": Bound(most={"slowest_ms": 30.0}),
}
WITHOUT_FAST_PATH: Mapping[str, Bound] = {"hot": Bound(ratio=5.5, cpu_us=45.0)}


def as_json(results: Sequence[Result]) -> str:
    """A list with one object for each scenario."""
    return json.dumps([_fields(result) for result in results], indent=2)


def as_table(results: Sequence[Result]) -> str:
    """A line for each scenario; what only it has stands at the end."""
    head = f"{'scenario':<10}" + "".join(f"{name:>{width}}" for name, width in COLUMNS)
    return "\n".join([head, *(_line(result) for result in results)])


def broken_bounds(results: Sequence[Result], bounds: Mapping[str, Bound] = BOUNDS) -> list[str]:
    """A sentence for every one of `bounds` that does not hold."""
    broken = []
    for result in results:
        bound, summary = bounds.get(result.scenario, Bound()), result.summary
        for value, most, what in (
            (summary.cpu_us, bound.cpu_us, "µs of CPU a request"),
            (summary.ratio, bound.ratio, "times nginx's bare 302"),
            (summary.p99_ms, bound.p99_ms, "ms at the 99th percentile"),
        ):
            if value is not None and most is not None and value > most:
                broken.append(f"{result.scenario} takes {value:.1f} {what}, and {most:g} is the most it may")
        broken += [
            f"{result.scenario} has {name} {result.extras[name]:g}, and {limit:g} is the {word} it may"
            for word, limits in (("most", bound.most), ("least", bound.least))
            for name, limit in limits.items()
            if (result.extras[name] > limit if word == "most" else result.extras[name] < limit)
        ]
    return broken


def _fields(result: Result) -> dict[str, Any]:
    summary = result.summary
    return {
        "scenario": result.scenario,
        "requests_per_s": round(summary.requests_per_s, 1),
        "p50_ms": _rounded(summary.p50_ms),
        "p99_ms": _rounded(summary.p99_ms),
        "cpu_us_per_request": round(summary.cpu_us, 2),
        "ratio_to_nginx": round(summary.ratio, 2),
        **result.extras,
    }


def _line(result: Result) -> str:
    summary = result.summary
    cells = (
        f"{summary.requests_per_s:,.0f}",
        _shown(summary.p50_ms),
        _shown(summary.p99_ms),
        f"{summary.cpu_us:,.1f}",
        f"{summary.ratio:,.2f}",
    )
    numbers = "".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
    extras = ", ".join(f"{name} {_plain(value)}" for name, value in result.extras.items())
    return f"{result.scenario:<10}{numbers}   {extras}".rstrip()


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)


def _shown(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds:.2f}"


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
