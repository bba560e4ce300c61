"""Countries and languages, by their names in the reader's language (Unicode CLDR)."""

from functools import cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

REGIONAL_A = 0x1F1E6  # two of these letters are a flag


def country_name(code: str) -> str:
    """What the country of this code (ISO 3166-1 alpha-2) is called; the code itself where that is unknown."""
    return str(_locale(get_language() or "en").territories.get(code.upper(), code))


def language_name(tag: str) -> str:
    """What the language of this tag (BCP 47, as `de` or `pt-BR`) is called; the tag itself where that is unknown."""
    language, _, territory = tag.partition("-")
    name = _locale(get_language() or "en").languages.get(language.lower())
    if name is None:
        return tag
    return f"{name} ({country_name(territory)})" if territory else str(name)


def flag(code: str) -> str:
    """The flag of a country, an emoji; empty for what is no code."""
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        return ""
    return "".join(chr(REGIONAL_A + ord(letter) - ord("A")) for letter in code.upper())


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")
