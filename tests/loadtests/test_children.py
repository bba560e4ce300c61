"""Programs that are started, and what is left of them afterwards."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from loadtests import children
from loadtests.errors import BenchError

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
PARENT = f"import subprocess, sys, signal; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); signal.pause()"


def start(tmp_path: Path, code: str) -> children.Program:
    return children.Program("it", [sys.executable, "-c", code], tmp_path / "log", env=os.environ, cwd=tmp_path)


def test_a_program_and_its_descendants_end_with_the_block(tmp_path: Path) -> None:
    with start(tmp_path, PARENT) as program:
        program.wait_until(lambda: "up" in (tmp_path / "log").read_text(), seconds=20, what="start")
        family = [psutil.Process(program.pid), *children.descendants(program.pid)]
        assert len(family) == 2

    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_a_program_that_ends_too_soon_is_quoted(tmp_path: Path) -> None:
    with start(tmp_path, "print('the port is taken')") as program, pytest.raises(BenchError) as caught:
        program.wait_until(lambda: False, seconds=20, what="start")

    assert str(caught.value) == "it ended before start:\nthe port is taken"


def test_a_program_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with (
        start(tmp_path, "import signal; signal.pause()") as program,
        pytest.raises(BenchError, match="start within 0 s"),
    ):
        program.wait_until(lambda: False, seconds=0.1, what="start")


def test_a_free_port_is_free() -> None:
    assert not children.accepts(children.free_port())


def test_missing_programs_are_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(children, "SYSTEM_DIRECTORIES", "/nonexistent")

    with pytest.raises(BenchError) as caught:
        children.require_programs("nginx", "wrk")

    assert str(caught.value) == "nginx and wrk not found: apt install nginx-light wrk"
