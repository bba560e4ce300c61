"""The real thing: `manage.py up` on a data directory and a port of its own, with nothing taken from the caller's
settings, so that a bench never touches a database that somebody uses."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.env import Environment
from loadtests.children import Program, free_port
from loadtests.cpu import CpuClock, ingest_workers, web_workers
from loadtests.errors import BenchError
from shortener.infra.rate_plans import KINDS

ROOT = Path(__file__).resolve().parent.parent
UP = (sys.executable, "manage.py", "up")
# Counted, as always, and never spent: a bench asks more than anybody is allowed.
_MUCH = dict.fromkeys(KINDS, "1000000000/minute")
NO_LIMIT = json.dumps(
    {
        "standard": {"key": _MUCH, "workspace": _MUCH},
        "anonymous": {"create": "1000000000/minute", "failures": "1000000000/minute"},
    }
)
START_SECONDS = 240.0  # the first start makes a database, and the machine may have much else to do


@dataclass(frozen=True)
class Stack:
    """A running stack. `environment` holds the settings that other processes need to reach its stores."""

    port: int
    data_dir: Path
    environment: Mapping[str, str]
    pid: int

    @property
    def host(self) -> str:
        """As in a Host header."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def web_cpu(self) -> CpuClock:
        """The clock of the web processes."""
        return CpuClock(_some(web_workers(self.pid), "web process"))

    def ingest_pids(self) -> list[int]:
        """The processes that write clicks to PostgreSQL."""
        return _some(ingest_workers(self.pid), "ingest worker")


@contextmanager
def running(directory: Path, *, workers: int, fast_path: bool = True) -> Iterator[Stack]:
    """Start the stack with `workers` web processes and its data in `directory`; it ends with the block."""
    port = free_port()
    environment = settings(directory / "data", port, workers) | {"FAST_PATH": "yes" if fast_path else "no"}
    everything = {**without_settings(os.environ), **environment}
    with Program("the stack", UP, directory / "stack.log", env=everything, cwd=ROOT) as up:
        up.wait_until(lambda: _is_ready(port), seconds=START_SECONDS, what="start of the stack")
        yield Stack(port, directory / "data", environment, up.pid)


def settings(data_dir: Path, port: int, workers: int) -> dict[str, str]:
    """What the stack is told."""
    return {
        "DATA_DIR": str(data_dir),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "ADMIN_EMAIL": "bench@localhost.localdomain",
        "LOG_LEVEL": "WARNING",
        "RATE_PLANS": NO_LIMIT,
    }


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` less everything that this project reads from it."""
    ours = {form for name in Environment.model_fields for form in (name, f"{name}_FILE")}
    return {name: value for name, value in environ.items() if name not in ours}


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _some(pids: list[int], what: str) -> list[int]:
    if not pids:
        raise BenchError(f"the stack has no {what}")
    return pids
