"""The REST API: making links, listing them, asking for statistics."""

from loadtests import seed
from loadtests.client import LINKS
from loadtests.measure import WARM_UP, Bench, Result, Sample

BULK_LINKS = 1_000  # in one request
BULK_CONNECTIONS = 2  # of more, none would get an answer within a round
WRITTEN_CLICKS = 20_000  # that the statistics are made from


def create(bench: Bench) -> Result:
    """`POST /api/v1/links`, another destination at every request."""

    def run(seconds: float | None = None) -> Sample:
        script = bench.scripts.create(path=LINKS, key=bench.site.key)
        return bench.drive(LINKS, script, seconds=seconds)

    run(WARM_UP)
    return Result("create", bench.rounds({"create": run})["create"])


def bulk(bench: Bench) -> Result:
    """`POST /api/v1/links/bulk`, a thousand links at every request. `links_per_s` is what counts."""

    def run(seconds: float | None = None) -> Sample:
        script = bench.scripts.bulk(key=bench.site.key, count=BULK_LINKS)
        return bench.drive(f"{LINKS}/bulk", script, seconds=seconds, connections=BULK_CONNECTIONS)

    run()  # on a slow machine none is answered within a second or two
    summary = bench.rounds({"bulk": run})["bulk"]
    return Result("bulk", summary, {"links_per_s": round(summary.requests_per_s * BULK_LINKS)})


def list_(bench: Bench) -> Result:
    """`GET /api/v1/links`: the first page of 50, in a workspace that has many."""
    from shortener.links.models import Link

    missing = 10_000 - Link.objects.count()
    if missing > 0:
        seed.add_links(missing)
    return _get(bench, "list", LINKS, links=Link.objects.count())


def stats(bench: Bench) -> Result:
    """`GET /api/v1/links/{id}/stats` of a link that people of all kinds have followed."""
    from shortener.links.models import Link

    link = bench.site.create_link("https://example.com/popular")
    number = Link.objects.get(slug=link.path.lstrip("/")).pk
    seed.fill_stream(WRITTEN_CLICKS, [number])
    seed.settle(bench.stack)
    return _get(bench, "stats", f"{LINKS}/{link.id}/stats", clicks=bench.site.clicks(link))


def _get(bench: Bench, name: str, path: str, **extras: int) -> Result:
    script = bench.scripts.same()

    def run(seconds: float | None = None) -> Sample:
        return bench.drive(path, script, headers=[bench.site.authorization], seconds=seconds)

    run(WARM_UP)
    return Result(name, bench.rounds({name: run})[name], extras)
