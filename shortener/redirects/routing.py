"""Redirects that depend on the visitor: rules, forwarded parameters, appended paths."""

from shortener.redirects.answers import Answer, redirect
from shortener.redirects.forwarding import with_path, with_query
from shortener.redirects.plan import RedirectPlan
from shortener.redirects.rules import CompiledRule, Visitor, compiled

Target = tuple[str, Answer]


class Router:
    """Finds the redirect of a visitor of the link of `plan`. Answers that nothing is added to are made once."""

    def __init__(self, plan: RedirectPlan, max_age: int) -> None:
        self._plan, self._max_age = plan, max_age
        self._default: Target = (plan.location, redirect(plan.status, plan.location, max_age))
        self._rules: list[tuple[CompiledRule, list[Target]]] = [
            (
                compiled(number, rule),
                [(location, redirect(plan.status, location, max_age)) for _, location in rule.targets],
            )
            for number, rule in enumerate(plan.more.rules)
        ]

    def answer(self, visitor: Visitor, rest: str) -> Answer | None:
        """The redirect of `visitor`, who asked for `rest` (a path, or nothing) behind the slug; None when that cannot
        be appended."""
        location, prepared = self._target(visitor)
        wanted: str | None = location
        if rest:
            wanted = with_path(location, rest)
        if wanted is not None and self._plan.more.forward and visitor.query:
            wanted = with_query(wanted, visitor.query, override=self._plan.more.forward == "override")
        if wanted is None:
            return None
        return prepared if wanted == location else redirect(self._plan.status, wanted, self._max_age)

    def _target(self, visitor: Visitor) -> Target:
        for rule, targets in self._rules:
            if rule.holds(visitor):
                target = targets[rule.pick(visitor)]
                visitor.destination = target[0]
                return target
        return self._default
