"""What this package remembers of a request while it is answered."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from shortener.accounts.models import ApiKey


@dataclass
class Exchange:
    """`headers` are added to the answer, whatever it is. `fields`: what the answer is cut down to; None: nothing is
    left out."""

    request_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    fields: frozenset[str] | None = None
    key: ApiKey | None = None  # found for the `Authorization` header
    looked_for_key: bool = False


def exchange(request: HttpRequest) -> Exchange:
    """That of `request`."""
    found = getattr(request, "exchange", None)
    if not isinstance(found, Exchange):
        found = Exchange()
        request.exchange = found  # type: ignore[attr-defined]
    return found
