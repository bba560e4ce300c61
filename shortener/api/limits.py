"""Rate limits of the API: who may ask how much, and how every answer says what is left
(draft-ietf-httpapi-ratelimit-headers).

`needs_scope` puts a `Meter` on every operation; it counts before the body is read, so that nonsense counts too.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from shortener.accounts.models import ApiKey
from shortener.api.exchange import exchange
from shortener.infra.client_address import network_of
from shortener.infra.rate_limits import Budget, Standing, spend
from shortener.infra.rate_plans import Kind

STANDINGS = "rate_standings"  # attribute of a request: the budgets that it was counted on


class TooManyRequests(Exception):
    """A budget is spent; the request knows which (`spent_of`)."""


class Meter(BaseThrottle):
    """Counts one request on the budgets `kind` of its key and its workspace."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether there was enough; either way the request remembers how its budgets stand."""
        return _count(request, budgets_of(request.auth, self.kind))  # type: ignore[attr-defined]

    def wait(self) -> None:
        """Nothing: the standings say it, and this object is every request's."""


def kind_of(scope: str) -> Kind:
    """Which budget operations of `scope` are paid from, unless they say another."""
    resource, _, verb = scope.partition(":")
    if verb == "write":
        return "create"
    return "stats" if resource in ("stats", "clicks") else "read"


def budgets_of(key: ApiKey, kind: Kind) -> Sequence[Budget]:
    """What requests of `key` are counted on: its own budget, and that of all keys of its workspace."""
    plan = settings.RATE_PLANS.of(key.workspace.plan)
    return _budgets(kind, key.pk, getattr(plan.key, kind), key.workspace_id, getattr(plan.workspace, kind))


@lru_cache(maxsize=1024)
def _budgets(kind: Kind, key: int, rate: str, workspace: int, shared_rate: str) -> tuple[Budget, ...]:
    home = f"workspace-{workspace}"
    budgets = Budget(kind, rate, f"key-{key}", home), Budget(f"{kind}-workspace", shared_rate, home, home)
    return tuple(budget for budget in budgets if budget.rate)


def charge(request: Any, kind: Kind, cost: int) -> None:
    """Count `cost` more on the budgets `kind`, for work whose size only the body tells. Raises `TooManyRequests`."""
    if cost > 0 and not _count(request, budgets_of(request.auth, kind), cost):
        raise TooManyRequests


def count_failure(request: HttpRequest) -> None:
    """Count a request without a valid key, once, by its address. Raises `TooManyRequests`."""
    if hasattr(request, STANDINGS):
        return
    rate = settings.RATE_PLANS.anonymous.failures
    budgets = [Budget("failures", rate, network_of(request.META["REMOTE_ADDR"]))] if rate else []
    if not _count(request, budgets):
        raise TooManyRequests


def spent_of(request: HttpRequest) -> list[Standing]:
    """The budgets that this request found too little in."""
    return [standing for standing in getattr(request, STANDINGS, ()) if standing.is_spent]


def policy_field(standings: Sequence[Standing]) -> str:
    """What holds: a list of structured fields (RFC 9651), as `"read";q=100;w=60`."""
    return ", ".join(f'"{at.budget.name}";q={at.quota};w={at.window}' for at in standings)


def limit_field(standings: Sequence[Standing]) -> str:
    """How it stands: the same, as `"read";r=99;t=60`."""
    return ", ".join(f'"{at.budget.name}";r={at.remaining};t={at.reset}' for at in standings)


def _count(request: HttpRequest, budgets: Sequence[Budget], cost: int = 1) -> bool:
    standings = spend(budgets, cost)
    setattr(request, STANDINGS, standings)
    if standings:
        exchange(request).headers.update(
            {"RateLimit-Policy": policy_field(standings), "RateLimit": limit_field(standings)}
        )
    return not any(standing.is_spent for standing in standings)
