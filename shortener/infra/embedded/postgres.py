"""The embedded PostgreSQL: a cluster of its own, reached over a Unix socket that only its user can open."""

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

from shortener.infra.embedded.binaries import postgres_bin
from shortener.infra.embedded.errors import EmbeddedError
from shortener.infra.embedded.home import Home

STOP_WAIT = 30.0  # seconds for a former server to end
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "log_checkpoints": "off",
    "jit": "off",  # short queries: compiling them costs more than it saves
}
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests that do not kill it


def initialise(home: Home) -> bool:
    """Make the cluster unless there is one; whether it was made now. Raises `EmbeddedError`.

    It is made under another name and renamed last: an interrupted attempt leaves nothing that looks like a cluster.
    """
    target = home.layout.postgres_dir
    if target.exists():
        return False
    draft = target.with_name(f"{target.name}-draft")
    shutil.rmtree(draft, ignore_errors=True)
    command = [
        *(str(postgres_bin(home.site) / "initdb"), "--username=app", "--auth=trust", "--encoding=UTF8"),
        *("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pgdata={draft}"),
    ]
    log = home.layout.log_dir / "initdb.log"
    with log.open("wb") as output:
        result = subprocess.run(command, stdout=output, stderr=output, check=False, **child_options(home))  # noqa: S603
    if result.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL could not make its files: {_last_line(log)} (see {log})")
    draft.rename(target)
    return True


def prepare(home: Home) -> None:
    """Wait for a former server's end, then remove what it may have left: a stale PID file can name a stranger."""
    data = str(home.layout.postgres_dir)
    deadline = time.monotonic() + STOP_WAIT
    while data in _working_directories():  # every process of PostgreSQL works in its data directory
        if time.monotonic() > deadline:
            raise EmbeddedError(f"A PostgreSQL server still runs in {data}: stop it first.")
        time.sleep(0.05)
    for stale in (home.layout.postgres_dir / "postmaster.pid", home.layout.socket_dir / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)


def command(home: Home, *, durable: bool = True) -> list[str]:
    """The server's command line. Not `durable`: it may lose everything when the machine stops."""
    settings = SETTINGS | ({} if durable else UNSAFE)
    return [
        *(str(postgres_bin(home.site) / "postgres"), "-D", str(home.layout.postgres_dir)),
        *("-k", str(home.layout.socket_dir)),
        *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
    ]


def answers(home: Home) -> bool:
    """Whether the server takes connections; makes the database when it does for the first time."""
    try:
        with psycopg.connect(
            host=str(home.layout.socket_dir), user="app", dbname="postgres", autocommit=True, connect_timeout=2
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'app'").fetchone()
            if not found:
                connection.execute("CREATE DATABASE app")
    except psycopg.OperationalError:
        return False
    return True


def version(home: Home) -> str:
    """As `PostgreSQL 18.6`."""
    out = subprocess.run(  # noqa: S603
        [str(postgres_bin(home.site) / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    return f"PostgreSQL {out.split()[2]}" if len(out.split()) > 2 else "PostgreSQL"


def child_options(home: Home) -> dict[str, Any]:
    """Arguments of `Popen` for the servers: their user, and none of our environment (an uninstalled LANG breaks
    initdb)."""
    return {
        "env": {"PATH": os.defpath, "LANG": "C"},
        "cwd": home.layout.servers_dir,
        "stdin": subprocess.DEVNULL,
        **home.identity.changes,
    }


def _working_directories() -> set[str]:
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return found


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
