import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from shortener.infra import supervisor as module
from shortener.infra.processes import Child
from shortener.infra.supervisor import StartFailed, Supervisor
from tests.servers import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
FAIL = [sys.executable, "-c", "raise SystemExit(7)"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said):
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop_all()


@pytest.fixture
def watch(supervisor):
    """Begin to watch in the background; ends with the test."""
    thread = threading.Thread(target=supervisor.watch)
    yield thread.start
    supervisor.request_stop()
    thread.join(20)
    assert not thread.is_alive()


def child(tmp_path: Path, name: str = "child", command: list[str] = SLEEP, **fields) -> Child:
    return Child(name, command, log=tmp_path / f"{name}.log", **fields)


def test_a_child_that_ends_at_once_fails_the_start_with_its_reason_and_log(supervisor, tmp_path):
    with pytest.raises(StartFailed, match=r"child ended \(exit code 7\): see .*child\.log"):
        supervisor.start(child(tmp_path, command=FAIL, is_ready=lambda: False), wait=20)


def test_a_child_that_takes_too_long_fails_the_start(supervisor, tmp_path):
    with pytest.raises(StartFailed, match="child was not ready after 0 s"):
        supervisor.start(child(tmp_path, is_ready=lambda: False), wait=0.1)


def test_a_stop_during_the_start_is_no_failure(supervisor, tmp_path):
    supervisor.request_stop()
    supervisor.start(child(tmp_path, is_ready=lambda: False), wait=600)


def test_children_are_stopped_in_reverse_order(supervisor, tmp_path):
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[2], 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    )
    for name in "abc":
        log = tmp_path / f"{name}.log"
        one = child(
            tmp_path,
            name,
            [sys.executable, "-c", code, name, str(order)],
            is_ready=lambda log=log: "up" in log.read_text(),
        )
        supervisor.start(one, wait=20)
    supervisor.stop_all()
    assert order.read_text() == "cba"


def test_what_dies_is_restarted_and_said_so(supervisor, watch, said, tmp_path):
    supervisor.start(child(tmp_path), wait=20)
    kept = supervisor._kept[0]
    first = kept.process
    watch()
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: kept.process is not first and kept.process.poll() is None, what="the restart")
    assert said == ["child died (SIGKILL); restarting in 0.5 s"]


def test_what_keeps_dying_is_given_more_and_more_time(supervisor, said, tmp_path, monkeypatch):
    moment = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: moment)
    failing = child(tmp_path, command=FAIL)
    kept = module._Kept(failing, module.spawn(failing), moment)  # `start` may find that it has ended already
    supervisor._kept.append(kept)
    delays = []
    for _ in range(8):
        kept.process.wait()
        supervisor._look_after(kept)
        delays.append(kept.restart_at - moment)
        moment += delays[-1]
        supervisor._look_after(kept)  # starts it again
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30]
    kept.process.wait()
    moment += module.HEALTHY_AFTER + 1
    supervisor._look_after(kept)
    assert kept.restart_at - moment == 0.5
    assert said[0] == "child died (exit code 7); restarting in 0.5 s"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_stop_everything_and_are_given_back(supervisor, tmp_path, number):
    former = signal.getsignal(number)
    supervisor.start(child(tmp_path), wait=20)
    process = supervisor._kept[0].process
    with supervisor.stopped_by_signals():
        os.kill(os.getpid(), number)
        supervisor.watch()  # ends
    assert process.poll() is not None
    assert signal.getsignal(number) is former
