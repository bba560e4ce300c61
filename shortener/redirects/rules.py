"""Rules of a link: which destination a visitor gets, by what the request shows. The first rule that holds decides.

A rule travels in the plan as plain values (`plan.Rule`) and becomes functions once per entry of the process's cache.
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from shortener.clicks.agent import Agent, languages, read_agent, referrer_host
from shortener.clicks.geo import GeoDatabase, Place
from shortener.infra.client_address import ClientAddresses
from shortener.redirects.forwarding import value_of
from shortener.redirects.plan import Rule

Test = Callable[["Visitor"], bool]


@dataclass(frozen=True)
class Surroundings:
    """What it takes to read a request; one per process."""

    addresses: ClientAddresses
    places: GeoDatabase
    tools_are_bots: bool = False


class Visitor:
    """One request for a link, read no further than a rule asks. `event`: the fields of a `ClickEvent`, in order.
    `destination`: where the rule that decided leads; None while none has."""

    def __init__(self, event: tuple[Any, ...], link_id: int, query: str, surroundings: Surroundings) -> None:
        self.event, self.link_id, self.query, self._surroundings = event, link_id, query, surroundings
        self.destination: str | None = None

    @cached_property
    def user_agent(self) -> str:
        return (self.event[4] or b"").decode("utf-8", "replace")

    @cached_property
    def agent(self) -> Agent:
        return read_agent(self.user_agent, tools_are_bots=self._surroundings.tools_are_bots)

    @cached_property
    def address(self) -> str:
        return self._surroundings.addresses.client(self.event[3], (self.event[7] or b"").decode("latin-1"))

    @cached_property
    def place(self) -> Place:
        country = (self.event[8] or b"").decode("latin-1").strip().upper()
        if country and self._surroundings.addresses.is_trusted(self.event[3]):
            return Place(country=country)
        return self._surroundings.places.find(self.address)

    @cached_property
    def languages(self) -> frozenset[str]:
        """The tags that the visitor prefers, which are those of the highest quality, and their primary subtags."""
        found = languages((self.event[6] or b"").decode("latin-1"))
        best = {tag for tag, quality in found.items() if quality == max(found.values())}
        return frozenset(best | {tag.partition("-")[0] for tag in best})

    @cached_property
    def referrer(self) -> str:
        return referrer_host((self.event[5] or b"").decode("latin-1")).lower()

    @property
    def now(self) -> float:
        return float(self.event[1]) / 1000

    def draw(self, rule: int, total: int) -> int:
        """A number from 0 up to `total` (excluded) that stays the same for this visitor, link and rule."""
        seed = f"{self.link_id} {rule} {self.address} {self.user_agent}".encode()
        return int.from_bytes(blake2b(seed, digest_size=8).digest(), "big") % total


@dataclass(frozen=True)
class CompiledRule:
    """All `tests` must hold; then `pick` says which of the rule's targets it is."""

    tests: tuple[Test, ...]
    pick: Callable[[Visitor], int]

    def holds(self, visitor: Visitor) -> bool:
        """Whether this rule is the visitor's."""
        return all(test(visitor) for test in self.tests)


def compiled(number: int, rule: Rule) -> CompiledRule:
    """The functions of `rule`, which stands at `number` in its link's list."""
    tests = tuple(TESTS[condition[0]](*condition[1:]) for condition in rule.conditions)
    if len(rule.targets) == 1:
        return CompiledRule(tests, lambda _: 0)
    limits = list(accumulate(weight for weight, _ in rule.targets))
    return CompiledRule(tests, lambda visitor: bisect_right(limits, visitor.draw(number, limits[-1])))


def _device(values: list[str]) -> Test:
    wanted = frozenset(values)
    return lambda visitor: visitor.agent.device in wanted or visitor.agent.system in wanted


def _browser(values: list[str]) -> Test:
    wanted = frozenset(values)
    return lambda visitor: visitor.agent.browser.lower() in wanted


def _os(values: list[str]) -> Test:
    wanted = frozenset(values)
    return lambda visitor: visitor.agent.system in wanted or visitor.agent.os.lower() in wanted


def _place(part: str) -> Callable[[list[str]], Test]:
    def test_of(values: list[str]) -> Test:
        wanted = frozenset(values)
        return lambda visitor: getattr(visitor.place, part).lower() in wanted

    return test_of


def _language(values: list[str]) -> Test:
    wanted = frozenset(values)
    return lambda visitor: not wanted.isdisjoint(visitor.languages)


def _referrer(values: list[str]) -> Test:
    hosts, ends = frozenset(values), tuple(f".{host}" for host in values)
    return lambda visitor: visitor.referrer in hosts or visitor.referrer.endswith(ends)


def _query(name: str, values: list[str]) -> Test:
    wanted = frozenset(values)

    def test(visitor: Visitor) -> bool:
        value = value_of(visitor.query, name)
        return value is not None and (not wanted or value in wanted)

    return test


def _address(networks: list[str]) -> Test:
    parsed = [ipaddress.ip_network(network) for network in networks]

    def test(visitor: Visitor) -> bool:
        try:
            address = ipaddress.ip_address(visitor.address)
        except ValueError:
            return False
        return any(address in network for network in parsed if network.version == address.version)

    return test


def _bot(wanted: bool) -> Test:
    return lambda visitor: visitor.agent.is_bot is wanted


def _between(start: str | None, end: str | None) -> Test:
    first = datetime.fromisoformat(start).timestamp() if start else float("-inf")
    last = datetime.fromisoformat(end).timestamp() if end else float("inf")
    return lambda visitor: first <= visitor.now < last


def _time(start: str, end: str, zone: str) -> Test:
    """A window that ends before it starts goes over midnight; texts of one length compare like what they mean."""
    where = ZoneInfo(zone)

    def test(visitor: Visitor) -> bool:
        now = datetime.fromtimestamp(visitor.now, where).strftime("%H:%M")
        return start <= now < end if start < end else now >= start or now < end

    return test


def _weekday(days: list[int], zone: str) -> Test:
    where, wanted = ZoneInfo(zone), frozenset(days)
    return lambda visitor: datetime.fromtimestamp(visitor.now, where).isoweekday() in wanted


TESTS: Mapping[str, Callable[..., Test]] = {
    "device": _device,
    "browser": _browser,
    "os": _os,
    "country": _place("country"),
    "region": _place("region"),
    "city": _place("city"),
    "language": _language,
    "referrer": _referrer,
    "query": _query,
    "address": _address,
    "bot": _bot,
    "between": _between,
    "time": _time,
    "weekday": _weekday,
}
