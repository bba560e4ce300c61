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


@dataclass(frozen=True)
class Pattern:
    """A URL pattern: its route, its name with its namespaces (with nothing behind them if it has none of its own), and
    its parameters."""

    route: str
    name: str
    parameters: tuple[str, ...]

    @property
    def is_nameless(self) -> bool:
        """Whether it has no name of its own."""
        return not self.name or self.name.endswith(":")


class NoValue(Exception):
    """A pattern has a parameter that nobody has named a value for."""


def addresses(values: Mapping[str, object]) -> list[Address]:
    """All addresses outside the API that have a name, with their parameters filled in from `values`: by the pattern's
    name, a dot and the parameter's (`web:label-create.kind`); by the beginning of such a name (`admin:links_link_`,
    `web:label-`); or by the parameter's name alone. A value of None leaves the address out. Raises `NoValue`."""
    from django.urls import reverse

    found = {}
    for pattern in patterns():
        if pattern.route.startswith(API) or pattern.is_nameless:
            continue
        filled = {parameter: _value(values, pattern.name, parameter) for parameter in pattern.parameters}
        if None not in filled.values():
            found[pattern.name] = Address(pattern.name, reverse(pattern.name, kwargs=filled))
    return list(found.values())


def patterns() -> Iterator[Pattern]:
    """Every pattern of the URL configuration, with what the prefixes have that it is included under."""
    from django.urls import get_resolver

    return _patterns(get_resolver().url_patterns, Pattern("", "", ()))


def _patterns(found: Any, outside: Pattern) -> Iterator[Pattern]:
    for each in found:
        route, parameters = f"{outside.route}{each.pattern}", (*outside.parameters, *_parameters(each))
        if hasattr(each, "url_patterns"):
            namespace = f"{outside.name}{each.namespace}:" if each.namespace else outside.name
            yield from _patterns(each.url_patterns, Pattern(route, namespace, parameters))
        else:
            yield Pattern(route, f"{outside.name}{each.name or ''}", parameters)


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
