"""Latency at a rate that the site can keep up with: what visitors meet, where a closed loop shows only saturation."""

from collections.abc import Callable

from loadtests import cpu, openloop
from loadtests.cpu import CpuClock
from loadtests.errors import BenchError
from loadtests.measure import Bench, Result, Sample

SHARE = 0.5  # of the saturation rate


def half_load(bench: Bench) -> Result:
    """One link at half of the rate that saturates the web process; nginx at the same rate beside it, which shows what
    the generator itself adds."""
    link = bench.site.create_link("https://example.com/half")
    saturation = bench.kept.get("saturation") or bench.drive(link.path, bench.scripts.same()).requests_per_s
    rate = saturation * SHARE
    port = int(bench.nginx.url.rpartition(":")[2])
    runs: dict[str, Callable[[], Sample]] = {
        "half_load": lambda: _run(bench, bench.stack.web_cpu(), bench.stack.port, link.path, rate),
        "nginx at that rate": lambda: _run(bench, bench.nginx.cpu, port, "/", rate),
    }
    summaries = bench.rounds(runs)
    extras = {
        "target_per_s": round(rate),
        "saturation_per_s": round(saturation),
        "nginx_p50_ms": round(summaries["nginx at that rate"].p50_ms or 0, 3),
        "nginx_p99_ms": round(summaries["nginx at that rate"].p99_ms or 0, 3),
    }
    return Result("half_load", summaries["half_load"], extras)


def _run(bench: Bench, clock: CpuClock, port: int, path: str, rate: float) -> Sample:
    before = clock.seconds()
    options = bench.options
    seen = openloop.run(port=port, path=path, rate=rate, connections=options.connections, seconds=options.seconds)
    answered = len(seen.latencies)
    if seen.refused or seen.broken:
        raise BenchError(f"of {answered} requests {seen.refused} were refused, and {seen.broken} connections broke")
    return Sample(
        answered,
        answered / options.seconds,
        cpu.per_request(before, clock.seconds(), answered),
        seen.percentile_ms(50),
        seen.percentile_ms(99),
    )
