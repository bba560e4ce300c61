"""Every page of the site, read by somebody who owns a workspace with many links and clicks and runs the site."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from loadtests import furnishing, seed
from loadtests.measure import Bench, Result, Summary
from loadtests.reading import Reader, Timed
from loadtests.saying import say
from loadtests.site_map import addresses

SLUG = "bench-pages"  # of the workspace
LINKS = 100_000
DAYS = 365  # that links and clicks are spread over
ATTEMPTS = 9
WARM = 40  # requests before the first that counts
CALM_SECONDS = 60.0  # longest wait for the server to be idle
CALM = 0.03  # seconds that a page without a query takes then
HTML = "text/html"
RANGES = ("today", "yesterday", "7", "30", "90", "month", "last-month", "year", "all")
FILTERS = (
    "country=DE", "device=mobile", "browser=Chrome", "os=iOS", "language=de", "referrer=google.com", "source=Google",
    "city=Berlin%2C+DE", "utm_campaign=spring", "channel=qr", "country=DE&device=mobile",
)  # fmt: skip
COUNTED = ("zone=UTC&range=all&country=DE", "zone=Asia/Kolkata&range=90&device=mobile")  # besides the filters above
SHOWN = ("show=region", "show=city", "show=source", "show=browser", "show=os", "show=language", "show=link")


@dataclass(frozen=True)
class Seeded:
    """What is there to be read: the most followed link, and one that is half as old as the oldest."""

    owner: Any
    workspace: Any
    popular: Any
    middle: Any


def pages(bench: Bench) -> Result:
    """All pages in the URL configuration, lists narrowed and in every order, statistics of every time and filter. Each
    is asked for once, and then some times more; `slowest_ms` is the greatest of the medians. What filters find is asked
    for as the page with the progress bar does, too; `first_count_ms` is the longest that took when nobody had asked
    before."""
    seeded = _seeded(bench)
    _forget_filters()
    values = furnishing.values_for(seeded.workspace, seeded.popular, seeded.owner)
    found = [(address.name, address.path) for address in addresses(values)]
    with Reader(bench.stack.host, {"Cookie": f"sessionid={_session(seeded)}"}) as reader:
        wanted = [(name, path) for name, path in [*found, *_further(seeded)] if _is_page(reader, path)]
        counting = list(_counting(seeded))
        _calm_down(reader)
        for path in ("/app/", "/app/stats?zone=Asia/Kolkata", f"/app/links/{seeded.popular.public_id}/?country=DE"):
            reader.warm(path, WARM)
        timed, counted = reader.timed(wanted, ATTEMPTS), reader.timed(counting, ATTEMPTS)
    first = round(max(each.first for each in counted))
    return summary_of("pages", [*timed, *counted], links=LINKS, clicks=bench.options.clicks, first_count_ms=first)


def summary_of(scenario: str, timed: Sequence[Timed], **extras: int) -> Result:
    """The figures of all that was read, and a line for each of them to whoever waits."""
    for each in sorted(timed, key=lambda each: -each.median):
        words = f"at most {each.worst:8.1f}, first {each.first:8.1f}   {each.size:>7,} bytes"
        say(f"  {each.median:8.1f} ms, {words}   {each.name}  {each.path}")
    slowest = max(timed, key=lambda each: each.median)
    medians = sorted(each.median for each in timed)
    middle, high = medians[len(medians) // 2], medians[int(len(medians) * 0.99)]
    return Result(
        scenario,
        Summary(1000 / middle, 0.0, 0.0, middle, high),
        {
            "slowest_ms": round(slowest.median, 1),
            "slowest": slowest.path,
            "worst_ms": round(max(each.worst for each in timed), 1),
            "read": len(timed),
            **extras,
        },
    )


def _is_page(reader: Reader, path: str) -> bool:
    answer = reader.read(path, only=HTML)
    return answer.status == 200 and answer.content_type == HTML


def _calm_down(reader: Reader) -> None:
    """Wait until the server has noticed that nobody reads the files that it was asked for to find the pages."""
    quick, deadline = 0, time.monotonic() + CALM_SECONDS
    while quick < WARM and time.monotonic() < deadline:
        quick = quick + 1 if reader.read("/accounts/password/reset/done/").seconds < CALM else 0
        time.sleep(0.05)


def _further(seeded: Seeded) -> Iterator[tuple[str, str]]:
    """Pages that are the same but for their query."""
    day = f"{seeded.middle.created_at:%Y-%m-%d}"
    lists = (
        {"q": "handbook"}, {"q": "nothing like that"}, {"q": "ab"}, {"tag": "spring"}, {"folder": "none"},
        {"domain": seeded.popular.domain.host}, {"creator": seeded.owner.email}, {"since": day, "until": day},
        *({"state": state} for state in ("active", "scheduled", "expired", "archived", "exhausted", "disabled")),
    )  # fmt: skip
    for order in ("newest", "oldest", "changed"):
        yield f"links, {order}", f"/app/?order={order}&after={seeded.middle.public_id}"
        for asked in lists:
            yield f"links, {order}, {next(iter(asked))}", f"/app/?{urlencode({**asked, 'order': order})}"
    for name, path in (("link", f"/app/links/{seeded.popular.public_id}/"), ("workspace", "/app/stats")):
        for query in (*(f"range={key}" for key in RANGES), *SHOWN, *FILTERS, "more=city&show=city"):
            yield f"statistics of a {name}", f"{path}?zone=UTC&{query}"
        for query in ("range=30", "range=90", "range=today", "range=all"):
            yield f"statistics of a {name}, elsewhere", f"{path}?zone=Asia/Kolkata&{query}"
    yield "single clicks' list", f"/app/links/{seeded.popular.public_id}/?range=all&show=city&more=city"
    for query in ("handbook", "nothing like that"):
        yield "links in the admin site, searched", f"/admin/links/link/?{urlencode({'q': query})}"


def _counting(seeded: Seeded) -> Iterator[tuple[str, str]]:
    """What the page with the progress bar asks for."""
    for name, path in (("link", f"/app/links/{seeded.popular.public_id}/"), ("workspace", "/app/stats")):
        for query in (*(f"zone=UTC&{each}" for each in FILTERS), *COUNTED):
            yield f"filters of a {name}, counted", f"{path}?{query}&count=yes"


def _forget_filters() -> None:
    """As if nobody had asked before."""
    from shortener.clicks.models import AskedFilter

    AskedFilter.objects.all().delete()


def _seeded(bench: Bench) -> Seeded:
    from shortener.clicks.models import LinkTotal
    from shortener.links.queries import links_in

    owner, workspace = seed.team(SLUG)
    links = links_in(workspace)
    if links.count() < LINKS:
        begun = time.perf_counter()
        say(f"  making up {LINKS:,} links and {bench.options.clicks:,} clicks")
        seed.add_year(workspace, LINKS, bench.options.clicks, DAYS)
        say(f"  made in {time.perf_counter() - begun:.0f} s")
    most = LinkTotal.objects.order_by("-clicks").values_list("link_id", flat=True)[0]
    return Seeded(owner, workspace, links.get(pk=most), links[LINKS // 2])


def _session(seeded: Seeded) -> str:
    """The key of a session in which the owner has signed in, and works in that workspace."""
    from django.test import Client

    browser = Client()
    browser.force_login(seeded.owner)
    session = browser.session
    session["workspace"] = seeded.workspace.pk
    session.save()
    return str(session.session_key)
