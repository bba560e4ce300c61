"""The redirect path: one link, many, too many, and none."""

from collections.abc import Callable, Sequence
from pathlib import Path

from loadtests import seed, traffic
from loadtests.client import ShortLink
from loadtests.errors import BenchError
from loadtests.measure import WARM_UP, Bench, Result, Sample, summarize
from loadtests.saying import say

ZIPF_DRAWS = 1_000_000
CACHED = 100_000  # links that a web process keeps by default (LINK_CACHE_ENTRIES)
COLD_PER_SECOND = 10_000  # links to have ready for every second in which each is asked for once
COLD_LEAST = 100_000
POOL = 10_000  # known links, and as many unknown slugs
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
CONDITIONS = (
    {"type": "device", "values": ["ios"]},
    {"type": "country", "values": ["DE", "AT", "CH"]},
    {"type": "language", "values": ["de"]},
    {"type": "time", "start": "00:00", "end": "00:01", "zone": "Pacific/Kiritimati"},
    {"type": "referrer", "values": ["example.org"]},
)
RULES = [
    {"conditions": [condition], "targets": [{"url": f"https://example.com/ruled/{number}"}]}
    for number, condition in enumerate(CONDITIONS)
]
WALK_SECONDS = 2.0  # of one stretch of a walk through many links


def nginx(bench: Bench) -> Result:
    """The bare 302: everything that was seen of it in this run."""
    seen = bench.nginx_samples
    return Result("nginx", summarize(seen, seen))


def hot(bench: Bench) -> Result:
    """One link that is in the memory of the web process. Every run has a link of its own, and all of its clicks must
    be in its statistics afterwards."""
    script = bench.scripts.same()
    counted: list[tuple[int, int]] = []

    def run(seconds: float | None = None) -> Sample:
        link = bench.site.create_link("https://example.com/hot?with=query")
        _expect_redirect(bench, link.path)
        sample = bench.drive(link.path, script, seconds=seconds)
        answered = sample.requests + 1
        counted.append((answered, _counted(bench, link, answered)))
        return sample

    run(WARM_UP)
    summary = bench.rounds({"hot": run})["hot"]
    answered, clicks = (sum(column) for column in zip(*counted, strict=True))
    bench.kept["saturation"] = summary.requests_per_s
    return Result("hot", summary, {"answered": answered, "clicks_counted": clicks, "resident_mb": _megabytes(bench)})


def zipf(bench: Bench) -> Result:
    """Many links, few of which get most of the traffic. All are in Redis, where making them had put them; the web
    process holds as many of the most popular ones as fit."""
    say(f"  making {bench.options.links:,} links")
    links = traffic.shuffled(seed.add_links(bench.options.links))
    seed.publish(links)
    _walk(bench, list(reversed(links[:CACHED])), "popular")
    draws = [links[rank] for rank in traffic.zipf(len(links), ZIPF_DRAWS)]
    run = _sequence(bench, draws, "zipf")
    run(WARM_UP)
    summary = bench.rounds({"zipf": run})["zipf"]
    return Result("zipf", summary, {"links": len(links), "resident_mb": _megabytes(bench)})


def cold(bench: Bench) -> Result:
    """Every request asks for another link that only PostgreSQL knows."""
    seconds = WARM_UP + bench.options.rounds * bench.options.seconds
    count = max(COLD_LEAST, round(COLD_PER_SECOND * seconds))
    say(f"  making {count:,} links")
    run = _sequence(bench, traffic.shuffled(seed.add_links(count)), "cold", once=True)
    run(WARM_UP)
    return Result("cold", bench.rounds({"cold": run})["cold"], {"links": count})


def unknown(bench: Bench) -> Result:
    """Half of the requests ask for slugs that no link has. Beside it, in the same rounds: only known links, drawn in
    the same way, and slugs that were never asked for before."""
    known, never = seed.add_links(POOL), seed.unknown_paths(POOL)
    seed.publish(known)
    draws = traffic.mixed([known, never], ZIPF_DRAWS // 5)
    seconds = bench.options.rounds * bench.options.seconds
    fresh = seed.unknown_paths(max(COLD_LEAST, round(COLD_PER_SECOND * seconds)))
    half = _sequence(bench, draws, "half-unknown", refused=(0.45, 0.55))
    runs = {
        "unknown": half,
        "all known": _sequence(bench, traffic.mixed([known], ZIPF_DRAWS // 5), "known"),
        "unseen": _sequence(bench, fresh, "unseen", refused=(1.0, 1.0), once=True),
    }
    _walk(bench, traffic.shuffled(known + never), "both", refused=(0.0, 1.0))
    half(WARM_UP)
    summaries = bench.rounds(runs)
    extras = {
        "known_cpu_us": round(summaries["all known"].cpu_us, 2),
        "unseen_cpu_us": round(summaries["unseen"].cpu_us, 2),
        "ratio_to_known": round(summaries["unknown"].cpu_us / summaries["all known"].cpu_us, 2),
    }
    return Result("unknown", summaries["unknown"], extras)


def rules(bench: Bench) -> Result:
    """A link with five rules, of which the last holds: all of them are looked at, by every kind of header."""
    link = bench.site.create_link("https://example.com/ruled", rules=RULES)
    headers = [f"User-Agent: {AGENT}", "Accept-Language: fr-CH,fr;q=0.9,en;q=0.8", "Referer: https://news.example.org/"]

    def run(seconds: float | None = None) -> Sample:
        return bench.drive(link.path, bench.scripts.same(), seconds=seconds, headers=headers)

    run(WARM_UP)
    return Result("rules", bench.rounds({"rules": run})["rules"], {"rules": len(RULES)})


def _expect_redirect(bench: Bench, path: str) -> None:
    if (status := bench.site.follow(path)) != 302:
        raise BenchError(f"{path} answered {status} and not 302")


def _counted(bench: Bench, link: ShortLink, answered: int) -> int:
    """The clicks in the statistics of `link`, once all have arrived there. Raises `BenchError` unless they are those
    `answered`, and at most one more on each connection: what was under way when the load stopped."""
    seed.settle(bench.stack)
    clicks = bench.site.clicks(link)
    if not answered <= clicks <= answered + bench.options.connections:
        raise BenchError(
            f"wrong count: {answered:,} redirects were answered on {bench.options.connections} connections, "
            f"and the statistics say {clicks:,} clicks"
        )
    return clicks


def _sequence(
    bench: Bench, paths: Sequence[str], name: str, *, refused: tuple[float, float] = (0.0, 0.0), once: bool = False
) -> Callable[..., Sample]:
    """A run of wrk through `paths`, each going on where the last one stopped. Raises `BenchError` when there are not
    enough, and each was to be asked for `once`."""
    file = traffic.write(paths, bench.directory / f"{name}.paths")
    position = 0

    def run(seconds: float | None = None) -> Sample:
        nonlocal position
        script = bench.scripts.paths(file, host=bench.stack.host, skip=position % len(paths))
        sample = bench.drive("/", script, seconds=seconds, refused=refused)
        # wrk tries the script out once, and stops with a request under way on every connection.
        position += sample.requests + bench.options.connections + 1
        if once and position > len(paths):
            raise BenchError(f"{len(paths):,} paths were not enough for {name}: measure fewer seconds or rounds")
        return sample

    return run


def _walk(bench: Bench, paths: Sequence[str], name: str, *, refused: tuple[float, float] = (0.0, 0.0)) -> None:
    """Ask for each of `paths` about once, so that caches hold what they would hold after a day."""
    file: Path = traffic.write(paths, bench.directory / f"{name}.walk")
    position = 0
    while position < len(paths):
        script = bench.scripts.paths(file, host=bench.stack.host, skip=position)
        position += bench.drive("/", script, seconds=WALK_SECONDS, refused=refused).requests
    seed.settle(bench.stack)


def _megabytes(bench: Bench) -> float:
    """Memory of the web processes, each, on average."""
    return round(bench.stack.web_cpu().resident_bytes() / bench.options.workers / 1e6, 1)
