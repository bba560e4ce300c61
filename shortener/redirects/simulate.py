"""Tries a link on a visitor who is only described: where would they get, by which rule, and why by none before it?

`simulate(link, visitor)` is what the API's `rules/try` and the page "Try it" call. The link is compiled and the visitor
is tested by the functions of the redirect path itself, so that what is shown is what happens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Literal

import msgspec
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from shortener.clicks.agent import Agent, read_agent
from shortener.clicks.geo import GeoDatabase, Place
from shortener.infra.client_address import ClientAddresses
from shortener.links.models import Link
from shortener.links.queries import State, state
from shortener.redirects.plan import RedirectPlan, Rule, cache_key
from shortener.redirects.routing import Router
from shortener.redirects.rules import TESTS, Surroundings, Visitor, compiled
from shortener.redirects.store import UTM, load_plans, rule_of

Before = Literal["password", "notice", "app"]

# What says `ios` as a device shows itself like this: kind of device, and system by the names of the parser.
SHOWN_AS: Mapping[str, tuple[str, str]] = {
    "ios": ("mobile", "iOS"), "android": ("mobile", "Android"), "windows": ("desktop", "Windows"),
    "macos": ("desktop", "Mac OS X"), "linux": ("desktop", "Linux"), "chromeos": ("desktop", "Chrome OS"),
}  # fmt: skip


@dataclass(frozen=True)
class Persona:
    """A visitor, described. What is left empty, this visitor does not show.

    `device` is any value that a rule's condition `device` takes; `language` a tag or a whole Accept-Language header;
    `referrer` a host or an address; `query` and `path` what stands behind the slug; `at`: None for now. What is said
    of device, browser and system wins over `user_agent`, and a place over what `address` would tell.
    """

    device: str = ""
    browser: str = ""
    os: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    language: str = ""
    referrer: str = ""
    address: str = ""
    user_agent: str = ""
    query: str = ""
    path: str = ""
    is_bot: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Reason:
    """How one condition turned out: its `kind`, whether it `holds`, and in words why."""

    kind: str
    holds: bool
    words: str


@dataclass(frozen=True)
class Choice:
    """A target of a rule: how many of a hundred visitors get it, and whether this one does."""

    url: str
    percent: float
    is_chosen: bool


@dataclass(frozen=True)
class Outcome:
    """How one rule turned out. `number`: its place in the link's list, from 1; None for the link's page for iOS or
    Android, which comes before them. `decided`: this one sent the visitor on (rules behind it were not asked)."""

    number: int | None
    holds: bool
    decided: bool
    reasons: Sequence[Reason]
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Simulation:
    """What the visitor meets. `destination` is empty where a page says that there is nothing; `rule` the number of the
    rule that decided (None: the link's own destination); `before`: pages that come first."""

    state: State
    destination: str
    status: int
    rule: int | None
    before: Sequence[Before]
    outcomes: Sequence[Outcome]


def simulate(link: Link, visitor: Persona, rules: Sequence[Mapping[str, Any]] | None = None) -> Simulation:
    """What `visitor` would meet at `link`. `rules`: try these in place of the link's own, in the form that
    `links.rules.parse_rules` gives; nothing is written, and no click is counted."""
    plan, apps = _plan(link, rules)
    at = visitor.at or timezone.now()
    use = getattr(link, "use", None)
    now_is = state(link, use.used if use else 0, at)
    if now_is != "active":
        ended = (plan.more.ended or link.domain.expired_url) if now_is in ("expired", "exhausted") else ""
        return Simulation(now_is, ended, 302 if ended else 404 if now_is == "scheduled" else 410, None, (), ())
    someone = _Someone(visitor, plan.link_id, at)
    outcomes = _outcomes(plan, apps, someone)
    path = visitor.path and "/" + visitor.path.lstrip("/")
    answer = Router(plan, 0).answer(someone, path) if not path or plan.more.paths else None
    location = dict(answer.start["headers"]).get(b"location", b"").decode() if answer else ""
    decided = next((outcome for outcome in outcomes if outcome.decided), None)
    return Simulation(
        now_is,
        location,
        plan.status if location else 404,
        decided.number if decided else None,
        _before(plan, someone),
        outcomes,
    )


class _Someone(Visitor):
    """A visitor of the redirect path whose request was never made."""

    def __init__(self, persona: Persona, link_id: int, at: datetime) -> None:
        self._persona = persona
        event: list[Any] = [0, at.timestamp() * 1000, "GET", persona.address, persona.user_agent.encode()]
        event += [_as_url(persona.referrer).encode(), persona.language.encode(), None, None, None]
        super().__init__(tuple(event), link_id, persona.query.removeprefix("?"), _surroundings())

    @cached_property
    def agent(self) -> Agent:
        said, read = self._persona, read_agent(self.user_agent, tools_are_bots=not settings.COUNT_TOOLS)
        device, os = SHOWN_AS.get(said.device, (said.device, ""))
        return Agent(
            said.browser or read.browser, said.os or os or read.os, device or read.device, said.is_bot or read.is_bot
        )

    @cached_property
    def place(self) -> Place:
        said = self._persona
        if said.country or said.region or said.city:
            return Place(said.country.upper(), said.region, said.city)
        return self._surroundings.places.find(self.address) if self.address else Place()


def _plan(link: Link, rules: Sequence[Mapping[str, Any]] | None) -> tuple[RedirectPlan, int]:
    """The plan of `link`, with `rules` in place of its own, and how many rules of it are pages for apps."""
    key = cache_key(link.domain_id, link.slug)
    with connection.cursor() as cursor:
        plan = load_plans(cursor, [key])[key]
    apps = sum(url.startswith("http") for url in (link.ios_url, link.android_url))
    if rules is None:
        return plan, apps
    parameters = [(name, link.utm[name]) for name in UTM if name in link.utm]
    tried = (*plan.more.rules[:apps], *(rule_of(rule, parameters) for rule in rules))
    return msgspec.structs.replace(plan, extra=msgspec.structs.replace(plan.more, rules=tried)), apps


def _outcomes(plan: RedirectPlan, apps: int, visitor: Visitor) -> list[Outcome]:
    found: list[Outcome] = []
    is_decided = False
    for place, rule in enumerate(plan.more.rules):
        reasons = [_reason(condition, visitor) for condition in rule.conditions]
        holds = all(reason.holds for reason in reasons)
        decides = holds and not is_decided
        chosen = compiled(place, rule).pick(visitor) if decides else None
        number = place - apps + 1 if place >= apps else None
        found.append(Outcome(number, holds, decides, reasons, _choices(rule, chosen)))
        is_decided = is_decided or holds
    return found


def _choices(rule: Rule, chosen: int | None) -> list[Choice]:
    total = sum(weight for weight, _url in rule.targets)
    return [
        Choice(url, round(100 * weight / total, 1), place == chosen) for place, (weight, url) in enumerate(rule.targets)
    ]


def _reason(condition: tuple[Any, ...], visitor: Visitor) -> Reason:
    kind, *arguments = condition
    holds = TESTS[kind](*arguments)(visitor)
    if kind in ("between", "time", "weekday"):
        return Reason(
            kind, holds, _("The moment is inside the time.") if holds else _("The moment is outside the time.")
        )
    if kind == "bot":
        return Reason(kind, holds, _("The visitor is a bot.") if visitor.agent.is_bot else _("The visitor is no bot."))
    shown, what = _shown(kind, arguments, visitor), {"what": WORDS[kind]}
    if not shown:
        return Reason(kind, holds, _("The visitor shows no %(what)s.") % what)
    template = _("The %(what)s “%(shown)s” is what the rule asks for.")
    if not holds:
        template = _("The %(what)s “%(shown)s” is not what the rule asks for.")
    return Reason(kind, holds, template % {**what, "shown": shown})


def _shown(kind: str, arguments: Sequence[Any], visitor: Visitor) -> str:
    """What the visitor shows of what a condition of this kind looks at."""
    agent, place = visitor.agent, visitor.place
    shown = {
        "device": ", ".join(filter(None, (agent.device, agent.system))),
        "browser": agent.browser,
        "os": agent.os,
        "country": place.country,
        "region": place.region,
        "city": place.city,
        "language": ", ".join(sorted(visitor.languages)),
        "referrer": visitor.referrer,
        "query": visitor.query,
        "address": visitor.address,
    }
    return shown[kind]


WORDS = {
    "device": gettext_lazy("device"), "browser": gettext_lazy("browser"), "os": gettext_lazy("system"),
    "country": gettext_lazy("country"), "region": gettext_lazy("region"), "city": gettext_lazy("city"),
    "language": gettext_lazy("language"), "referrer": gettext_lazy("referrer"), "query": gettext_lazy("query"),
    "address": gettext_lazy("address"),
}  # fmt: skip


def _before(plan: RedirectPlan, visitor: Visitor) -> list[Before]:
    more = plan.more
    pages: dict[Before, bool] = {
        "password": bool(more.lock),
        "notice": more.notice,
        "app": visitor.agent.system in more.apps,
    }
    return [page for page, comes in pages.items() if comes]


def _as_url(referrer: str) -> str:
    return referrer if not referrer or "//" in referrer else f"https://{referrer}"


@lru_cache(maxsize=1)
def _surroundings() -> Surroundings:
    tools_are_bots = not settings.COUNT_TOOLS
    return Surroundings(ClientAddresses(()), GeoDatabase(settings.GEOIP_DATABASE), tools_are_bots)
