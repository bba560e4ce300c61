"""Child processes that end when we do: by a signal in good time, or by the kernel when we are killed."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """How to start a process, how to know that it is ready, and how to end it."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    stop_wait: float = 15.0  # seconds before it is killed
    options: Mapping[str, Any] = field(default_factory=dict)
    log: Path | None = None  # where its output goes; None: to ours, with its name in front
    before: Callable[[], None] = lambda: None  # run before each start


def spawn(child: Child) -> "subprocess.Popen[bytes]":
    """Start `child` in a session of its own (Ctrl-C in a terminal reaches only us)."""
    child.before()
    parent = os.getpid()

    def follow_parent() -> None:
        end_with_parent(parent, child.stop_signal)

    options = dict(child.options)
    if child.log is not None:
        with child.log.open("ab") as output:
            return _popen(child, follow_parent, stdout=output, stderr=output, **options)
    process = _popen(child, follow_parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    threading.Thread(target=_relay, args=(process, child.name), daemon=True).start()
    return process


def end_with_parent(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process `number` when its parent, whose PID is `parent`, is gone (Linux only)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)  # it ended before the line above


def stop(process: "subprocess.Popen[bytes]", child: Child) -> None:
    """End `process` by its signal, or after its time by SIGKILL."""
    if process.poll() is None:
        process.send_signal(child.stop_signal)
        try:
            process.wait(child.stop_wait)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_ready(process: "subprocess.Popen[bytes]", child: Child, seconds: float, keep_on: Callable[[], bool]) -> bool:
    """Whether `child` became ready within `seconds`; stops waiting when it ends, or `keep_on` says no."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and keep_on() and time.monotonic() < deadline:
        if child.is_ready():
            return True
        time.sleep(0.03)
    return False


def _popen(child: Child, preexec: Callable[[], None], **options: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603
        list(child.command),
        start_new_session=True,
        preexec_fn=preexec,  # noqa: PLW1509  it takes no lock that another thread could hold
        **options,
    )


def _relay(process: "subprocess.Popen[bytes]", name: str) -> None:
    assert process.stdout is not None  # noqa: S101  it was asked for
    with process.stdout as lines:
        for line in lines:
            sys.stderr.write(f"{name:<9}| {line.decode(errors='replace')}")
            sys.stderr.flush()
