import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from shortener.infra.processes import Child, spawn, stop, wait_ready
from tests.servers import wait_until

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]
PARENT = """
import sys, time
from pathlib import Path
from shortener.infra.processes import Child, spawn
print(spawn(Child("child", [sys.executable, "-c", "import time; time.sleep(600)"], log=Path(sys.argv[1]))).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


@contextlib.contextmanager
def running(child: Child):
    process = spawn(child)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def says_up(child: Child) -> Child:
    return Child(
        child.name,
        child.command,
        log=child.log,
        stop_wait=child.stop_wait,
        is_ready=lambda: "up" in child.log.read_text(),
    )


def test_a_child_is_ready_when_it_says_so(log):
    child = says_up(Child("child", SLEEP, log=log))
    with running(child) as process:
        assert wait_ready(process, child, 20, lambda: True)
        assert "up" in log.read_text()


def test_waiting_ends_when_the_child_does(log):
    child = Child("child", [sys.executable, "-c", "raise SystemExit(3)"], log=log, is_ready=lambda: False)
    with running(child) as process:
        assert not wait_ready(process, child, 600, lambda: True)
        assert process.wait() == 3


def test_waiting_ends_when_nobody_wants_it_any_more(log):
    child = Child("child", SLEEP, log=log, is_ready=lambda: False)
    with running(child) as process:
        assert not wait_ready(process, child, 600, lambda: False)


def test_a_child_that_ends_in_good_time_is_not_killed(log):
    child = says_up(Child("child", SLEEP, log=log))
    with running(child) as process:
        assert wait_ready(process, child, 20, lambda: True)
        stop(process, child)
        assert process.returncode == -signal.SIGTERM


def test_a_child_that_does_not_want_to_end_is_killed(log):
    child = says_up(Child("child", STUBBORN, log=log, stop_wait=0.2))
    with running(child) as process:
        assert wait_ready(process, child, 20, lambda: True)
        stop(process, child)
        assert process.returncode == -signal.SIGKILL


def test_a_child_ends_when_its_parent_is_killed(log):
    with subprocess.Popen([sys.executable, "-c", PARENT, log], stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the child's end")


def test_without_a_log_its_lines_come_to_us_with_its_name(capsys):
    child = Child("talker", [sys.executable, "-c", "print('a word')"])
    with running(child) as process:
        process.wait()
        said = ""

        def relayed() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "a word" in said

        wait_until(relayed, what="the relaying of the line")
        assert said == "talker   | a word\n"


def test_what_is_to_be_done_before_each_start_is_done(log):
    done = []
    with running(Child("child", SLEEP, log=log, before=lambda: done.append(1))):
        assert done == [1]
