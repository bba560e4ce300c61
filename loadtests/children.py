"""Programs that the bench starts: each in a session of its own, its output in a file, stopped with its descendants."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil  # type: ignore[import-untyped,unused-ignore]

from loadtests.errors import BenchError
from shortener.infra import processes

STOP_SECONDS = 30.0  # an orderly stop of the whole stack takes a few
LOG_LINES = 15  # of a program's output shown when it fails
SYSTEM_DIRECTORIES = "/usr/local/sbin:/usr/sbin:/sbin"  # not in an ordinary user's PATH on Debian


class Program:
    """A program that runs during a `with` block, and ends by the kernel when this process is killed."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, env: Mapping[str, str], cwd: Path) -> None:
        self._child = processes.Child(
            name, command, log=log, stop_wait=STOP_SECONDS,
            options={"env": dict(env), "cwd": cwd, "stdin": subprocess.DEVNULL},
        )  # fmt: skip
        self._log = log
        self._process = processes.spawn(self._child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ask the program to end, and end what is left of its descendants afterwards."""
        family = descendants(self.pid)
        processes.stop(self._process, self._child)
        for process in family:
            with suppress(psutil.NoSuchProcess):  # psutil notices when the number now belongs to another process
                process.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until(self, condition: Callable[[], object], *, seconds: float, what: str) -> None:
        """Return when `condition` holds. Raises `BenchError` when the program ends first, or it takes too long."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self._process.poll() is not None:
                raise BenchError(f"{self._child.name} ended before {what}:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise BenchError(f"no {what} within {seconds:.0f} s:\n{self._last_words()}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def descendants(pid: int) -> list[psutil.Process]:
    """Children of process `pid`, their children, and so on."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on `port` of the loopback interface."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def program(name: str) -> str | None:
    """The path of an installed program."""
    return shutil.which(name) or shutil.which(name, path=SYSTEM_DIRECTORIES)


def require_programs(*names: str) -> None:
    """Raises `BenchError` when one of them is not installed."""
    if missing := [name for name in names if program(name) is None]:
        raise BenchError(f"{' and '.join(missing)} not found: apt install nginx-light wrk")
