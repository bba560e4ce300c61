"""What rules say, in words: for those who may not edit them, for the simulator and for the history of changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shortener.links.destinations import shown_destination
from shortener.web.rule_editor.kinds import DEVICES, KINDS, WEEKDAYS
from shortener.web.rule_editor.moments import local_moment


@dataclass(frozen=True)
class TargetWords:
    """Where a rule leads, and for which part of its visitors (percent)."""

    url: str
    share: int


@dataclass(frozen=True)
class RuleWords:
    """A rule. Without conditions it is everybody's."""

    conditions: list[str]
    targets: list[TargetWords]

    def __str__(self) -> str:
        who = _(" and ").join(self.conditions) or _("Everybody")
        if len(self.targets) == 1:
            return f"{who} → {self.targets[0].url}"
        return f"{who} → " + ", ".join(f"{target.share} % {target.url}" for target in self.targets)


def rules_in_words(rules: Iterable[Mapping[str, Any]]) -> list[RuleWords]:
    """Rules as a link keeps them, in words."""
    return [
        RuleWords([condition_in_words(condition) for condition in rule["conditions"]], _targets(rule["targets"]))
        for rule in rules
    ]


def condition_in_words(condition: Mapping[str, Any]) -> str:
    """One condition, such as `Country: DE or AT`."""
    kind = condition["type"]
    return f"{KINDS[kind].label}: {_said(kind, condition)}"


def _said(kind: str, condition: Mapping[str, Any]) -> str:
    match kind:
        case "bot":
            return str(_("crawlers and previews") if condition["value"] else _("none, people only"))
        case "between":
            return _period(condition.get("start"), condition.get("end"))
        case "time":
            return _("%(start)s to %(end)s (%(zone)s)") % dict(condition)
        case "weekday":
            days = _any_of(str(WEEKDAYS[str(day)]) for day in condition["values"])
            return _("%(days)s (%(zone)s)") % {"days": days, "zone": condition["zone"]}
        case "device":
            return _any_of(str(DEVICES[value]) for value in condition["values"])
        case "query":
            return _query(condition["name"], condition.get("values") or [])
    values = (value.upper() if kind == "country" else value for value in condition["values"])
    return _any_of(values)


def _query(name: str, values: list[str]) -> str:
    return f"{name} = {_any_of(values)}" if values else _("%(name)s is there") % {"name": name}


def _period(start: str | None, end: str | None) -> str:
    said = {"start": _moment(start), "end": _moment(end)}
    if start and end:
        return _("%(start)s until %(end)s") % said
    if start:
        return _("from %(start)s on") % said
    return _("until %(end)s") % said if end else str(_("always"))


def _moment(text: str | None) -> str:
    return date_format(local_moment(text), _("j M Y, H:i e")) if text else ""


def _any_of(values: Iterable[str]) -> str:
    *most, last = list(values)
    return _("%(some)s or %(last)s") % {"some": ", ".join(most), "last": last} if most else last


def _targets(targets: list[Mapping[str, Any]]) -> list[TargetWords]:
    total = sum(target["weight"] for target in targets)
    return [TargetWords(shown_destination(target["url"]), round(100 * target["weight"] / total)) for target in targets]
