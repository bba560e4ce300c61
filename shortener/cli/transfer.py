"""`shorten import` and `shorten export`."""

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shortener.cli.terminal import INCOMPLETE, TROUBLE, USAGE, AsJson, done, err, fail, print_json, signed_in
from shortener.client import Client, Import

SHOWN = 20  # rows that went wrong
FORMATS = ("csv", "json", "ndjson")
DIRECT = ("shlink", "kutt", "yourls")  # shorteners that the server can ask itself


def import_(
    file: Annotated[
        str, typer.Argument(help="CSV, JSON, NDJSON or an SQL dump (- is standard input); or a shortener's address.")
    ],
    source: Annotated[str, typer.Option("--source", help="csv, json, yourls, shlink, kutt or bitly; guessed.")] = "",
    column: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, as url=Target; others are guessed.")
    ] = None,
    taken: Annotated[str, typer.Option("--taken", help="Rows whose name is taken: skip, rename or fail.")] = "skip",
    domain: Annotated[str, typer.Option("--domain", "-d", help="Put all links there.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", help="Give all links this tag; more than one.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import links from a file, or straight from another shortener (its key is asked for unseen)."""
    options: dict[str, Any] = {
        "source": source, "taken": taken, "domain": domain, "tags": tag or [], "dry_run": dry_run,
        "mapping": _mapping(column or []),
    }  # fmt: skip
    with signed_in() as client:
        started = _fetch(client, file, options) if "://" in file else _upload(client, file, options)
        over = _watch(client, started)
    if as_json:
        print_json(over)
    else:
        _report(over)
    if over.state != "done" or over.failed:
        raise typer.Exit(INCOMPLETE)


def export(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output unless given.")] = None,
    format_: Annotated[str, typer.Option("--format", "-f", help="csv, json or ndjson; guessed from the file.")] = "",
    tag: Annotated[str, typer.Option("--tag", "-t", help="Only links with this tag.")] = "",
) -> None:
    """Write all links to a file that `shorten import` reads back."""
    ending = output.suffix.lower().removeprefix(".") if output else FORMATS[0]
    chosen = format_ or ending
    if chosen not in FORMATS:
        what = f"There is no format {chosen}." if chosen else f"I do not know what {output} is to be."
        fail(what, USAGE, f"Say --format; formats: {', '.join(FORMATS)}.")
    with signed_in() as client, client.export(chosen, tag=tag) as parts:
        try:
            with _target(output) as stream, _bytes_bar() as bar:
                task = bar.add_task("Exporting", total=None)
                for part in parts:
                    stream.write(part)
                    bar.advance(task, len(part))
        except BrokenPipeError:
            raise
        except OSError as error:
            fail(f"Cannot write {output}: {error.strerror}.", TROUBLE)
    if output:
        done(f"{output}")


def _mapping(columns: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in columns]
    if wrong := [field + sign for field, sign, _ in pairs if not sign]:
        fail(f"--map takes FIELD=COLUMN, not {wrong[0]}.", USAGE)
    return {field: name for field, _, name in pairs}


def _upload(client: Client, file: str, options: dict[str, Any]) -> Import:
    try:
        with _opened(file) as stream:
            return client.start_import(stream, "links" if file == "-" else Path(file).name, **_as_form(options))
    except OSError as error:
        fail(f"Cannot read {file}: {error.strerror}.", TROUBLE)


@contextlib.contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """To be read, more than once if need be."""
    if file != "-":
        with Path(file).open("rb") as stream:
            yield stream
        return
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        yield kept


def _as_form(options: dict[str, Any]) -> dict[str, str]:
    """As fields of a form: lists and objects as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items() if value}


def _fetch(client: Client, address: str, options: dict[str, Any]) -> Import:
    if options["source"] not in DIRECT:
        fail("Say what runs there: --source shlink, kutt or yourls.", USAGE)
    key = typer.prompt(f"Key of {address}", hide_input=True, err=True)
    wanted = {name: value for name, value in options.items() if value and name != "mapping"}
    return client.fetch_import(url=address, key=key, **wanted)


def _watch(client: Client, started: Import) -> Import:
    """Wait for the end, with a bar. Ctrl-C leaves; the server goes on."""
    words = "Trying" if started.is_dry_run else "Importing"
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err,
        transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(words, total=None)
        last = started
        try:
            for last in client.watch_import(started):
                bar.update(task, completed=last.done, total=last.total or None)
        except KeyboardInterrupt:
            fail(f"Left alone; the server goes on with {last.id}.")
        return last


def _report(over: Import) -> None:
    for problem in over.errors[:SHOWN]:
        style = "yellow" if problem.outcome == "skipped" else "red"
        err.print(f"  [{style}]row {problem.row}[/]  [bold]{escape(problem.field)}[/]  {escape(problem.message)}")
    if len(over.errors) > SHOWN:
        err.print(f"  … and {len(over.errors) - SHOWN} more; --json lists them")
    would = "would be " if over.is_dry_run else ""
    summary = f"{over.created} {would}created, {over.skipped} skipped, {over.failed} failed."
    if over.state == "done":
        done(summary)
    else:
        fail(f"The import {'was cancelled' if over.state == 'cancelled' else 'stopped'}. {over.message} {summary}")


@contextlib.contextmanager
def _target(output: Path | None) -> Any:
    """Where an export goes. A file is only there once it is whole."""
    if output is None:
        yield sys.stdout.buffer
        return
    part = output.with_name(f".{output.name}.part")
    try:
        stream: BinaryIO
        with part.open("wb") as stream:
            yield stream
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _bytes_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), DownloadColumn(), TimeElapsedColumn(), console=err, transient=True
    )
