"""How a process uses memory."""

import gc
import sys
from resource import RUSAGE_THREAD, getrusage
from threading import Thread

import pytest

from shortener.infra.memory import keep_what_is_there, with_room

CALLS = 100
DEPTHS = range(10, 400)


def _leaf():
    return None


def _deep(levels):
    """So many calls inside each other, and a loop of calls in the innermost."""
    if levels:
        return _deep(levels - 1)
    for _ in range(CALLS):
        _leaf()
    return None


def _most_faults():
    """Pages that were touched for the first time, at the depth where they were the most."""
    most = 0
    for depth in DEPTHS:
        _deep(depth)
        before = getrusage(RUSAGE_THREAD).ru_minflt
        _deep(depth)
        most = max(most, getrusage(RUSAGE_THREAD).ru_minflt - before)
    return most


def _in_a_thread(run):
    found = []
    thread = Thread(target=lambda: found.append(run()))
    thread.start()
    thread.join()
    return found[0]


def test_deep_calls_ask_the_system_for_no_memory_at_every_turn():
    assert _in_a_thread(with_room(_most_faults)) < CALLS // 4


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="this CPython may keep the chunk (gh-142183)")
def test_without_room_they_do():
    assert _in_a_thread(_most_faults) >= CALLS // 2


def test_arguments_results_and_errors_go_through():
    assert with_room(divmod)(7, 2) == (3, 1)
    assert with_room(sorted)([2, 1], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        with_room(divmod)(7, 0)


def test_what_is_there_is_looked_at_no_more_and_what_comes_is():
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        old = []
        old.append(old)
        keep_what_is_there(10_000, 20, 20)
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() == (10_000, 20, 20)
        young = []
        young.append(young)
        assert any(found is young for found in gc.get_objects())
        assert all(found is not old for found in gc.get_objects())
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
