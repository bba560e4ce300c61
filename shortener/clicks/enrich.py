"""From the bytes of a click event to the values that are counted."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

import ua_parser
from django.conf import settings

from shortener.clicks.bots import is_bot
from shortener.clicks.event import ClickEvent
from shortener.clicks.geo import GeoDatabase, Place
from shortener.clicks.models import Kind
from shortener.clicks.visitors import visitor_hash
from shortener.infra.client_address import ClientAddresses

logger = logging.getLogger(__name__)

VALUE_LIMIT = 100  # characters of any value that comes from outside
MOBILE_SYSTEMS = frozenset({"iOS", "Android", "Windows Phone", "KaiOS", "BlackBerry OS", "HarmonyOS"})
TABLET_WORDS = ("iPad", "Tablet", "Kindle", "PlayBook", "SM-T")


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent header says. Empty where it says nothing."""

    browser: str
    os: str
    device: str  # desktop, mobile, tablet
    is_bot: bool


@dataclass(frozen=True, slots=True)
class EnrichedClick:
    """A click as it is written to PostgreSQL."""

    link_id: int
    at: datetime
    kind: Kind
    visitor: bytes | None
    referrer: str
    place: Place
    agent: Agent
    language: str


class Enricher:
    """Turns events into clicks. `salt_of` gives the salt of a day, None when it is gone."""

    def __init__(self, salt_of: Callable[[date], bytes | None]) -> None:
        self._salt_of = salt_of
        self._addresses = ClientAddresses(settings.TRUSTED_PROXIES)
        self._places = GeoDatabase(settings.GEOIP_DATABASE)

    def enrich(self, event: ClickEvent) -> EnrichedClick:
        """What `event` means."""
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
        header = _text(event.user_agent)
        agent = read_agent(header)
        address = self._addresses.client(event.peer, _text(event.forwarded_for))
        return EnrichedClick(
            link_id=event.link_id,
            at=at,
            kind=_kind(event, agent),
            visitor=self._visitor(event, at.date(), address, header),
            referrer=referrer_host(_text(event.referrer)),
            place=self._place(event, address),
            agent=agent,
            language=first_language(_text(event.language)),
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


@lru_cache(maxsize=50_000)
def read_agent(user_agent: str) -> Agent:
    """Browser, operating system and kind of device behind a user agent header."""
    if not user_agent:
        return Agent("", "", "", is_bot=False)
    parsed = ua_parser.parse(user_agent)
    browser = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    return Agent(
        browser[:VALUE_LIMIT],
        system[:VALUE_LIMIT],
        _device(user_agent, system),
        is_bot(user_agent, tools=not settings.COUNT_TOOLS),
    )


@lru_cache(maxsize=20_000)
def referrer_host(referrer: str) -> str:
    """The host of a Referer header, without `www.`; empty when there is none."""
    try:
        host = urlsplit(referrer).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:VALUE_LIMIT]


@lru_cache(maxsize=5_000)
def first_language(accept_language: str) -> str:
    """The primary subtag of the first language of an Accept-Language header (RFC 9110, 12.5.4), as `de`."""
    primary = accept_language.partition(",")[0].partition(";")[0].strip().partition("-")[0].lower()
    return primary if primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3 else ""


def _kind(event: ClickEvent, agent: Agent) -> Kind:
    if event.method == "HEAD":
        return Kind.HEAD
    if agent.is_bot:
        return Kind.BOT
    return Kind.PREFETCH if event.purpose else Kind.HUMAN


def _device(user_agent: str, system: str) -> str:
    if any(word in user_agent for word in TABLET_WORDS):
        return "tablet"
    if system == "Android" and "Mobile" not in user_agent:
        return "tablet"  # Android's own convention: a phone says "Mobile"
    if system in MOBILE_SYSTEMS:
        return "mobile"
    return "desktop" if system and system != "Other" else ""


def _text(header: bytes | None) -> str:
    # PostgreSQL takes no NUL in text; a header cannot hold one, but a damaged event could.
    return header.decode("utf-8", "replace").replace("\x00", "") if header else ""
