"""Passes: what a page gives a visitor so that the redirect follows next time (RFC 2104 HMACs with a time limit)."""

import hmac
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie

LENGTH = 32  # hexadecimal digits of a signature: 128 bits


def issue(secret: bytes, link_id: int, purpose: str, until: float) -> str:
    """A pass for `link_id` and `purpose` that holds until `until` (Unix seconds)."""
    return f"{int(until)}.{_signature(secret, link_id, purpose, int(until))}"


def holds(secret: bytes, link_id: int, purpose: str, given: str, now: float) -> bool:
    """Whether `given` is a pass of ours for `link_id` and `purpose`, and not too old."""
    until, _, signature = given.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12 and signature.isascii()):
        return False
    return now < int(until) and hmac.compare_digest(signature, _signature(secret, link_id, purpose, int(until)))


def cookie_name(link_id: int) -> str:
    """The cookie that keeps the pass of a link with a password."""
    return f"unlock-{link_id}"


def cookie_of(header: str, link_id: int) -> str:
    """The pass in a Cookie header; empty when there is none."""
    try:
        kept = SimpleCookie(header).get(cookie_name(link_id))
    except CookieError:
        return ""
    return kept.value if kept else ""


def lock_of(password_hash: str) -> str:
    """What passes for a password are for: another password makes them worthless. Empty for no password."""
    return sha256(password_hash.encode()).hexdigest()[:16] if password_hash else ""


def _signature(secret: bytes, link_id: int, purpose: str, until: int) -> str:
    return hmac.new(secret, f"{link_id} {purpose} {until}".encode(), sha256).hexdigest()[:LENGTH]
