"""Health for load balancers: alive (this process answers) apart from ready (its stores answer too)."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from shortener.infra.stores import redis_client


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers; asks nothing of the stores."""
    return JsonResponse({"status": "pass"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503 with what failed."""
    checks = {"postgres": _check(_ask_postgres), "redis": _check(lambda: redis_client().ping())}
    failed = any(checks.values())
    body = {
        "status": "fail" if failed else "pass",
        "checks": {name: error or "pass" for name, error in checks.items()},
    }
    return JsonResponse(body, status=503 if failed else 200)


def _ask_postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check(ask: Callable[[], object]) -> str:
    """Empty when the store answered, else the kind of failure (never its text: that can name hosts and users)."""
    try:
        ask()
    except Exception as error:  # noqa: BLE001  whatever went wrong, the answer is "not ready"
        return type(error).__name__
    return ""
