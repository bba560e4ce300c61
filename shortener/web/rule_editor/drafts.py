"""Rules on their way between the form and the service: everything as text, as it was typed, with what is wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from shortener.links.rule_mistakes import Mistake
from shortener.web.rule_editor.kinds import DEVICES, KINDS, WEEKDAYS, WITH_COMMAS, Kind, Label
from shortener.web.rule_editor.moments import entered_moment, shown_moment


@dataclass
class ConditionDraft:
    """One condition. Which of the fields count, its kind says. `errors`: in words; `wrong`: the fields they are of."""

    type: str
    text: str = ""  # values, with commas or on lines
    chosen: list[str] = field(default_factory=list)  # of devices and days
    name: str = ""
    start: str = ""
    end: str = ""
    zone: str = ""
    value: str = "true"
    errors: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        """How it is called and entered."""
        return KINDS.get(self.type) or KINDS["device"]

    @property
    def devices(self) -> list[tuple[str, Label, bool]]:
        """To choose from: name, label, whether it is chosen."""
        return [(name, label, name in self.chosen) for name, label in DEVICES.items()]

    @property
    def days(self) -> list[tuple[str, Label, bool]]:
        """The same for days of the week."""
        return [(name, label, name in self.chosen) for name, label in WEEKDAYS.items()]


@dataclass
class TargetDraft:
    """Where a rule leads. `share`: of its visitors, in percent; None while the weights make no sense."""

    url: str = ""
    weight: str = "1"
    share: int | None = None
    errors: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)


@dataclass
class RuleDraft:
    """One rule."""

    conditions: list[ConditionDraft] = field(default_factory=list)
    targets: list[TargetDraft] = field(default_factory=lambda: [TargetDraft()])
    errors: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Whether it or a part of it has to be put right."""
        wrong_part = any(part.errors for part in self.conditions) or any(part.errors for part in self.targets)
        return bool(self.errors) or wrong_part


def drafts_of(rules: Iterable[Mapping[str, Any]]) -> list[RuleDraft]:
    """Drafts of rules as a link keeps them."""
    return [
        RuleDraft(
            [_condition_draft(condition) for condition in rule.get("conditions", ())],
            [TargetDraft(target["url"], str(target.get("weight", 1))) for target in rule.get("targets", ())],
        )
        for rule in rules
    ]


def rules_of(drafts: Iterable[RuleDraft]) -> list[dict[str, Any]]:
    """What the service is asked to keep. What cannot be read is left as it was typed, for it to complain about."""
    return [
        {
            "conditions": [_condition(condition) for condition in draft.conditions],
            "targets": [{"url": target.url, "weight": _number(target.weight)} for target in draft.targets],
        }
        for draft in drafts
    ]


def note_mistakes(drafts: Sequence[RuleDraft], mistakes: Iterable[Mistake]) -> list[str]:
    """Put `mistakes` where they belong; those of the list as a whole are returned."""
    general = []
    for mistake in mistakes:
        place = _place(drafts, mistake)
        if place is None:
            general.append(mistake.reason)
            continue
        place.errors.append(mistake.reason)
        if isinstance(place, ConditionDraft | TargetDraft):
            place.wrong.add(mistake.field)
    return general


def set_shares(drafts: Iterable[RuleDraft]) -> None:
    """Work out which part of a rule's visitors each target gets."""
    for draft in drafts:
        weights = [_number(target.weight) for target in draft.targets]
        if not all(isinstance(weight, int) and weight > 0 for weight in weights):
            continue
        for target, weight in zip(draft.targets, weights, strict=True):
            target.share = round(100 * weight / sum(weights))


def _place(drafts: Sequence[RuleDraft], mistake: Mistake) -> RuleDraft | ConditionDraft | TargetDraft | None:
    if mistake.rule is None or mistake.rule >= len(drafts):
        return None
    rule = drafts[mistake.rule]
    parts: Sequence[Any] = getattr(rule, mistake.part, ()) if mistake.part in {"conditions", "targets"} else ()
    known = mistake.number is not None and mistake.number < len(parts)
    found: RuleDraft | ConditionDraft | TargetDraft = parts[mistake.number or 0] if known else rule
    return found


def _condition_draft(condition: Mapping[str, Any]) -> ConditionDraft:
    kind = str(condition.get("type", ""))
    values = [str(value) for value in condition.get("values") or ()]
    if kind == "country":
        values = [value.upper() for value in values]
    return ConditionDraft(
        kind,
        text=(", " if kind in WITH_COMMAS else "\n").join(values),
        chosen=values,
        name=str(condition.get("name", "")),
        start=shown_moment(condition.get("start")) if kind == "between" else str(condition.get("start") or ""),
        end=shown_moment(condition.get("end")) if kind == "between" else str(condition.get("end") or ""),
        zone=str(condition.get("zone", "")),
        value=str(condition.get("value", True)).lower(),
    )


def _condition(draft: ConditionDraft) -> dict[str, Any]:
    match draft.kind.widget:
        case "devices":
            more: dict[str, Any] = {"values": draft.chosen}
        case "weekdays":
            more = {"values": [_number(day) for day in draft.chosen], "zone": draft.zone or _here()}
        case "time":
            more = {"start": draft.start, "end": draft.end, "zone": draft.zone or _here()}
        case "between":
            more = {"start": entered_moment(draft.start), "end": entered_moment(draft.end)}
        case "bot":
            more = {"value": {"true": True, "false": False}.get(draft.value, draft.value)}
        case "query":
            more = {"name": draft.name, "values": _values(draft)}
        case _:
            more = {"values": _values(draft)}
    return {"type": draft.type, **more}


def _values(draft: ConditionDraft) -> list[str]:
    pieces = re.split(r"[,\n]", draft.text) if draft.type in WITH_COMMAS else draft.text.split("\n")
    return [piece for part in pieces if (piece := part.strip())]


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _here() -> str:
    return timezone.get_current_timezone_name()
