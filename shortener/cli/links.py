"""`shorten URL`, `list`, `stats`, `qr`, `delete`."""

import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import segno
import typer
from rich.markup import escape
from rich.table import Table

from shortener.cli.charts import stats_view
from shortener.cli.terminal import (
    NOT_FOUND,
    TROUBLE,
    USAGE,
    AsJson,
    done,
    err,
    fail,
    out,
    print_json,
    signed_in,
)
from shortener.client import Client, Link

QR_MARK = "qr=1"  # what the addresses in QR codes end in, so that scans can be told from other clicks
KINDS = (".svg", ".png", ".pdf", ".eps", ".txt")

Which = Annotated[str, typer.Argument(metavar="LINK", help="A short URL, or the ID of a link.")]


def new(
    url: Annotated[str, typer.Argument(help="The address to shorten; - reads it from standard input.")],
    slug: Annotated[str, typer.Option("--slug", "-s", help="The name behind the slash; made up unless given.")] = "",
    domain: Annotated[str, typer.Option("--domain", "-d", help="One of your domains.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A word to find it by; more than one.")] = None,
    title: Annotated[str, typer.Option("--title", help="For you; visitors do not see it.")] = "",
    starts: Annotated[datetime | None, typer.Option("--starts", help="It does not work before (UTC).")] = None,
    expires: Annotated[datetime | None, typer.Option("--expires", help="It stops working then (UTC).")] = None,
    clicks: Annotated[int | None, typer.Option("--clicks", help="It stops working after so many.")] = None,
    status: Annotated[int | None, typer.Option("--status", help="301, 302, 307 or 308.")] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password that visitors need.")] = False,
    with_qr: Annotated[bool, typer.Option("--qr", help="Draw its QR code as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a short link and print it, alone on standard output."""
    fields: dict[str, Any] = {
        "slug": slug, "domain": domain, "tags": tag or [], "title": title, "active_from": _utc(starts),
        "active_until": _utc(expires), "click_limit": clicks, "status": status,
    }  # fmt: skip
    if password:
        fields["password"] = typer.prompt("Password of the link", hide_input=True, confirmation_prompt=True)
    address = sys.stdin.read().strip() if url == "-" else url
    with signed_in() as client:
        link = client.create(address, **{name: value for name, value in fields.items() if value not in (None, "", [])})
    if as_json:
        print_json(link)
        return
    out.print(escape(link.short_url))
    if with_qr:
        _draw(link)


def list_(
    text: Annotated[str, typer.Argument(help="Letters in name, destination or title.")] = "",
    tag: Annotated[str, typer.Option("--tag", "-t", help="Only links with this tag.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="At most so many; 0 for all.")] = 25,
    as_json: AsJson = False,
) -> None:
    """List links, newest first."""
    with signed_in() as client:
        found = client.links(**{name: value for name, value in (("q", text), ("tag", tag)) if value})
        links = list(islice(found, limit or None))
    if as_json:
        print_json(links)
    elif not links:
        err.print("No links." if not (text or tag) else "Nothing found.")
    else:
        out.print(_table(links), soft_wrap=False)


def stats(
    link: Which,
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How far back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show how often a link is followed, with a chart."""
    with signed_in() as client:
        found = _find(client, link)
        counted = client.stats(found, days=days)
    if as_json:
        print_json(counted)
    else:
        out.print(stats_view(counted, f"{found.short_url}, the last {days} days", min(out.width, 110)), soft_wrap=False)


def qr(
    link: Which,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=f"A file: {', '.join(KINDS)}.")] = None,
    scale: Annotated[int, typer.Option("--scale", min=1, max=100, help="Pixels of a module, in files.")] = 10,
) -> None:
    """Draw a link's QR code in the terminal, or into a file."""
    if output is not None and output.suffix.lower() not in KINDS:
        fail(f"I cannot write {output.suffix or 'a file without an ending'}.", USAGE, f"Endings: {', '.join(KINDS)}.")
    with signed_in() as client:
        found = _find(client, link)
    if output is None:
        _draw(found)
        return
    try:
        _code(found).save(str(output), scale=scale)
    except OSError as error:
        fail(f"Cannot write {output}: {error.strerror}.", TROUBLE)
    done(f"{output}: {found.short_url}")


def delete(
    link: Which,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a link. Nobody can use its name again."""
    with signed_in() as client:
        found = _find(client, link)
        if not yes:
            typer.confirm(f"Delete {found.short_url} → {found.url}?", abort=True, err=True)
        client.delete(found)
    done(f"Deleted {found.short_url}.")


def _find(client: Client, which: str) -> Link:
    """The link that somebody means."""
    if which.startswith("link_") and "/" not in which:
        return client.get(which)
    found = client.find(which if "/" in which else f"{client.site}/{which}")
    if found is None:
        fail(f"There is no link {which}, or none that your key may see.", NOT_FOUND)
    return found


def _table(links: list[Link]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name, options in COLUMNS.items():
        table.add_column(name, **options)
    for link in links:
        created = f"{link.created_at:%Y-%m-%d}" if link.created_at else ""
        state = "" if link.state == "active" else link.state
        row = (link.short_url, link.title or link.url, ", ".join(link.tags), state, created)
        table.add_row(*map(escape, row))
    return table


COLUMNS: dict[str, dict[str, Any]] = {
    "Short link": {"style": "bold", "no_wrap": True},
    "Leads to": {"overflow": "ellipsis", "no_wrap": True, "max_width": 60},
    "Tags": {"overflow": "fold"},
    "State": {"style": "yellow"},
    "Made": {"no_wrap": True, "style": "dim"},
}


def _utc(moment: datetime | None) -> datetime | None:
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _code(link: Link) -> Any:
    return segno.make(f"{link.short_url}?{QR_MARK}", micro=False)


def _draw(link: Link) -> None:
    _code(link).terminal(out=sys.stdout, compact=True, border=2)
