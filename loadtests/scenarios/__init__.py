"""What is measured. A scenario is a function from a `Bench` to a `Result`; to add one, write it in one of these modules
and name it here."""

from collections.abc import Callable, Mapping

from loadtests.measure import Bench, Result
from loadtests.scenarios import api, clicks, history, lists, open_loop, pages, redirects

Scenario = Callable[[Bench], Result]

SCENARIOS: Mapping[str, Scenario] = {
    "nginx": redirects.nginx,
    "hot": redirects.hot,
    "zipf": redirects.zipf,
    "cold": redirects.cold,
    "unknown": redirects.unknown,
    "rules": redirects.rules,
    "half_load": open_loop.half_load,
    "create": api.create,
    "bulk": api.bulk,
    "list": api.list_,
    "ingest": clicks.ingest,
    "copy": clicks.copy,
    "lag": clicks.lag,
    "stats": api.stats,
    "history": history.history,
    "pages": pages.pages,
    "lists": lists.lists,
}
LONG = ("pages", "lists")  # take many minutes: only when they are asked for


def mistake(names: list[str]) -> str | None:
    """What is wrong with these names of scenarios; None when nothing is."""
    for name in names:
        if name not in SCENARIOS:
            return f"there is no scenario {name}; there are {', '.join(SCENARIOS)}"
    return None
