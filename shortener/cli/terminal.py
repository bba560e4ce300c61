"""Saying things: tables and charts for people on standard output, JSON for programs, mistakes on standard error."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from shortener.cli import config
from shortener.client import (
    ApiError,
    Client,
    NoAnswer,
    NoKey,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RetryPolicy,
    ServerTrouble,
    ShortenerError,
    TooManyRequests,
)

OK, TROUBLE, USAGE, NO_ACCESS, NOT_FOUND, REFUSED, AWAY, INCOMPLETE = range(8)  # exit codes; README has the table

NOTICED = 3.0  # seconds of silence that people wonder about

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def print_json(value: Any) -> None:
    """`value` (dataclasses, times and plain values) as JSON on standard output."""
    sys.stdout.write(json.dumps(_plain(value), indent=2, ensure_ascii=False) + "\n")


def fail(message: str, code: int = TROUBLE, hint: str = "") -> NoReturn:
    """Say what went wrong and leave with `code`."""
    err.print(f"[bold red]✗[/] {escape(message)}")
    if hint:
        err.print(f"  {escape(hint)}")
    raise typer.Exit(code)


def done(message: str) -> None:
    """Good news, for people: not on standard output, which may be a file."""
    err.print(f"[bold green]✓[/] {escape(message)}")


@contextmanager
def signed_in() -> Iterator[Client]:
    """A client of the configured site. What goes wrong with it is said, and ends the command with its exit code."""
    try:
        known = config.load()
        if not known.site or not known.api_key:
            hint = f"Run `shorten login`, or set {config.SITE_VARIABLE} and {config.KEY_VARIABLE}."
            fail("I do not know the site and an API key yet.", NO_ACCESS, hint)
        with Client(known.site, known.api_key, retries=RetryPolicy(before_wait=_say_wait)) as client:
            yield client
    except config.ConfigTrouble as error:
        fail(str(error), NO_ACCESS)
    except ShortenerError as error:
        explain(error)


def _say_wait(seconds: float) -> None:
    """Say why nothing happens, unless it will soon."""
    if seconds >= NOTICED:
        err.print(f"[dim]The site wants {seconds:.0f} seconds of patience. Ctrl-C gives up.[/]")


def explain(error: ShortenerError) -> NoReturn:
    """Say what the server refused, field by field, and leave."""
    otherwise = REFUSED if isinstance(error, ApiError) else TROUBLE
    code = next((code for kind, code in CODES if isinstance(error, kind)), otherwise)
    if not isinstance(error, ApiError):
        fail(str(error), code, HINTS.get(type(error), ""))
    if not error.errors:
        fail(f"{error.title}: {error.detail}" if error.detail else error.title, code, _hint(error))
    err.print(f"[bold red]✗[/] {escape(error.title)}")
    for problem in error.errors:
        err.print(f"  [bold]{escape(problem.field)}[/]  {escape(problem.message)}")
    raise typer.Exit(code)


def _hint(error: ApiError) -> str:
    if error.retry_after is not None:
        return f"Try again in {error.retry_after:.0f} seconds."
    return HINTS.get(type(error), "")


CODES: tuple[tuple[type[ShortenerError], int], ...] = (
    (NoKey, NO_ACCESS),
    (NotSignedIn, NO_ACCESS),
    (NotAllowed, NO_ACCESS),
    (NotFound, NOT_FOUND),
    (TooManyRequests, AWAY),
    (ServerTrouble, AWAY),
    (NoAnswer, AWAY),
)
HINTS: dict[type[ShortenerError], str] = {
    NoKey: "Keys begin with sk_ and are shown whole once, when they are made.",
    NotSignedIn: "Run `shorten login` with a valid key.",
    NoAnswer: "Is the address right, and the site up? `shorten config` shows what is used.",
}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        raw = getattr(value, "raw", None)
        return raw or _plain(asdict(value))
    for kind, convert in _PLAIN:
        if isinstance(value, kind):
            return convert(value)
    return value


_PLAIN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (dict, lambda value: {name: _plain(entry) for name, entry in value.items()}),
    (list, lambda value: [_plain(entry) for entry in value]),
    (datetime, datetime.isoformat),
)
