"""`GET /api/v1/links` in a workspace with a million links: every filter in every order, at the top and far down."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from loadtests import seed
from loadtests.client import LINKS
from loadtests.measure import Bench, Result
from loadtests.reading import Reader
from loadtests.saying import say
from loadtests.scenarios.pages import WARM, summary_of

SLUG = "bench-lists"  # of the workspace
ATTEMPTS = 7
DEPTHS = (0.0, 0.5, 0.99)  # share of the links that lie before a page
SORTS = ("-created_at", "created_at", "-updated_at", "updated_at")


def lists(bench: Bench) -> Result:
    """The first page of each list, one from its middle and one of the last; `slowest_ms` is the greatest median."""
    many, (owner, workspace) = bench.options.links, seed.team(SLUG)
    if workspace.links.count() < many:
        say(f"  making up {many:,} links")
        seed.add_many(workspace, owner, many)
    headers = {"Authorization": f"Bearer {_key(workspace, owner)}"}
    with Reader(bench.stack.host, headers) as reader:
        reader.warm(LINKS, WARM)
        asked = [(name, f"{LINKS}?{urlencode(query, doseq=True)}") for name, query in _queries(workspace, owner, many)]
        timed = reader.timed(asked, ATTEMPTS)
    return summary_of("lists", timed, links=many)


def _key(workspace: Any, owner: Any) -> str:
    from shortener.accounts.keys import create_api_key

    return create_api_key(workspace=workspace, name="lists", author=owner)[1]


def _queries(workspace: Any, owner: Any, many: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is asked, by name: every filter in every order, at every depth."""
    from django.utils import timezone

    from shortener.api.paging import write_cursor

    now, last = timezone.now(), workspace.links.order_by("-id").values_list("pk", flat=True)[0]
    for name, query in _filters(workspace, owner, now).items():
        for sort in SORTS:
            for depth in DEPTHS:
                asked = {**query, "sort": sort}
                if depth:
                    place = depth if sort.startswith("-") else 1 - depth
                    moment = now - timedelta(minutes=round(many * place))
                    asked["cursor"] = write_cursor(sort, moment, last - round(many * (1 - place)))
                yield f"{name}, {sort}, at {depth:.0%}", asked


def _filters(workspace: Any, owner: Any, now: Any) -> dict[str, dict[str, Any]]:
    month = {"from": (now - timedelta(days=90)).isoformat(), "before": (now - timedelta(days=60)).isoformat()}
    narrowed: dict[str, dict[str, Any]] = {
        "all": {}, "a hundred at once": {"limit": 100},
        **{f"tag {name}": {"tag": name} for name in seed.MANY_TAGS},
        "two tags, one within the other": {"tag": ["half", "tenth"]},
        "two tags that hardly meet": {"tag": ["half", "old"]}, "two tags, one rare": {"tag": ["half", "rare"]},
        "folder": {"folder": workspace.folders.get().public_id}, "domain": {"domain": seed.default_host()},
        "creator": {"creator": owner.email}, "external ID": {"external_id": "x5"},
        "words in all": {"q": "example"}, "words in one": {"q": "page?id=123456"}, "no such words": {"q": "nothing"},
        "words in a title": {"q": "Title 99999"},
        "created in a month": {f"created_{name}": moment for name, moment in month.items()},
        "changed in a month": {f"updated_{name}": moment for name, moment in month.items()},
    }  # fmt: skip
    states = ("active", "scheduled", "expired", "archived", "exhausted", "disabled")
    return narrowed | {state: {"state": state} for state in states}
