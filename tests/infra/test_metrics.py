import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from shortener.infra.metrics import GAUGES, Reporter, counted, exposition, forget_dead, may_read

ROOT = Path(__file__).resolve().parents[2]
# Each in a process of its own: where the files lie is read when the library is imported.
CHILD = """
import os, sys, pathlib
directory = pathlib.Path(sys.argv[1]); os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
from shortener.clicks.recorder import RecorderCounts
from shortener.infra.metrics import Reporter
counts = RecorderCounts()
reporter = Reporter("clicks", counts, directory)
for number in sys.argv[2:]:
    counts.recorded += int(number)
    reporter.report()
    reporter.report()
"""


def process_that_counts(directory: Path, *numbers: int) -> None:
    command = [sys.executable, "-c", CHILD, str(directory), *map(str, numbers)]
    subprocess.run(command, check=True, cwd=ROOT)


@pytest.fixture
def no_gauges(monkeypatch):
    monkeypatch.setattr("shortener.infra.metrics.GAUGES", [])


def test_counters_of_all_processes_are_added_up(tmp_path, no_gauges):
    process_that_counts(tmp_path, 3, 4)
    process_that_counts(tmp_path, 5)
    text = exposition(tmp_path).decode()
    assert "# TYPE shortener_clicks_recorded_total counter" in text
    assert "\nshortener_clicks_recorded_total 12.0\n" in text
    assert counted(tmp_path)["clicks_recorded"] == 12


def test_what_ended_processes_left_is_forgotten_at_the_next_start(tmp_path, no_gauges):
    process_that_counts(tmp_path, 3)
    assert list(tmp_path.glob("*.db"))
    forget_dead(tmp_path)
    assert not list(tmp_path.glob("*.db"))
    assert b"shortener_clicks" not in exposition(tmp_path)


def test_files_of_living_processes_stay(tmp_path):
    import os

    (tmp_path / f"counter_{os.getpid()}.db").touch()
    (tmp_path / "counter_1.db").touch()  # somebody else's process, and alive
    (tmp_path / "notes.db").touch()
    forget_dead(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_reports_come_at_most_once_a_second(settings, monkeypatch):
    @dataclass
    class Nothing:
        """Counts without a field: no file is made for them."""

    now, reports = 100.0, []
    reporter = Reporter("some", Nothing(), settings.METRICS_DIR)
    monkeypatch.setattr(reporter, "report", lambda: reports.append(now))
    monkeypatch.setattr("shortener.infra.metrics.monotonic", lambda: now)
    for step in range(9):
        now = 100.0 + step / 4
        reporter.report_sometimes()
    assert reports == [100.0, 101.0, 102.0]


def test_gauges_are_asked_for_each_time(tmp_path, monkeypatch):
    values = iter([1.5, 2_000_000])
    monkeypatch.setattr("shortener.infra.metrics.GAUGES", [lambda: [("some_bytes", "Some", next(values))]])
    assert b"# TYPE shortener_some_bytes gauge\nshortener_some_bytes 1.5\n" in exposition(tmp_path)
    assert b"shortener_some_bytes 2e+06\n" in exposition(tmp_path)


@pytest.mark.parametrize(
    ("header", "may"),
    [
        ("Bearer secret", True), ("bearer secret", True), ("Bearer  secret ", True), ("Bearer secre", False),
        ("Bearer secret2", False), ("Basic secret", False), ("secret", False), ("", False), ("Bearer", False),
        ("Bearer sécret", False),
    ],
)  # fmt: skip
def test_the_token_is_a_bearer_token(header, may):
    assert may_read(header, "secret") is may


@pytest.fixture
def closed(settings, tmp_path, monkeypatch):
    settings.METRICS_OPEN, settings.METRICS_DIR = False, tmp_path
    monkeypatch.setattr("shortener.infra.metrics.GAUGES", [])
    return settings


def test_without_a_token_there_is_no_such_page(closed, client):
    closed.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_with_a_token_who_has_it_may_read(closed, client):
    closed.METRICS_TOKEN = "secret"
    refused = client.get("/metrics", headers={"Authorization": "Bearer wrong"})
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_a_local_run_shows_them_to_all(settings, client, tmp_path, monkeypatch):
    settings.METRICS_OPEN, settings.METRICS_DIR = True, tmp_path
    monkeypatch.setattr("shortener.infra.metrics.GAUGES", [])
    assert client.get("/metrics").status_code == 200
    assert client.post("/metrics").status_code == 405


def test_clicks_have_gauges():
    assert any(gauge.__module__ == "shortener.clicks.apps" for gauge in GAUGES)
