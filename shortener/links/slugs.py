"""Slugs: generated from IDs, or chosen by people; never a page's address."""

import re
from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _
from hashids import Hashids

from shortener.infra.public_id import hashed
from shortener.links.models import SLUG_MAX_LENGTH, Domain

SMALL, CAPITAL, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "1234567890"
CUSTOM_MIN_LENGTH = 2  # characters
ALPHABET = re.compile(r"[A-Za-z0-9_-]+\Z")
SEGMENT = re.compile(r"\^?([A-Za-z0-9_.-]+)")
# Paths that are answered outside the URL configuration, by the static files' middleware or by convention.
OUTSIDE_THE_URLS = frozenset({"static", "media", "robots", "favicon", "sitemap", "well-known", "index", "manifest"})


@cache
def _hashids(alphabet: str) -> Hashids:
    return Hashids(salt=settings.HASHIDS_SALT, min_length=settings.SLUG_LENGTH, alphabet=alphabet)


def generated_slug(number: int, domain: Domain | None = None) -> str | None:
    """The slug of ID `number`, or None where the letters happen to spell a reserved word."""
    folds = domain is not None and not domain.case_sensitive
    slug = hashed(_hashids(SMALL + DIGITS if folds else SMALL + CAPITAL + DIGITS), number)
    return None if is_reserved(slug) else slug


def folded(slug: str, domain: Domain) -> str:
    """`slug` as it is kept: where Slug and slug are the same, in small letters."""
    return slug if domain.case_sensitive else slug.lower()


def problem_with(slug: str) -> str | None:
    """Why nobody can choose `slug`, in words for people; None when it is fine (whether it is taken, only the
    database knows)."""
    if not CUSTOM_MIN_LENGTH <= len(slug) <= SLUG_MAX_LENGTH:
        return _("A name has %(least)d to %(most)d characters; this one has %(length)d.") % {
            "least": CUSTOM_MIN_LENGTH,
            "most": SLUG_MAX_LENGTH,
            "length": len(slug),
        }
    if not ALPHABET.match(slug):
        return _("A name can only contain the letters a to z and A to Z, digits, hyphens and underscores.")
    if is_reserved(slug):
        return _("“%(slug)s” is the address of a page of this site. Choose another name.") % {"slug": slug}
    return None


def is_reserved(slug: str) -> bool:
    """Whether `slug` is, in any case, the first segment of a page's path."""
    return slug.lower() in reserved_words()


@cache
def reserved_words() -> frozenset[str]:
    """First path segments (lower case) of every route in the URL configuration, and a few outside it."""
    return OUTSIDE_THE_URLS | frozenset(word.lower() for word in _first_segments(get_resolver(), ""))


def _first_segments(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.strip("^/"):
            yield from _first_segments(pattern, "")
        elif isinstance(pattern, URLPattern | URLResolver) and (found := SEGMENT.match(route)):
            yield found[1].partition(".")[0] or found[1]
