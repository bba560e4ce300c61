"""Which domain a request is for: the table of domains, as every web process holds it."""

from collections.abc import Iterable

import msgspec

REMEMBERED = 1_000  # spellings of host names


class Site(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A domain that short links live under. Empty texts: nothing of the kind."""

    host: str
    domain_id: int
    is_default: bool
    root: str = ""  # where the bare domain leads
    not_found: str = ""  # where slugs lead that no link has
    ended: str = ""  # where links lead that have expired or are used up
    robots: str = ""  # robots.txt
    folds_case: bool = False  # whether Slug and slug are the same

    @property
    def prefix(self) -> bytes:
        """What the cache keys of its links begin with."""
        return b"%d" % self.domain_id


class Sites:
    """The domains of `rows`. Hosts (without port) in `also` are other names of the default one."""

    def __init__(self, rows: Iterable[Site] = (), also: Iterable[str] = ()) -> None:
        self.rows = tuple(rows)
        self._also = frozenset(also)
        self._by_host = {site.host.encode(): site for site in self.rows}
        self._by_prefix = {site.prefix: site for site in self.rows}
        self.default = next((site for site in self.rows if site.is_default), None)
        # By Host header: all that the common request needs to know. Spellings that turn up are added.
        self.prefixes: dict[bytes, bytes] = {host: site.prefix for host, site in self._by_host.items()}

    def find(self, host: bytes) -> Site | None:
        """The domain that a Host header names, None for a stranger's."""
        site = self._by_host.get(host) or self._spelled(host)
        if site is not None and host not in self.prefixes and len(self.prefixes) < REMEMBERED:
            self.prefixes[host] = site.prefix
        return site

    def of(self, key: bytes) -> Site | None:
        """The domain of a cache key."""
        return self._by_prefix.get(key.partition(b"/")[0])

    def _spelled(self, host: bytes) -> Site | None:
        name = host.lower().rstrip(b".")
        if site := self._by_host.get(name):
            return site
        bare, _, port = name.rpartition(b":") if not name.endswith(b"]") else (name, b"", b"")
        plain = bare if port.isdigit() else name
        known = plain.decode("latin-1") in self._also
        return self._by_host.get(plain) or (self.default if known else None)
