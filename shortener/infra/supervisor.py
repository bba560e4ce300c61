"""Keeps child processes running: starts them in order, restarts what dies, stops all in reverse order."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

from shortener.infra.processes import Child, spawn, stop, wait_ready

FIRST_DELAY = 0.5  # seconds before the first restart; doubled each time
LONGEST_DELAY = 30.0  # seconds
HEALTHY_AFTER = 30.0  # seconds of running after which the delay starts over
CHECK_EVERY = 0.1  # seconds


class StartFailed(Exception):
    """A child did not become ready."""


@dataclass
class _Kept:
    """A child and its life so far."""

    child: Child
    process: "subprocess.Popen[bytes]"
    started: float
    delay: float = FIRST_DELAY
    restart_at: float | None = None


class Supervisor:
    """Runs children until `request_stop`. `say` gets one line for people at every event."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: list[_Kept] = []
        self._stopping = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stopping.is_set()

    def request_stop(self, *_: int | FrameType | None) -> None:
        """Ask for a stop; also a signal handler."""
        self._stopping.set()

    @contextlib.contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP ask for a stop, and everything is stopped at the end."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        former = {number: signal.signal(number, self.request_stop) for number in numbers}
        try:
            yield
        finally:
            self.stop_all()
            for number, handler in former.items():
                signal.signal(number, handler)

    def start(self, child: Child, *, wait: float) -> None:
        """Start `child` and wait up to `wait` seconds until it is ready. Raises `StartFailed`, unless a stop was
        asked for meanwhile."""
        kept = _Kept(child, spawn(child), time.monotonic())
        self._kept.append(kept)
        if not wait_ready(kept.process, child, wait, lambda: not self.is_stopping) and not self.is_stopping:
            ended = kept.process.poll()
            what = f"ended ({_reason(ended)})" if ended is not None else f"was not ready after {wait:.0f} s"
            raise StartFailed(f"{child.name} {what}" + (f": see {child.log}" if child.log else ""))

    def watch(self) -> None:
        """Restart what dies, until a stop is asked for."""
        while not self._stopping.wait(CHECK_EVERY):
            for kept in self._kept:
                self._look_after(kept)

    def stop_all(self) -> None:
        """Stop all children, the last one first."""
        self._stopping.set()
        while self._kept:
            kept = self._kept.pop()
            stop(kept.process, kept.child)

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.restart_at is not None:
            if now >= kept.restart_at:
                kept.process, kept.started, kept.restart_at = spawn(kept.child), now, None
        elif (ended := kept.process.poll()) is not None:
            if now - kept.started > HEALTHY_AFTER:
                kept.delay = FIRST_DELAY
            self._say(f"{kept.child.name} died ({_reason(ended)}); restarting in {kept.delay:g} s")
            kept.restart_at = now + kept.delay
            kept.delay = min(2 * kept.delay, LONGEST_DELAY)


def _reason(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
