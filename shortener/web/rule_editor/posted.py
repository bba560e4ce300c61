"""Reads a draft out of a form, and does what one of its buttons asks for: add, remove, move."""

from collections.abc import Callable
from contextlib import suppress

from django.http import QueryDict

from shortener.links.rules import CONDITIONS_PER_RULE, RULES_PER_LINK, TARGETS_PER_RULE
from shortener.web.rule_editor.drafts import ConditionDraft, RuleDraft, TargetDraft
from shortener.web.rule_editor.kinds import KINDS

MOST_READ = {"rules": 2 * RULES_PER_LINK, "conditions": 2 * CONDITIONS_PER_RULE, "targets": 2 * TARGETS_PER_RULE}


def read_drafts(data: QueryDict) -> list[RuleDraft]:
    """The rules in a form that `web/_rules_editor.html` has drawn."""
    return [_rule(data, f"{number}-") for number in range(_count(data, "rules", "rules"))]


def apply(action: str, drafts: list[RuleDraft]) -> bool:
    """Change `drafts` as the button of this name asks, such as `up 2` or `remove-target 0 1`; whether there is such a
    button. What is not there is not changed."""
    name, *numbers = action.split() or [""]
    if name not in ACTIONS:
        return False
    with suppress(IndexError, ValueError, TypeError):
        ACTIONS[name](drafts, *map(_index, numbers))
    return True


def _rule(data: QueryDict, prefix: str) -> RuleDraft:
    return RuleDraft(
        [
            _condition(data, f"{prefix}c{number}-")
            for number in range(_count(data, f"{prefix}conditions", "conditions"))
        ],
        [_target(data, f"{prefix}t{number}-") for number in range(_count(data, f"{prefix}targets", "targets"))],
    )


def _condition(data: QueryDict, prefix: str) -> ConditionDraft:
    kind = data.get(f"{prefix}type", "")
    return ConditionDraft(
        kind if kind in KINDS else "device",
        text=data.get(f"{prefix}text", "").replace("\r\n", "\n"),
        chosen=data.getlist(f"{prefix}chosen"),
        name=data.get(f"{prefix}name", ""),
        start=data.get(f"{prefix}start", ""),
        end=data.get(f"{prefix}end", ""),
        zone=data.get(f"{prefix}zone", ""),
        value=data.get(f"{prefix}value", "true"),
    )


def _target(data: QueryDict, prefix: str) -> TargetDraft:
    return TargetDraft(data.get(f"{prefix}url", "").strip(), data.get(f"{prefix}weight", "1").strip())


def _count(data: QueryDict, name: str, part: str) -> int:
    text = data.get(name, "0")
    return min(int(text), MOST_READ[part]) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _index(text: str) -> int:
    """A place in a list; never counted from its end."""
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ValueError(text)
    return int(text)


def _move(drafts: list[RuleDraft], at: int, to: int) -> None:
    drafts.insert(min(to, len(drafts) - 1), drafts.pop(at))


ACTIONS: dict[str, Callable[..., object]] = {
    "refresh": lambda drafts: None,
    "add-rule": lambda drafts: drafts.append(RuleDraft()),
    "remove-rule": lambda drafts, rule: drafts.pop(rule),
    "up": lambda drafts, rule: _move(drafts, rule, max(rule - 1, 0)),
    "down": lambda drafts, rule: _move(drafts, rule, rule + 1),
    "move": _move,
    "add-condition": lambda drafts, rule: drafts[rule].conditions.append(ConditionDraft("device")),
    "remove-condition": lambda drafts, rule, number: drafts[rule].conditions.pop(number),
    "add-target": lambda drafts, rule: drafts[rule].targets.append(TargetDraft()),
    "remove-target": lambda drafts, rule, number: drafts[rule].targets.pop(number),
}
