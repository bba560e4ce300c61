"""Marks operations that will go: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) in every answer."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.utils.http import http_date
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from shortener.api.exchange import exchange

View = TypeVar("View", bound=Callable[..., Any])


def deprecated(since: datetime, sunset: datetime | None = None, instead: str = "") -> Callable[[View], View]:
    """For a view, below its route. `since`: deprecated from then on; `sunset`: gone from then on; `instead`: address
    of a text that says what to use."""
    headers = {"Deprecation": f"@{since.timestamp():.0f}"}
    if sunset is not None:
        headers["Sunset"] = http_date(sunset.timestamp())
    if instead:
        headers["Link"] = f'<{instead}>; rel="deprecation"; type="text/html"'

    def decorate(view: View) -> View:
        @wraps(view)
        def told(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            exchange(request).headers.update(headers)
            return view(request, *args, **kwargs)

        contribute_operation_callback(told, _mark)
        return cast(View, told)

    return decorate


def _mark(operation: Operation) -> None:
    operation.deprecated = True
