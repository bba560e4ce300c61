"""`shorten login`, `shorten config`, `shorten --version`."""

from importlib import metadata
from typing import Annotated

import typer
from rich.markup import escape

from shortener.cli import config
from shortener.cli.terminal import NO_ACCESS, AsJson, done, err, explain, fail, out, print_json
from shortener.client import Client, RetryPolicy, ShortenerError


def login(
    url: Annotated[str, typer.Option("--url", prompt="Address of the site", help="As https://go.example.org")],
    api_key: Annotated[
        str, typer.Option("--api-key", prompt="API key", hide_input=True, help="Left out, it is asked for unseen")
    ],
) -> None:
    """Keep the site's address and an API key, after a look whether they work."""
    address = url if "://" in url else f"https://{url.strip()}"
    try:
        with Client(address, api_key, retries=RetryPolicy(attempts=2)) as client:
            client.page(limit=1)
            site = client.site
    except ShortenerError as error:
        explain(error)
    try:
        path = config.save(site, api_key.strip())
    except config.ConfigTrouble as error:
        fail(str(error))
    done(f"Signed in to {site}. The key is in {path}, which only you can read.")


def config_(as_json: AsJson = False) -> None:
    """Show what is configured and where it comes from; of the key, its beginning."""
    try:
        known = config.load()
    except config.ConfigTrouble as error:
        fail(str(error), NO_ACCESS)
    path = config.config_path()
    shown = {
        "file": str(path), "url": known.site, "url_from": known.site_from, "api_key": masked(known.api_key),
        "api_key_from": known.key_from,
    }  # fmt: skip
    if as_json:
        print_json(shown)
    else:
        for name, source in (("url", "url_from"), ("api_key", "api_key_from")):
            out.print(f"{name:8} {escape(shown[name]) or '[dim]not set[/]'}  [dim]{escape(shown[source])}[/]")
        out.print(f"{'file':8} {escape(shown['file'])}")
    if config.is_open_to_others(path):
        err.print(f"[yellow]![/] Other users can read {escape(str(path))}: chmod 600 it.")


def masked(key: str) -> str:
    """The part of a key that is no secret."""
    return f"{key[:11]}…" if len(key) > 20 else "…" if key else ""


def show_version(value: bool) -> None:
    """Print the version and leave."""
    if not value:
        return
    try:
        version = metadata.version("shortener")
    except metadata.PackageNotFoundError:
        version = "from a checkout"
    out.print(f"shorten {version}")
    raise typer.Exit
