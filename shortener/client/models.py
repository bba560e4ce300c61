"""What the API answers, as dataclasses. Fields that a newer server adds are left out; `raw` has them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

T = TypeVar("T")
Json = Mapping[str, Any]


class _FromJson:
    """Reads a dataclass from JSON; `_CONVERT` says what to make of values that are not used as they are."""

    _CONVERT: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    @classmethod
    def of(cls, body: Json) -> Self:
        """The object that `body` describes."""
        known = {entry.name for entry in fields(cls)} - {"raw", "etag"}  # type: ignore[arg-type]
        values = {name: cls._read(name, value) for name, value in body.items() if name in known}
        if "raw" in cls.__dataclass_fields__:  # type: ignore[attr-defined]
            values["raw"] = body
        return cls(**values)

    @classmethod
    def _read(cls, name: str, value: Any) -> Any:
        convert = cls._CONVERT.get(name)
        return convert(value) if convert and value is not None else value


def moment(text: str) -> datetime:
    """A time of RFC 3339."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True, kw_only=True)
class Link(_FromJson):
    """A short link. `etag` is its version: give the link to `update`, and a change that was made meanwhile is not
    overwritten."""

    id: str
    short_url: str
    slug: str
    domain: str
    url: str
    title: str = ""
    tags: list[str] = field(default_factory=list)
    status: int = 302
    state: str = "active"
    created_at: datetime | None = None
    updated_at: datetime | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    click_limit: int | None = None
    archived: bool = False
    has_password: bool = False
    rules: list[Any] = field(default_factory=list)
    external_id: str = ""
    etag: str = ""
    raw: Json = field(default_factory=dict, repr=False, compare=False)

    _CONVERT = dict.fromkeys(("created_at", "updated_at", "active_from", "active_until"), moment)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of many; `next` asks for those behind, None at the end."""

    data: list[T]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Totals(_FromJson):
    """`clicks` are people's; `visitors` are unique by link and day."""

    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    others: int = 0


@dataclass(frozen=True, kw_only=True)
class Point(Totals):
    """One interval, and when it begins."""

    start: datetime

    _CONVERT = {"start": moment}


@dataclass(frozen=True, kw_only=True)
class Slice(_FromJson):
    """Clicks with one value of a dimension; the empty value is "unknown"."""

    value: str
    clicks: int


@dataclass(frozen=True, kw_only=True)
class Stats(_FromJson):
    """Statistics from `start` up to `end`."""

    totals: Totals
    series: list[Point]
    dimensions: dict[str, list[Slice]] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    interval: str = "day"
    time_zone: str = "UTC"
    raw: Json = field(default_factory=dict, repr=False, compare=False)

    _CONVERT = {
        "totals": Totals.of,
        "series": lambda points: [Point.of(point) for point in points],
        "dimensions": lambda found: {name: [Slice.of(part) for part in parts] for name, parts in found.items()},
        "start": moment,
        "end": moment,
    }


@dataclass(frozen=True, kw_only=True)
class ImportProblem(_FromJson):
    """A row that was not imported: `outcome` is `failed` or `skipped`; rows count from 1."""

    row: int
    field: str
    message: str
    outcome: str = "failed"


@dataclass(frozen=True, kw_only=True)
class Import(_FromJson):
    """An import that is ready, under way or over. `done` of `total` rows were looked at."""

    id: str
    source: str = ""
    state: str = "ready"
    is_dry_run: bool = False
    total: int = 0
    done: int = 0
    created: int = 0
    skipped: int = 0
    failed: int = 0
    message: str = ""
    errors: list[ImportProblem] = field(default_factory=list)
    raw: Json = field(default_factory=dict, repr=False, compare=False)

    _CONVERT = {"errors": lambda found: [ImportProblem.of(entry) for entry in found]}

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in {"done", "failed", "cancelled"}
