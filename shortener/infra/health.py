"""Health for load balancers: alive (this process answers) apart from ready (its stores answer too); and metrics."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from shortener.infra.metrics import exposition, may_read
from shortener.infra.stores import redis_client

REPORTS: dict[str, Callable[[], object]] = {}  # what else is worth knowing; other apps add theirs


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers; asks nothing of the stores."""
    return JsonResponse({"status": "pass"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503 with what failed. Clicks that wait make nobody unready."""
    checks = {"postgres": _check(_ask_postgres), "redis": _check(lambda: redis_client().ping())}
    failed = any(checks.values())
    body = {
        "status": "fail" if failed else "pass",
        "checks": {name: error or "pass" for name, error in checks.items()},
        **{name: report() for name, report in REPORTS.items()},
    }
    response = JsonResponse(body, status=503 if failed else 200)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  who asks knows, and asks every second
    return response


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text format, for whoever has the token; 404 where there is none."""
    if not settings.METRICS_OPEN:
        if not settings.METRICS_TOKEN:
            return HttpResponse(status=404)
        if not may_read(request.headers.get("Authorization", ""), settings.METRICS_TOKEN):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(settings.METRICS_DIR), "text/plain; version=0.0.4; charset=utf-8")


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
