"""Every address of the site, read from its URL configuration: a page that is added there is tested and measured without
being named anywhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

API = "api/v1/"  # has budgets of its own


@dataclass(frozen=True)
class Address:
    """A path of the site, and the name of its pattern, as `web:links`."""

    name: str
    path: str


class NoValue(Exception):
    """A pattern has a parameter that nobody has named a value for."""


def addresses(values: Mapping[str, object]) -> list[Address]:
    """All addresses outside the API that have a name, with their parameters filled in from `values`: by the pattern's
    name, a dot and the parameter's (`web:label-create.kind`); by the beginning of such a name (`admin:links_link_`,
    `web:label-`); or by the parameter's name alone. A value of None leaves the address out. Raises `NoValue`."""
    from django.urls import get_resolver, reverse

    found = {}
    for name, parameters in _patterns(get_resolver().url_patterns):
        filled = {parameter: _value(values, name, parameter) for parameter in parameters}
        if None not in filled.values():
            found[name] = Address(name, reverse(name, kwargs=filled))
    return list(found.values())


def _patterns(patterns: Any, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """Names, and the parameters that each takes, also from the prefixes that it is included under."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if route.startswith(API):
            continue
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            for name, parameters in _patterns(pattern.url_patterns, route, inner):
                yield name, [*_parameters(pattern), *parameters]
        elif pattern.name:
            yield f"{namespace}{pattern.name}", _parameters(pattern)


def _parameters(pattern: Any) -> list[str]:
    named = [*pattern.pattern.converters, *pattern.pattern.regex.groupindex]
    return list(dict.fromkeys(named))


def _value(values: Mapping[str, object], name: str, parameter: str) -> object:
    exact = f"{name}.{parameter}"
    if exact in values:
        return values[exact]
    prefixes = [key for key in values if key[-1] in "_-" and name.startswith(key)]
    if prefixes:
        return values[max(prefixes, key=len)]
    if parameter not in values:
        raise NoValue(f"Name a value for {parameter} of {name}.")
    return values[parameter]
