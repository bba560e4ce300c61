"""Where an address is, from an MMDB file (MaxMind's or DB-IP's), if there is one."""

import logging
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import maxminddb

logger = logging.getLogger(__name__)

LOOK_EVERY = 10.0  # seconds between looks at whether the file is another one


@dataclass(frozen=True, slots=True)
class Place:
    """Country (ISO 3166-1 alpha-2), region and city; empty where unknown."""

    country: str = ""
    region: str = ""
    city: str = ""


NOWHERE = Place()


class GeoDatabase:
    """Looks addresses up, in the file that lies at `path` now: a new one is noticed within seconds. A file that is
    missing leaves every place unknown; so does a damaged one, which is said once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader: maxminddb.Reader | None = None
        self._seen: tuple[int, int] | None = None  # modification time (ns) and inode
        self._look_again = 0.0

    def find(self, address: str) -> Place:
        """The place of `address`."""
        if not self._path:
            return NOWHERE
        if monotonic() >= self._look_again:
            self._look()
        if self._reader is None:
            return NOWHERE
        try:
            found: Any = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return NOWHERE  # not an address, or IPv6 in a file that only has IPv4, or damage inside
        return _place(found) if isinstance(found, dict) else NOWHERE

    def _look(self) -> None:
        self._look_again = monotonic() + LOOK_EVERY
        try:
            status = Path(self._path).stat()
            seen = status.st_mtime_ns, status.st_ino
            if seen == self._seen:
                return
            self._reader, self._seen = None, seen
            self._reader = maxminddb.open_database(self._path)
        except FileNotFoundError:
            self._reader = self._seen = None
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            logger.error("%s cannot be read (%s); countries stay unknown", self._path, error)


def _place(found: dict[str, Any]) -> Place:
    subdivisions = found.get("subdivisions") or [{}]
    return Place(
        country=str((found.get("country") or {}).get("iso_code") or ""),
        region=_name(subdivisions[0]),
        city=_name(found.get("city") or {}),
    )


def _name(entry: dict[str, Any]) -> str:
    return str((entry.get("names") or {}).get("en") or "")
