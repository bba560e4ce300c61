"""Rules of a link as people and programs write them: conditions that must all hold, and where they lead.

The models are the API's schema as well. What a condition means when a visitor comes is in `redirects.rules`.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from shortener.infra.moments import Rfc3339

RULES_PER_LINK = 50
CONDITIONS_PER_RULE = 10
TARGETS_PER_RULE = 10
VALUES_PER_CONDITION = 250
VALUE_MAX_LENGTH = 200  # characters
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")

Device = Literal["desktop", "mobile", "tablet", "ios", "android", "windows", "macos", "linux", "chromeos"]


def _mistake(message: str) -> PydanticCustomError:
    # Pydantic formats templates with braces: hand the words over as a value, so that they stay as they are.
    return PydanticCustomError("rule", "{words}", {"words": message})


def _plain(value: str) -> str:
    value = value.strip().lower()
    if not value or len(value) > VALUE_MAX_LENGTH or "\x00" in value:
        raise _mistake(_("A value has 1 to %(most)d characters.") % {"most": VALUE_MAX_LENGTH})
    return value


def _exact(value: str) -> str:
    if len(value) > VALUE_MAX_LENGTH or "\x00" in value:
        raise _mistake(_("A value has at most %(most)d characters.") % {"most": VALUE_MAX_LENGTH})
    return value


def _country(value: str) -> str:
    value = value.strip().lower()
    if not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise _mistake(_("A country is two letters, such as DE (ISO 3166-1)."))
    return value


def _language(value: str) -> str:
    value = value.strip().lower().replace("_", "-")
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", value):
        raise _mistake(_("A language is a tag such as de or pt-BR (BCP 47)."))
    return value


def _host(value: str) -> str:
    value = _plain(value).removeprefix("www.")
    if "/" in value or " " in value:
        raise _mistake(_("A referrer is a host name, such as news.example.org."))
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError:
        raise _mistake(_("“%(value)s” is not an address or network such as 192.0.2.0/24.") % {"value": value}) from None


def _clock(value: str) -> str:
    if not CLOCK.match(value):
        raise _mistake(_("A time of day looks like 09:30."))
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise _mistake(_("“%(value)s” is not a time zone such as Europe/Berlin.") % {"value": value})
    return value


def _values(of: Any) -> Any:
    return Annotated[list[of], Field(min_length=1, max_length=VALUES_PER_CONDITION)]


def _text(check: Callable[[str], str]) -> Any:
    return Annotated[str, AfterValidator(check)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DeviceCondition(_Strict):
    """The kind of device, or its operating system."""

    type: Literal["device"]
    values: _values(Device)  # type: ignore[valid-type]


class NameCondition(_Strict):
    """A browser or operating system by the names that statistics show; a region or city by its English name."""

    type: Literal["browser", "os", "region", "city"]
    values: _values(_text(_plain))  # type: ignore[valid-type]


class CountryCondition(_Strict):
    """The visitor's country (ISO 3166-1 alpha-2)."""

    type: Literal["country"]
    values: _values(_text(_country))  # type: ignore[valid-type]


class LanguageCondition(_Strict):
    """The language that the visitor likes best."""

    type: Literal["language"]
    values: _values(_text(_language))  # type: ignore[valid-type]


class ReferrerCondition(_Strict):
    """The site that the visitor comes from; `example.org` is also `news.example.org`."""

    type: Literal["referrer"]
    values: _values(_text(_host))  # type: ignore[valid-type]


class QueryCondition(_Strict):
    """A parameter of the short URL; with `values`, one of these."""

    type: Literal["query"]
    name: Annotated[str, AfterValidator(_exact), Field(min_length=1)]
    values: Annotated[list[Annotated[str, AfterValidator(_exact)]], Field(max_length=VALUES_PER_CONDITION)] = []


class AddressCondition(_Strict):
    """The visitor's IP address."""

    type: Literal["address"]
    values: _values(_text(_network))  # type: ignore[valid-type]


class BotCondition(_Strict):
    """Crawlers and link previews (`true`), or everybody else (`false`)."""

    type: Literal["bot"]
    value: bool


class BetweenCondition(_Strict):
    """From a moment on, until another, or both."""

    type: Literal["between"]
    start: Rfc3339 | None = None
    end: Rfc3339 | None = None


class TimeCondition(_Strict):
    """A part of every day; one that ends before it starts goes over midnight."""

    type: Literal["time"]
    start: _text(_clock)  # type: ignore[valid-type]
    end: _text(_clock)  # type: ignore[valid-type]
    zone: _text(_zone) = "UTC"  # type: ignore[valid-type]


class WeekdayCondition(_Strict):
    """Days of the week: 1 is Monday, 7 is Sunday."""

    type: Literal["weekday"]
    values: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    zone: _text(_zone) = "UTC"  # type: ignore[valid-type]


Condition = Annotated[
    DeviceCondition
    | NameCondition
    | CountryCondition
    | LanguageCondition
    | ReferrerCondition
    | QueryCondition
    | AddressCondition
    | BotCondition
    | BetweenCondition
    | TimeCondition
    | WeekdayCondition,
    Field(discriminator="type"),
]


class Target(_Strict):
    """A destination; several share the visitors by weight, and a visitor always gets the same one."""

    url: str
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


class LinkRule(_Strict):
    """Visitors of whom all conditions hold (all visitors, without conditions) go to one of the targets."""

    conditions: Annotated[list[Condition], Field(max_length=CONDITIONS_PER_RULE)] = []
    targets: Annotated[list[Target], Field(min_length=1, max_length=TARGETS_PER_RULE)]


_adapter: TypeAdapter[list[LinkRule]] = TypeAdapter(list[LinkRule])


class InvalidRules(ValueError):
    """Rules that cannot be kept; the message names the place and the reason."""


def parse_rules(rules: Iterable[Any], parse_url: Callable[[str], str]) -> list[dict[str, Any]]:
    """`rules` as they are kept (JSON). `parse_url` checks a destination and raises `ValueError`. Raises
    `InvalidRules` for the first mistake."""
    given = [rule.model_dump(mode="json") if isinstance(rule, BaseModel) else rule for rule in rules]
    if len(given) > RULES_PER_LINK:
        raise InvalidRules(_("A link has at most %(most)d rules.") % {"most": RULES_PER_LINK})
    try:
        parsed = _adapter.validate_python(given)
    except ValidationError as error:
        raise InvalidRules(_explained(error)) from error
    for number, rule in enumerate(parsed, start=1):
        for target in rule.targets:
            try:
                target.url = parse_url(target.url)
            except ValueError as error:
                raise InvalidRules(_("Rule %(number)d: %(reason)s") % {"number": number, "reason": error}) from error
    return [rule.model_dump(mode="json") for rule in parsed]


def _explained(error: ValidationError) -> str:
    detail = error.errors()[0]
    number, *rest = detail["loc"] or (0,)
    place = ".".join(str(step) for step in rest if not (isinstance(step, str) and step in _TYPES))
    words = f"{place}: {detail['msg']}" if place else str(detail["msg"])
    if not isinstance(number, int):
        return words
    return _("Rule %(number)d: %(reason)s") % {"number": number + 1, "reason": words}


_TYPES = frozenset(
    {"device", "browser", "os", "region", "city", "country", "language", "referrer", "query", "address", "bot"}
    | {"between", "time", "weekday"}
)
