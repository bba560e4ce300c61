"""Where an address is, from an MMDB file (MaxMind's or DB-IP's), if one is configured."""

import logging
from dataclasses import dataclass
from typing import Any

import maxminddb

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Country (ISO 3166-1 alpha-2), region and city; empty where unknown."""

    country: str = ""
    region: str = ""
    city: str = ""


NOWHERE = Place()


class GeoDatabase:
    """Looks addresses up. A file that is missing or damaged is logged once, and every place is unknown."""

    def __init__(self, path: str) -> None:
        self._reader = _open(path) if path else None

    def find(self, address: str) -> Place:
        """The place of `address`."""
        if self._reader is None:
            return NOWHERE
        try:
            found: Any = self._reader.get(address)
        except ValueError:
            return NOWHERE  # not an address, or IPv6 in a file that only has IPv4
        return _place(found) if isinstance(found, dict) else NOWHERE


def _open(path: str) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        logger.error("GEOIP_DATABASE: %s cannot be read (%s); countries stay unknown", path, error)
        return None


def _place(found: dict[str, Any]) -> Place:
    subdivisions = found.get("subdivisions") or [{}]
    return Place(
        country=str((found.get("country") or {}).get("iso_code") or ""),
        region=_name(subdivisions[0]),
        city=_name(found.get("city") or {}),
    )


def _name(entry: dict[str, Any]) -> str:
    return str((entry.get("names") or {}).get("en") or "")
