"""All that is wrong with a list of rules, place by place: what an editor says next to each of its fields.

`rules.parse_rules` refuses the same rules, with the first of these mistakes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy
from pydantic import TypeAdapter, ValidationError

from shortener.links.rules import RULES_PER_LINK, LinkRule

_adapter: TypeAdapter[list[LinkRule]] = TypeAdapter(list[LinkRule])


@dataclass(frozen=True)
class Mistake:
    """`rule`: which one, from 0; None for the list as a whole. `part`: `conditions`, `targets` or empty for the rule
    itself; `number`: which of them, from 0, None for all of them. `field`: which field of that one, may be empty.
    `reason`: in words."""

    rule: int | None
    part: str
    number: int | None
    field: str
    reason: str


def mistakes_in(rules: Sequence[Any], parse_url: Callable[[str], Any]) -> list[Mistake]:
    """The mistakes of `rules`, none when they can be kept. `parse_url` checks a destination and raises
    `ValueError`."""
    found = [*_of_shape(rules), *_of_destinations(rules, parse_url)]
    if len(rules) > RULES_PER_LINK:
        found.append(Mistake(None, "", None, "", _("A link has at most %(most)d rules.") % {"most": RULES_PER_LINK}))
    return found


def _of_shape(rules: Sequence[Any]) -> Iterator[Mistake]:
    try:
        _adapter.validate_python(rules)
    except ValidationError as error:
        seen = set()
        for detail in error.errors():
            mistake = _mistake(detail)
            if mistake not in seen:
                yield mistake
            seen.add(mistake)


def _of_destinations(rules: Sequence[Any], parse_url: Callable[[str], Any]) -> Iterator[Mistake]:
    for at, rule in enumerate(rules):
        targets = rule.get("targets") if isinstance(rule, Mapping) else None
        for number, target in enumerate(targets if isinstance(targets, list) else ()):
            url = target.get("url") if isinstance(target, Mapping) else None
            if not isinstance(url, str):
                continue
            try:
                parse_url(url)
            except ValueError as error:
                yield Mistake(at, "targets", number, "url", str(error))


def _mistake(detail: Any) -> Mistake:
    """What pydantic says, at the place that people know: `(0, "conditions", 1, "country", "values", 2)` is the field
    `values` of the second condition of the first rule."""
    place = list(detail["loc"])
    rule = place.pop(0) if place and isinstance(place[0], int) else None
    part = str(place.pop(0)) if place else ""
    number = place.pop(0) if place and isinstance(place[0], int) else None
    if part == "conditions" and place:
        place.pop(0)  # the condition's type
    return Mistake(rule, part, number, str(place[0]) if place else "", _reason(part, detail))


def _reason(part: str, detail: Any) -> str:
    kind = "missing" if detail["type"] == "too_short" and detail["input"] == "" else detail["type"]
    words = WORDS.get(f"{part} {kind}") or WORDS.get(kind)
    return str(words) % detail.get("ctx", {}) if words else str(detail["msg"])


WORDS = {
    "targets too_short": gettext_lazy("A rule needs a destination."),
    "targets int_parsing": gettext_lazy("A weight is a whole number from 1 to 1000."),
    "targets int_type": gettext_lazy("A weight is a whole number from 1 to 1000."),
    "targets greater_than_equal": gettext_lazy("A weight is a whole number from 1 to 1000."),
    "targets less_than_equal": gettext_lazy("A weight is a whole number from 1 to 1000."),
    "too_short": gettext_lazy("Give at least one."),
    "too_long": gettext_lazy("There can be at most %(max_length)d."),
    "missing": gettext_lazy("This is missing."),
    "string_too_short": gettext_lazy("This is missing."),
    "literal_error": gettext_lazy("Choose among what is offered."),
    "union_tag_invalid": gettext_lazy("There is no such kind of condition."),
    "datetime_from_date_parsing": gettext_lazy("Give a date and a time of day."),
    "datetime_parsing": gettext_lazy("Give a date and a time of day."),
    "datetime_type": gettext_lazy("Give a date and a time of day."),
    "timezone_aware": gettext_lazy("A moment needs a time zone, as 2027-01-31T09:00+01:00."),
    "bool_parsing": gettext_lazy("Choose yes or no."),
    "bool_type": gettext_lazy("Choose yes or no."),
}
