"""From the bytes of a click event to the values that are counted."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
from django.conf import settings

from shortener.clicks.agent import Agent, first_language, read_agent, referrer_host
from shortener.clicks.event import ClickEvent
from shortener.clicks.facts import NO_UTM, LinkBook, LinkFacts, utm_of
from shortener.clicks.geo import GeoDatabase, Place
from shortener.clicks.models import Kind
from shortener.clicks.sources import source_of
from shortener.clicks.visitors import visitor_hash
from shortener.infra.client_address import ClientAddresses
from shortener.infra.marks import QR_MARK

DESTINATION_LIMIT = 300  # characters
QR = "qr"


class EnrichedClick(msgspec.Struct, frozen=True, gc=False):
    """A click as it is written to PostgreSQL."""

    link_id: int
    facts: LinkFacts
    at: datetime
    kind: Kind
    visitor: bytes | None
    referrer: str
    source: str
    place: Place
    agent: Agent
    language: str
    utm: tuple[str, ...]  # in the order of `facts.UTM`
    destination: str
    channel: str


class Enricher:
    """Turns events into clicks. `salt_of` gives the salt of a day, None when it is gone; `book` knows the links."""

    def __init__(self, salt_of: Callable[[date], bytes | None], book: LinkBook) -> None:
        self._salt_of, self._book = salt_of, book
        self._addresses = ClientAddresses(settings.TRUSTED_PROXIES)
        self._places = GeoDatabase(settings.GEOIP_DATABASE)
        self._tools_are_bots = not settings.COUNT_TOOLS

    def enrich(self, event: ClickEvent) -> EnrichedClick:
        """What `event` means."""
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
        header = _text(event.user_agent)
        agent = read_agent(header, tools_are_bots=self._tools_are_bots)
        facts = self._book.of(event.link_id)
        query = _text(event.query)
        referrer = referrer_host(_text(event.referrer))
        address = self._addresses.client(event.peer, _text(event.forwarded_for))
        return EnrichedClick(
            link_id=event.link_id,
            facts=facts,
            at=at,
            kind=_kind(event, agent),
            visitor=self._visitor(event, at.date(), address, header),
            referrer=referrer,
            source=source_of(referrer) if referrer else "",
            place=self._place(event, address),
            agent=agent,
            language=first_language(_text(event.language)),
            utm=_campaign(query, facts),
            destination=(event.destination or "").replace("\x00", "")[:DESTINATION_LIMIT],
            channel=QR if QR_MARK in query.split("&") else "",
        )

    def _visitor(self, event: ClickEvent, day: date, address: str, user_agent: str) -> bytes | None:
        if event.do_not_track == b"1" or event.global_privacy_control == b"1":
            return None
        salt = self._salt_of(day)
        return visitor_hash(salt, address, user_agent) if salt else None

    def _place(self, event: ClickEvent, address: str) -> Place:
        country = _text(event.country).strip().upper()
        if self._addresses.is_trusted(event.peer) and len(country) == 2 and country.isalpha() and country.isascii():
            return Place(country="" if country == "XX" else country)
        return self._places.find(address)


def _kind(event: ClickEvent, agent: Agent) -> Kind:
    if event.method == "HEAD":
        return Kind.HEAD
    if agent.is_bot:
        return Kind.BOT
    return Kind.PREFETCH if event.purpose else Kind.HUMAN


def _campaign(query: str, facts: LinkFacts) -> tuple[str, ...]:
    """What the visitor's address says goes before what the link says."""
    given = utm_of(query) if query else NO_UTM
    return facts.utm if given is NO_UTM else tuple(mine or its for mine, its in zip(given, facts.utm, strict=True))


def _text(header: bytes | None) -> str:
    # PostgreSQL takes no NUL in text; a header cannot hold one, but a damaged event could.
    return header.decode("utf-8", "replace").replace("\x00", "") if header else ""
