"""What request headers say about a visitor. Knows nothing of Django: the redirect path evaluates rules with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import ua_parser

from shortener.clicks.bots import is_bot

VALUE_LIMIT = 100  # characters of any value that comes from outside
MOBILE_SYSTEMS = frozenset({"iOS", "Android", "Windows Phone", "KaiOS", "BlackBerry OS", "HarmonyOS"})
TABLET_WORDS = ("iPad", "Tablet", "Kindle", "PlayBook", "SM-T")


# Names of the parser that stand for one of ours.
SYSTEMS = {"Mac OS X": "macos", "Chrome OS": "chromeos", "Ubuntu": "linux", "Fedora": "linux", "Debian": "linux"}


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent header says. Empty where it says nothing."""

    browser: str
    os: str
    device: str  # desktop, mobile, tablet
    is_bot: bool

    @property
    def system(self) -> str:
        """`ios`, `android`, `windows`, `macos`, `linux`, `chromeos` or the parser's own name in small letters."""
        return SYSTEMS.get(self.os, self.os).lower()


@lru_cache(maxsize=50_000)
def read_agent(user_agent: str, *, tools_are_bots: bool) -> Agent:
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
        is_bot(user_agent, tools=tools_are_bots),
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
def languages(accept_language: str) -> Mapping[str, float]:
    """Language tags (lower case) of an Accept-Language header with their quality values (RFC 9110, 12.5.4); what is
    refused (`q=0`), malformed or `*` is left out."""
    found: dict[str, float] = {}
    for part in accept_language[: VALUE_LIMIT * 4].split(","):
        tag, _, parameter = part.partition(";")
        tag, quality = tag.strip().lower(), _quality(parameter)
        if quality > 0 and tag.replace("-", "").isalnum() and tag.isascii():
            found.setdefault(tag, quality)
    return found


@lru_cache(maxsize=5_000)
def first_language(accept_language: str) -> str:
    """The primary subtag of the first language of an Accept-Language header, as `de`."""
    primary = accept_language.partition(",")[0].partition(";")[0].strip().partition("-")[0].lower()
    return primary if primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3 else ""


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, float(value))
    except ValueError:
        return 0.0


def _device(user_agent: str, system: str) -> str:
    if any(word in user_agent for word in TABLET_WORDS):
        return "tablet"
    if system == "Android" and "Mobile" not in user_agent:
        return "tablet"  # Android's own convention: a phone says "Mobile"
    if system in MOBILE_SYSTEMS:
        return "mobile"
    return "desktop" if system and system != "Other" else ""
