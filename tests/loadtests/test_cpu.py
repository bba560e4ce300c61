"""CPU accounting: whose time, and how much of it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests import cpu
from loadtests.errors import BenchError

BURN = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, {script!r}, "leaf"]) if sys.argv[1:] == ["parent"] else None
print("up", flush=True)
time.sleep(60)
"""


def test_time_is_divided_by_the_requests() -> None:
    assert cpu.per_request(before=1.5, after=2.0, requests=20_000) == pytest.approx(25.0)


def test_without_requests_there_is_nothing_to_divide_by() -> None:
    with pytest.raises(BenchError, match="no request"):
        cpu.per_request(1.0, 2.0, 0)


def test_the_clock_counts_the_work_of_a_process() -> None:
    with subprocess.Popen([sys.executable, "-c", BURN + "input()"], stdin=subprocess.PIPE) as process:
        clock = cpu.CpuClock([process.pid])
        deadline = time.monotonic() + 20
        while clock.seconds() < 0.25 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        worked = clock.seconds()
        time.sleep(0.2)
        idle = clock.seconds() - worked
        process.communicate(b"\n")

    assert worked >= 0.25
    assert idle < 0.15  # waiting costs nothing


def test_the_clock_counts_the_work_of_all_threads() -> None:
    threads = (
        "import threading\n"
        f"def work(): exec({BURN.replace('process_time', 'thread_time')!r})\n"
        "ts = [threading.Thread(target=work) for _ in range(2)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]\nprint('done', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", threads], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        used = cpu.CpuClock([process.pid]).seconds()
        process.communicate(b"\n")

    assert used >= 0.6


def test_work_of_less_than_a_tick_is_counted() -> None:
    """A yardstick that took no time at all, because its requests fitted into 10 ms, could not be divided by."""
    with subprocess.Popen(
        [sys.executable, "-c", "while True: print(input(), flush=True)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        clock = cpu.CpuClock([process.pid])
        seen = [clock.seconds()]
        for _ in range(20):
            process.stdin.write(b"asked\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"asked\n"
            seen.append(clock.seconds())
        process.stdin.close()

    assert seen == sorted(seen)
    assert seen[-1] > seen[1]  # the first answer came after the start of Python


def test_a_process_that_ends_while_it_is_measured_is_no_figure() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    clock = cpu.CpuClock([process.pid])
    process.communicate(b"\n")

    with pytest.raises(BenchError, match="ended"):
        clock.seconds()
    with pytest.raises(BenchError, match="ended"):
        cpu.CpuClock([process.pid])


@pytest.fixture
def family(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process called gunicorn with a child called gunicorn, below this one."""
    script = tmp_path / "gunicorn"
    script.write_text(FAMILY.format(script=str(script)))
    parent = subprocess.Popen([sys.executable, str(script), "parent"], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert [parent.stdout.readline(), parent.stdout.readline()] == [b"up\n", b"up\n"]
    yield parent
    for pid in reversed(cpu.children_of(parent.pid)):
        os.kill(pid, 9)
    parent.communicate()


def test_web_workers_are_the_children_that_the_web_server_supervises(family: subprocess.Popen[bytes]) -> None:
    workers = cpu.web_workers(os.getpid())

    assert len(workers) == 1
    assert workers[0] != family.pid
    assert cpu.children_of(family.pid) == [family.pid, *workers]


def test_no_web_worker_is_found_where_there_is_none() -> None:
    assert cpu.web_workers(os.getpid()) == []
    assert cpu.ingest_workers(os.getpid()) == []
