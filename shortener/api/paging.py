"""Lists in pages, by keyset: a page costs the same wherever it is, and what is added meanwhile moves nothing.

A resource says what it can be sorted by (`Sorting`), takes `PageQuery` (or one that inherits from it) as its query, and
calls `page_of`. The cursor holds the sort and the last row's values, signed: it is of no use but to go on with.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.conf import settings
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from shortener.api.exchange import exchange
from shortener.infra.errors import Refused

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")  # a row, or what is read in its place
SIGNATURE = 8  # bytes

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


Next = Annotated[
    str | None,
    Field(description="`cursor` of the page behind this one; null at the end", examples=["q1Xk0wqyL2NyZWF0"]),
]


class PageQuery(Schema):
    """Which page, and how long."""

    limit: Annotated[int, Field(ge=1, le=100, description="Most entries of a page")] = 50
    cursor: Annotated[
        str,
        Field(
            max_length=1000,
            description="`next` of the page before; with the same filters and order",
            examples=["q1Xk0wqyL2NyZWF0"],
        ),
    ] = ""


@dataclass(frozen=True)
class Sorting:
    """What a list can be sorted by: columns by the names of the API, each with an index behind it. A column may be
    an annotation. `default`: a name,
    with a minus in front for the other way round."""

    columns: Mapping[str, str]
    default: str
    number: str = "pk"  # what decides among rows of one value: their ID, from the table that has the column


@dataclass(frozen=True)
class Page(Generic[Shown]):
    """Rows, and the cursor of those behind them."""

    rows: Sequence[Shown]
    next: str | None


def page_of(
    request: HttpRequest,
    rows: QuerySet[Row],
    query: PageQuery,
    sorting: Sorting,
    sort: str = "",
    read: Callable[[QuerySet[Row], str], Sequence[Any]] | None = None,
) -> Page[Any]:
    """The page of `rows` that `query` asks for, with a `Link` header to the next one. `read` is told the column that
    they are sorted by, and may bring something else in their place: with its `place` in that column, and its `pk`.
    Raises `Refused` for a cursor or a sort that is none of ours."""
    sort = sort or sorting.default
    name = sort.removeprefix("-")
    if name not in sorting.columns:
        raise Refused({"sort": [f"Sort by {', '.join(sorting.columns)}; with a minus in front, the other way round."]})
    column, down = sorting.columns[name], sort.startswith("-")
    rows = rows.order_by(*(f"-{part}" if down else part for part in (column, sorting.number)))
    if query.cursor:
        rows = rows.filter(_behind((column, sorting.number), down, *read_cursor(query.cursor, sort)))
    asked = rows[: query.limit + 1]
    found = read(asked, column) if read else list(asked)
    shown = found[: query.limit]
    if len(found) <= query.limit:
        return Page(shown, None)
    cursor = write_cursor(sort, getattr(shown[-1], "place" if read else column), shown[-1].pk)
    _link(request, cursor)
    return Page(shown, cursor)


def write_cursor(sort: str, value: Any, number: int) -> str:
    """A cursor behind the row with `value` in the sorted column and `number` as its ID."""
    packed = _encode([sort, value, number])
    return base64.urlsafe_b64encode(_signature(packed) + packed).decode().rstrip("=")


def read_cursor(cursor: str, sort: str) -> tuple[Any, int]:
    """The reverse. Raises `Refused` for anything that `write_cursor` has not made for `sort`."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    signature, packed = raw[:SIGNATURE], raw[SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(packed)):
        raise Refused({"cursor": ["This is not a cursor of ours: use `next` of the page before."]})
    of, value, number = _decode(packed)
    if of != sort:
        raise Refused({"cursor": [f"This cursor is of a list that is sorted by “{of}”. Sort as on the page before."]})
    return value, number


def _behind(columns: tuple[str, str], down: bool, value: Any, number: int) -> TupleLessThan | TupleGreaterThan:
    """What comes after (value, number), as one comparison of rows: PostgreSQL begins there in the index."""
    compare = TupleLessThan if down else TupleGreaterThan
    return compare(Tuple(*map(F, columns)), (value, number))


def _signature(packed: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"cursor:" + packed, hashlib.sha256)[:SIGNATURE]


def _link(request: HttpRequest, cursor: str) -> None:
    """Name the next page in a header (RFC 8288)."""
    query = request.GET.copy()
    query["cursor"] = cursor
    exchange(request).headers["Link"] = f'<{settings.BASE_URL}{request.path}?{query.urlencode()}>; rel="next"'
