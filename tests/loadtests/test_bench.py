"""The command line: what it refuses, and one short run of the whole."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests import bench, children
from loadtests.scenarios import SCENARIOS

Capture = pytest.CaptureFixture[str]
SCRIPT = Path(bench.__file__)
CONTRACT = {
    "nginx", "hot", "zipf", "cold", "unknown", "rules", "half_load", "create", "bulk", "list", "ingest", "copy", "lag",
    "stats", "history", "pages", "lists",
}  # fmt: skip
absent = [name for name in ("nginx", "wrk") if children.program(name) is None]


def test_every_scenario_that_is_promised_is_known() -> None:
    assert set(SCENARIOS) == CONTRACT


def test_an_unknown_scenario_is_refused_with_those_that_there_are(capsys: Capture) -> None:
    assert bench.main(["hot", "warm"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("bench: there is no scenario warm; there are nginx, hot, ")
    assert said.err.count("\n") == 1


def test_bounds_cannot_be_checked_without_measuring(capsys: Capture) -> None:
    assert bench.main(["cold", "--check"]) == 2
    assert (
        capsys.readouterr().err
        == "bench: --check needs one of hot, zipf, rules, half_load, create, bulk, ingest, lag, history, pages, lists among the scenarios\n"
    )


@pytest.mark.parametrize("number", ["0", "-3", "1.5", "many"])
def test_numbers_are_whole_and_above_zero(number: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        bench.main([f"--seconds={number}"])

    assert caught.value.code == 2
    assert f"{number} is not a whole number above zero" in capsys.readouterr().err


def test_without_nginx_and_wrk_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(children, "SYSTEM_DIRECTORIES", "/nonexistent")

    assert bench.main(["hot"]) == 1
    assert capfd.readouterr().err == "bench: nginx and wrk not found: apt install nginx-light wrk\n"


def test_the_mixed_workload_loads() -> None:
    locust = [sys.executable, "-m", "locust", "-f", str(SCRIPT.with_name("locustfile.py"))]

    listed = run([*locust, "--list"])
    started = run([*locust, "--headless", "--host", "http://127.0.0.1:1"], API_KEY="")

    assert listed.stdout.split()[2:] == ["Visitor", "Person", "Script", "Owner"]
    assert started.returncode == 1
    assert "Set API_KEY: " in started.stderr


@pytest.mark.processes
@pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)} (apt install nginx-light wrk)")
def test_a_short_run_counts_every_click_and_leaves_nothing_behind(short_directory: Path) -> None:
    before = {process.pid for process in psutil.process_iter()}
    command = [sys.executable, str(SCRIPT), "hot", "--seconds=1", "--rounds=1", "--connections=8", "--json"]

    ended = run(command, TMPDIR=str(short_directory))

    assert ended.returncode == 0, ended.stderr
    nginx, hot = json.loads(ended.stdout)
    assert (nginx["scenario"], nginx["ratio_to_nginx"], hot["scenario"]) == ("nginx", 1.0, "hot")
    assert hot["answered"] <= hot["clicks_counted"] <= hot["answered"] + 2 * 8  # a warm-up and a round
    assert hot["cpu_us_per_request"] > 0
    assert list(short_directory.iterdir()) == []
    assert not [command for command in _started_since(before) if str(short_directory) in command]


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """An empty directory. The one that pytest has to give is too deep for a socket, and closed to the user that the
    databases run as when we are root."""
    with tempfile.TemporaryDirectory(prefix="b-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=300, check=False
    )


def _started_since(before: set[int]) -> list[str]:
    return [
        " ".join(process.info["cmdline"] or ())
        for process in psutil.process_iter(["cmdline"])
        if process.pid not in before
    ]
