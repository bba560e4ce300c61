"""Measures in short rounds, nginx first in each: what is compared was seen within the same few seconds, and a moment
in which the machine was busy with something else costs one round, not the figure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from loadtests import cpu, wrk
from loadtests.client import Site
from loadtests.errors import BenchError
from loadtests.nginx import Nginx
from loadtests.saying import say
from loadtests.stack import Stack

WARM_UP = 1.0  # seconds of the same load before the first round


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    seconds: float = 3.0  # of each measurement in a round
    rounds: int = 3
    connections: int = 32
    workers: int = 1
    links: int = 1_000_000  # that `zipf` draws from
    clicks: int = 10_000_000  # of the link in `history`
    fast_path: bool = True


@dataclass(frozen=True)
class Sample:
    """One measurement of one server. Latencies are None where there is nothing that waits for an answer."""

    requests: int
    requests_per_s: float
    cpu_us: float  # per request
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class Summary:
    """The medians over the rounds. `ratio` is the median of each round's CPU per request over nginx's in that round."""

    requests_per_s: float
    cpu_us: float
    ratio: float
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class Result:
    """A scenario's figure; `extras` are what only this scenario has."""

    scenario: str
    summary: Summary
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Bench:
    """Everything a scenario works with. `nginx_samples` are those of the whole run; `kept` is what one scenario
    leaves for another."""

    options: Options
    stack: Stack
    nginx: Nginx
    site: Site
    directory: Path
    scripts: wrk.Scripts
    nginx_samples: list[Sample] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def drive(
        self,
        path: str,
        script: Path,
        *,
        headers: Iterable[str] = (),
        seconds: float | None = None,
        connections: int | None = None,
        refused: tuple[float, float] = (0.0, 0.0),
    ) -> Sample:
        """One run of wrk against the site, over as many `connections` as the options say unless fewer are named.
        `refused` bounds the share of answers with a status of 400 or above.
        Raises `BenchError` beyond it, and when a connection broke."""
        clock = self.stack.web_cpu()
        return _sample(clock, lambda: self._wrk(self.stack.url + path, script, headers, seconds, connections), refused)

    def drive_nginx(self) -> Sample:
        """The same against nginx."""
        script = self.scripts.same()
        sample = _sample(self.nginx.cpu, lambda: self._wrk(f"{self.nginx.url}/", script), (0.0, 0.0))
        self.nginx_samples.append(sample)
        return sample

    def rounds(self, runs: Mapping[str, Callable[[], Sample]]) -> dict[str, Summary]:
        """Measure nginx and then each of `runs`, round after round; their medians by name."""
        yardsticks: list[Sample] = []
        samples: dict[str, list[Sample]] = {name: [] for name in runs}
        for number in range(1, self.options.rounds + 1):
            yardsticks.append(self.drive_nginx())
            for name, run in runs.items():
                samples[name].append(run())
                _tell(number, name, samples[name][-1], yardsticks[-1])
        return {name: summarize(seen, yardsticks) for name, seen in samples.items()}

    def _wrk(
        self,
        url: str,
        script: Path,
        headers: Iterable[str] = (),
        seconds: float | None = None,
        connections: int | None = None,
    ) -> wrk.Load:
        return wrk.run(
            url,
            script=script,
            connections=connections or self.options.connections,
            seconds=seconds or self.options.seconds,
            headers=headers,
        )


def summarize(samples: list[Sample], yardsticks: list[Sample]) -> Summary:
    """The medians of `samples`, each compared with the yardstick of its own round."""
    return Summary(
        requests_per_s=median(sample.requests_per_s for sample in samples),
        cpu_us=median(sample.cpu_us for sample in samples),
        ratio=median(ours.cpu_us / bare.cpu_us for ours, bare in zip(samples, yardsticks, strict=True)),
        p50_ms=_median(sample.p50_ms for sample in samples),
        p99_ms=_median(sample.p99_ms for sample in samples),
    )


def _tell(number: int, name: str, ours: Sample, bare: Sample) -> None:
    say(f"  round {number}: {name} {ours.requests_per_s:,.0f}/s at {ours.cpu_us:.1f} µs, nginx {bare.cpu_us:.1f} µs")


def _sample(clock: cpu.CpuClock, run: Callable[[], wrk.Load], refused: tuple[float, float]) -> Sample:
    before = clock.seconds()
    load = run()
    used = cpu.per_request(before, clock.seconds(), load.requests)
    least, most = refused
    if load.broken or not least <= load.refused / load.requests <= most:
        raise BenchError(
            f"of {load.requests} requests {load.refused} were answered with an error status, "
            f"and {load.broken} connections broke"
        )
    return Sample(load.requests, load.requests_per_s, used, load.p50_ms, load.p99_ms)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
