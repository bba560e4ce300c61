"""`manage.py up` in a directory and on a port of its own: the site as `make run` starts it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import psutil

from loadtests.children import descendants, free_port
from loadtests.stack import NO_LIMIT, without_settings
from tests.servers import wait_until

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180.0  # longest wait for a start: a busy machine is not a failure


class Up:
    """The command. Settings of the caller do not reach it; `environment` does."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.environment = {
            **without_settings(os.environ), "DATA_DIR": str(directory / "data"), "PORT": str(self.port),
            "WEB_WORKERS": "1", "LOG_LEVEL": "WARNING", "RATE_PLANS": NO_LIMIT, **environment,
        }  # fmt: skip
        self._log = directory / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """All that it has said since its last start."""
        return self._log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not been waited for."""
        return self._process is not None

    def start(self) -> None:
        """Start and wait until the site is ready."""
        self.begin()
        self.wait_for("Ready: ")

    def begin(self) -> None:
        """Start without waiting."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def wait_for(self, words: str) -> None:
        """Wait until it has said `words`."""

        def said() -> bool:
            if words in self.output:
                return True
            assert self._process is not None
            assert self._process.poll() is None, f"ended before it said {words!r}:\n{self.output}"
            return False

        wait_until(said, seconds=START_SECONDS, what=f"{words!r}")

    def run(self) -> int:
        """Start, and wait for its end; the exit code."""
        self.begin()
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        code = self._process.wait(60)
        self._process = None
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def family(self) -> list[psutil.Process]:
        """It and all that it has started."""
        assert self._process is not None
        return [psutil.Process(self._process.pid), *descendants(self._process.pid)]

    def children(self, words: str) -> list[psutil.Process]:
        """Its children whose command line holds `words`."""
        found = []
        for process in self.family()[1:]:
            with contextlib.suppress(psutil.Error):  # it has ended in the meantime
                if words in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill_everything(self) -> None:
        """SIGKILL for it and all that it has started, and wait for their ends: until then they may still write."""
        family = self.family()
        for process in reversed(family):  # children first: the end of a parent would let them end in order
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.wait()
        wait_until(lambda: not any(map(_is_alive, family)), what="the end of all that was killed")
        wait_until(self._is_left, what="the end of all that works among its data")

    def _is_left(self) -> bool:
        """Whether nobody works among its data, as a server's child does that began while others were killed."""
        data = Path(self.environment["DATA_DIR"])
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if _is_alive(process) and Path(process.cwd()).is_relative_to(data):
                    return False
        return True

    def clean_up(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self._process is not None:
            self.kill_everything()

    def manage(self, *words: str) -> str:
        """What `manage.py` with these words prints, in its surroundings."""
        return subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, check=True, capture_output=True,
            text=True, timeout=60,
        ).stdout.strip()  # fmt: skip

    def get(self, path: str) -> tuple[int, Message, bytes]:
        """Status, headers and body of the page at `path`; redirects are not followed."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
        try:
            with opener.open(self.url + path, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read()

    def is_ready(self) -> bool:
        """Whether it answers that it can do everything."""
        try:
            return self.get("/health/ready")[0] == 200
        except OSError:
            return False


@contextlib.contextmanager
def open_directory() -> Iterator[Path]:
    """A temporary directory that other users may enter: as root, the servers run as one of them."""
    directory = Path(tempfile.mkdtemp(prefix="shortener-test-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def standing(**environment: str) -> Iterator[Up]:
    """The site, started, for several tests."""
    with open_directory() as directory:
        up = Up(directory, **environment)
        try:
            up.start()
            yield up
        finally:
            up.clean_up()


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None
