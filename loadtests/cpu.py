"""CPU time of processes, as the kernel counts it: user and system time of all their threads, in nanoseconds."""

import ctypes
import time
from collections.abc import Iterable, Sequence

import psutil  # type: ignore[import-untyped,unused-ignore]

from loadtests.children import descendants
from loadtests.errors import BenchError

SERVER = "gunicorn"


class CpuClock:
    """The CPU time that a fixed set of processes has used. It is read from their clocks (`clock_getcpuclockid(3)`, of
    Linux): `/proc/PID/stat` counts in steps of 10 ms, in which nginx answers hundreds of requests."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._processes = [_process(pid) for pid in pids]
        self._clocks = [(process.pid, _clock(process.pid)) for process in self._processes]

    def seconds(self) -> float:
        """Used so far, since each process began. Raises `BenchError` when one of them has ended."""
        return sum(_seconds(pid, clock) for pid, clock in self._clocks)

    def resident_bytes(self) -> int:
        """Memory that the processes have resident, in sum."""
        return sum(int(process.memory_info().rss) for process in self._processes)


def per_request(before: float, after: float, requests: int) -> float:
    """CPU microseconds per request, from two readings of a `CpuClock`. Raises `BenchError` without any request."""
    if requests <= 0:
        raise BenchError("no request was answered, so there is nothing to divide by")
    return (after - before) * 1e6 / requests


def web_workers(root_pid: int) -> list[int]:
    """Web processes below `root_pid`: those of gunicorn whose parent is gunicorn's (the parent only supervises)."""
    servers = {process.pid: process for process in descendants(root_pid) if _runs(process, SERVER)}
    return sorted(pid for pid, process in servers.items() if process.ppid() in servers)


def ingest_workers(root_pid: int) -> list[int]:
    """Processes below `root_pid` that write clicks to PostgreSQL."""
    return sorted(process.pid for process in descendants(root_pid) if _runs(process, "ingest"))


def children_of(pid: int) -> list[int]:
    """`pid` and all its descendants."""
    return [pid, *(process.pid for process in descendants(pid))]


def _process(pid: int) -> psutil.Process:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess as error:
        raise BenchError(f"process {pid} has ended") from error


def _clock(pid: int) -> int:
    """The number of the clock that counts the CPU time of a process."""
    number = ctypes.c_int()  # `clockid_t`
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(number)):
        raise BenchError(f"process {pid} has ended")
    return number.value


def _seconds(pid: int, clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError as error:
        raise BenchError(f"process {pid} ended while it was measured") from error


def _runs(process: psutil.Process, word: str) -> bool:
    """Whether `word` names the program that `process` runs, or an argument of it: `python -m gunicorn …` too."""
    try:
        return _names(process.cmdline(), word)
    except psutil.NoSuchProcess:
        return False


def _names(arguments: Sequence[str], word: str) -> bool:
    return any(argument.rpartition("/")[2] == word for argument in arguments)
