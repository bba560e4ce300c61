"""Which address a request comes from, when proxies that we trust stand in front."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache


class ClientAddresses:
    """Reads `X-Forwarded-For` from the right: the first address that is not a trusted proxy's is the visitor's.

    What stands further left was sent by that visitor and proves nothing, so it is never read.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in trusted)
        self._remembered = lru_cache(maxsize=4096)(self._look_up)

    def is_trusted(self, address: str) -> bool:
        """Whether `address` is a configured proxy's."""
        return bool(self._networks) and self._remembered(address)

    def client(self, peer: str, forwarded_for: str) -> str:
        """The visitor's address; `peer` itself when it is not a proxy or the header is not usable."""
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.is_trusted(address):
                break
            candidate = hop.strip()
            if not _is_address(candidate):
                break
            address = candidate
        return address

    def _look_up(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks if network.version == parsed.version)


def network_of(address: str) -> str:
    """Who `address` is, for counting: itself, or for IPv6 the network of 64 bits that one customer has; `address` as it
    is when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
