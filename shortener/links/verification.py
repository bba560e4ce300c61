"""Proof that a domain is its owner's: a TXT record, or a file that only its web server can serve."""

import ipaddress
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

import dns.exception
import dns.resolver
from django.utils import timezone

from shortener.links.models import Domain
from shortener.links.signals import domains_changed

logger = logging.getLogger(__name__)

RECORD = "_shortener"  # label of the TXT record, in front of the domain
FILE = "/.well-known/shortener-verification"
PREFIX = "shortener-verification="
TIMEOUT = 5.0  # seconds
MOST_BYTES = 1_000


def texts_of(name: str) -> list[str]:
    """The TXT records of `name`; none when it has none or nobody answers."""
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT)
    except dns.exception.DNSException as error:
        logger.info("no TXT record of %s: %s", name, error)
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def file_of(host: str) -> str:
    """What the web server of `host` serves as the file; empty when it does not. Only public addresses are asked (a
    name can be made to point into our own network), and redirects are not followed."""
    name, _, port = host.partition(":")
    try:
        [address, *_] = [found[4][0] for found in socket.getaddrinfo(name, int(port or 80), type=socket.SOCK_STREAM)]
        if not ipaddress.ip_address(address).is_global:
            return ""
        connection = HTTPConnection(str(address), int(port or 80), timeout=TIMEOUT)
        try:
            connection.request("GET", FILE, headers={"Host": host})
            response = connection.getresponse()
            return response.read(MOST_BYTES).decode("utf-8", "replace").strip() if response.status == 200 else ""
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        logger.info("no file of %s: %s", host, error)
        return ""


@dataclass(frozen=True)
class Lookups:
    """How the world is asked; tests put their own in place."""

    texts: Callable[[str], list[str]] = texts_of
    file: Callable[[str], str] = file_of


def record_of(domain: Domain) -> tuple[str, str]:
    """Name and text of the TXT record that proves `domain`."""
    return f"{RECORD}.{domain.host.partition(':')[0]}", PREFIX + domain.verification


def verify(domain: Domain, lookups: Lookups | None = None) -> bool:
    """Whether the proof is there; if so, the domain is verified from now on and its links work."""
    lookups = lookups or Lookups()
    name, text = record_of(domain)
    if text not in lookups.texts(name) and lookups.file(domain.host) != text:
        return False
    if domain.verified_at is None:
        domain.verified_at = timezone.now()
        domain.save(update_fields=["verified_at"])
        domains_changed.send(Domain)
    return True
