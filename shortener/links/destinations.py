"""Where a link may lead. URLs are parsed as browsers do (WHATWG URL standard), so what is checked is what opens."""

import re
from collections.abc import Container

import ada_url
from django.utils.translation import gettext as _

from shortener.links.models import DESTINATION_MAX_LENGTH

SCHEMES = ("https:", "http:")
WEB = ("https://", "http://")  # how a serialised address with one of them begins
# Schemes with a meaning of their own to browsers, some of them a dangerous one.
NOT_APPS = ("javascript:", "data:", "vbscript:", "file:", "blob:", "about:", "view-source:", "ftp:", "ws:", "wss:")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")  # "host:80" has a port, not a scheme


class InvalidDestination(ValueError):
    """The text cannot be a destination; the message says why, for people."""


def parse_destination(text: str, own_hosts: Container[str]) -> str:
    """The serialised URL (ASCII: punycode host, percent-encoded path) that `text` means to a browser.

    `own_hosts` are the hosts (with port where they have one) of our own domains: a link to them would redirect in a
    circle. A host pasted without a scheme is taken as https. Raises `InvalidDestination`.
    """
    text = text.strip()
    _check_text(text)
    url = _parse(text)
    href: str = url.href
    _check_url(url, href, own_hosts)
    if len(href) > DESTINATION_MAX_LENGTH:
        raise InvalidDestination(_too_long(len(href)))
    return href


def parse_app_url(text: str, own_hosts: Container[str]) -> str:
    """The same for what opens an app: a web address, or one with the app's own scheme. Raises `InvalidDestination`."""
    text = text.strip()
    scheme = SCHEME.match(text)
    if scheme is None or scheme[0].lower() in SCHEMES:
        return parse_destination(text, own_hosts)
    _check_text(text)
    url = _parse(text)
    if url.protocol in NOT_APPS:
        raise InvalidDestination(_("Addresses that begin with %(scheme)s open no app.") % {"scheme": url.protocol})
    return url.href


def shown_destination(url: str) -> str:
    """`url` for people: an international host name in its own letters."""
    parsed = ada_url.URL(url)
    shown = ada_url.idna.decode(parsed.hostname) if "xn--" in parsed.hostname else parsed.hostname
    return url.replace(parsed.hostname, shown, 1) if shown else url


def _check_text(text: str) -> None:
    if not text:
        raise InvalidDestination(_("Enter the address to shorten."))
    if len(text) > DESTINATION_MAX_LENGTH:
        raise InvalidDestination(_too_long(len(text)))
    if CONTROL_CHARACTERS.search(text):
        raise InvalidDestination(_("The address contains a line break or another control character. Remove it."))


def _parse(text: str) -> ada_url.URL:
    if not SCHEME.match(text):
        text = f"https://{text.removeprefix('//')}"
    try:
        return ada_url.URL(text)
    except (ValueError, UnicodeError) as error:
        raise InvalidDestination(
            _("This is not a web address. It should look like https://example.com/page.")
        ) from error


def _check_url(url: ada_url.URL, href: str, own_hosts: Container[str]) -> None:
    if not href.startswith(WEB):
        raise InvalidDestination(
            _("Addresses that begin with %(scheme)s cannot be shortened, only http and https.")
            % {"scheme": url.protocol}
        )
    # As it is serialised, a web address is `scheme://[name[:password]@]host[:port]/…`; to ask for parts takes longer.
    host = href.split("/", 3)[2]
    if "@" in host:
        raise InvalidDestination(_("The address contains a user name or password. Remove it: everybody could read it."))
    if host in own_hosts or host.rstrip(".") in own_hosts:
        raise InvalidDestination(_("This is an address of this site itself. A link to it would lead in a circle."))
    name = host.partition(":")[0]  # but for IPv6, which has a dot nowhere and needs none
    if "." not in name.strip(".") and not host.startswith("[") and name != "localhost":
        raise InvalidDestination(_("“%(host)s” is not a complete host name.") % {"host": name})


def _too_long(length: int) -> str:
    return _("The address has %(length)d characters; at most %(most)d are possible.") % {
        "length": length,
        "most": DESTINATION_MAX_LENGTH,
    }
