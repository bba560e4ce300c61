"""Whether an address leads to the public internet: what we call on others' behalf must not reach our own network.

Checked when the address is given, so that its owner learns of it. A name can lead elsewhere later: whoever calls it
looks again, at the address that the socket connects to.
"""

import ipaddress
import logging
from collections.abc import Callable

import ada_url
import dns.exception
import dns.resolver
from django.utils.translation import gettext as _

from shortener.links.destinations import InvalidDestination, parse_destination
from shortener.links.domains import own_hosts

logger = logging.getLogger(__name__)

URL_LIMIT = 2048  # characters
TIMEOUT = 2.0  # seconds
LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion")  # RFC 6761, 6762, 8375, 7686
Resolve = Callable[[str], list[str]]


def addresses_of(name: str) -> list[str]:
    """The IP addresses that `name` leads to now; none when nobody knows."""
    found = []
    for kind in ("A", "AAAA"):
        try:
            found += [str(record) for record in dns.resolver.resolve(name, kind, lifetime=TIMEOUT)]
        except dns.exception.DNSException as error:
            logger.info("no %s record of %s: %s", kind, name, error)
    return found


def public_url(text: str, resolve: Resolve | None = None) -> str:
    """`text` as browsers write it, http or https, on a host that is no part of a private network. Raises
    `InvalidDestination`, whose message says why."""
    url = parse_destination(text, own_hosts())
    if len(url) > URL_LIMIT:
        raise InvalidDestination(_("The address has at most %(most)d characters.") % {"most": URL_LIMIT})
    name = ada_url.URL(url).hostname.strip("[]").rstrip(".")
    if literal := _literal(name):
        addresses = [literal]
    elif name == "localhost" or name.endswith(LOCAL):
        addresses = ["127.0.0.1"]
    else:
        addresses = (resolve or addresses_of)(name)
    if not all(_is_public(address) for address in addresses):
        raise InvalidDestination(_("“%(host)s” is not on the public internet.") % {"host": name})
    return url


def _literal(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return ""


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped or parsed.sixtofour if isinstance(parsed, ipaddress.IPv6Address) else None
    return parsed.is_global and not parsed.is_multicast and (mapped is None or mapped.is_global)
