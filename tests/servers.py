"""A Valkey server of a test's own, to stop, kill and set back."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis

from shortener.infra.embedded.binaries import valkey_server


def wait_until(condition: Callable[[], object], *, seconds: float = 20, what: str = "it") -> None:
    """Return as soon as `condition` holds; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.01)


class Valkey:
    """A server with an append-only file in `directory`, on a Unix socket."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.socket = directory / "v.sock"
        self.url = f"unix://{self.socket}"
        self.client = redis.Redis.from_url(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(valkey_server()), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory),
             "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, what="the start of Valkey")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.client.close()
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def pause(self) -> None:
        """Let the server hang."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def keep_copy(self) -> Path:
        """A copy of the data as it is now, for `set_back`."""
        copy = self.directory.with_name(self.directory.name + "-copy")
        shutil.copytree(self.directory, copy, ignore=shutil.ignore_patterns("*.sock"))
        return copy

    def set_back(self, copy: Path) -> None:
        """Kill the server and start it with the data of `copy`."""
        self.kill()
        shutil.rmtree(self.directory)
        shutil.copytree(copy, self.directory)
        self.start()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False
