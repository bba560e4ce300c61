"""The embedded servers as a whole."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shortener.infra.embedded import postgres, valkey
from shortener.infra.embedded.errors import EmbeddedError
from shortener.infra.embedded.home import Home, opened
from shortener.infra.embedded.layout import layout_for
from shortener.infra.processes import Child, spawn, stop, wait_ready

START_WAIT = 120.0  # seconds: recovery after a crash may take a while


@dataclass(frozen=True)
class Stack:
    """Running servers."""

    database_url: str
    redis_url: str
    pids: tuple[int, ...]


def postgres_child(home: Home, *, durable: bool = True) -> Child:
    """PostgreSQL in `home`, for a supervisor."""
    return Child(
        name="postgres",
        command=postgres.command(home, durable=durable),
        is_ready=lambda: postgres.answers(home),
        stop_signal=signal.SIGINT,  # "fast": connections are cut, nothing is lost
        stop_wait=30.0,
        options=postgres.child_options(home),
        log=home.layout.log_dir / "postgres.log",
        before=lambda: postgres.prepare(home),
    )


def valkey_child(home: Home, *, fsync: str = "always") -> Child:
    """Valkey in `home`, for a supervisor."""
    return Child(
        name="valkey",
        command=valkey.command(home, fsync=fsync),
        is_ready=lambda: valkey.answers(home),
        options=postgres.child_options(home),
        log=home.layout.log_dir / "valkey.log",
    )


@contextlib.contextmanager
def running(
    data_dir: Path,
    *,
    durable: bool = True,
    fsync: str = "always",
    on_step: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """Both servers in `data_dir`, stopped in reverse order at the end. Raises `EmbeddedError`."""
    with opened(layout_for(data_dir)) as home, contextlib.ExitStack() as servers:
        postgres.initialise(home)
        pids = []
        for child in (postgres_child(home, durable=durable), valkey_child(home, fsync=fsync)):
            began = time.monotonic()
            process = spawn(child)
            servers.callback(stop, process, child)
            if not wait_ready(process, child, START_WAIT, lambda: True):
                raise EmbeddedError(f"{child.name} did not start: see {child.log}")
            on_step(f"{child.name} ready ({time.monotonic() - began:.1f} s)")
            pids.append(process.pid)
        yield Stack(home.layout.database_url, home.layout.redis_url, tuple(pids))
