"""The pool of threads that Django runs in."""

import subprocess
import sys
from functools import partial
from queue import SimpleQueue
from threading import Event, current_thread

import pytest

from shortener.infra.threads import Threads
from tests.servers import wait_until

SECONDS = 10


@pytest.fixture
def threads():
    pool = Threads(2, "pool")
    yield pool
    pool.shutdown()


def test_no_more_than_so_many_run_at_once_and_what_waits_runs_later(threads):
    may_end, seen = Event(), SimpleQueue()

    def busy():
        seen.put(current_thread().name)
        may_end.wait(SECONDS)

    threads.start(busy)
    threads.start(busy)
    assert {seen.get(timeout=SECONDS), seen.get(timeout=SECONDS)} == {"pool-0", "pool-1"}
    waiting = [threads.submit(seen.put, number) for number in range(50)]
    assert seen.empty()
    may_end.set()
    for future in waiting:
        assert future.result(SECONDS) is None
    assert sorted(seen.get(timeout=SECONDS) for _ in range(50)) == list(range(50))


def test_what_waits_runs_in_its_order():
    pool, may_end, ran = Threads(1, "pool"), Event(), []
    pool.start(lambda: may_end.wait(SECONDS))
    for number in range(50):
        pool.start(partial(ran.append, number))
    may_end.set()
    pool.shutdown()
    assert ran == list(range(50))


def test_who_was_busy_last_is_the_next(threads):
    """One request after the other needs one thread, and one connection to PostgreSQL."""
    used = set()
    for _ in range(20):
        done = Event()
        threads.start(lambda done=done: (used.add(current_thread().name), done.set()))
        assert done.wait(SECONDS)
        wait_until(lambda: threads._idle, what="a thread that has nothing to do")
    assert used == {"pool-0"}


def test_results_and_errors_come_back(threads):
    assert threads.submit(divmod, 7, 2).result(SECONDS) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result(SECONDS)


def test_a_task_that_fails_is_logged_and_its_thread_goes_on(threads, caplog):
    threads.start(lambda: 1 / 0)
    names = {threads.submit(lambda: current_thread().name).result(SECONDS) for _ in range(20)}
    assert names <= {"pool-0", "pool-1"}
    assert "a task of the thread pool failed" in caplog.text


def test_what_was_cancelled_while_it_waited_does_not_run(threads):
    may_end, ran = Event(), []
    for _ in range(2):
        threads.start(lambda: may_end.wait(SECONDS))
    future = threads.submit(ran.append, 1)
    assert future.cancel()
    may_end.set()
    threads.shutdown()
    assert ran == []


def test_all_that_was_begun_is_done_at_the_end_and_nothing_more_is_taken():
    pool, may_end, ran = Threads(1, "pool"), Event(), []
    pool.start(lambda: may_end.wait(SECONDS))
    pool.start(lambda: ran.append(1))
    may_end.set()
    pool.shutdown()
    assert ran == [1]
    with pytest.raises(RuntimeError):
        pool.start(print)


def test_a_process_that_ends_does_what_was_begun():
    code = """
import time
from shortener.infra.threads import Threads
pool = Threads(2, "pool")
pool.start(lambda: (time.sleep(0.2), print("done", flush=True)))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "done\n"
