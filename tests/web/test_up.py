"""The one command, as a newcomer meets it."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.client import Site
from tests.servers import wait_until
from tests.up import Up, standing

pytestmark = pytest.mark.processes


@pytest.fixture
def up(open_dir: Path) -> Iterator[Up]:
    up = Up(open_dir)
    yield up
    up.clean_up()


@pytest.fixture(scope="module")
def shared() -> Iterator[Up]:
    """For tests after which it stands as before."""
    with standing() as up:
        yield up
        assert up.stop() == 0


@pytest.fixture(scope="module")
def site(shared: Up) -> Site:
    return site_of(shared)


def site_of(up: Up) -> Site:
    return Site(f"127.0.0.1:{up.port}", up.manage("apikey", "create", "test"))


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_from_nothing_to_a_counted_click_and_back_to_nothing(up):
    up.start()
    assert "★ First admin: admin@localhost.localdomain   password: " in up.output
    assert f"Ready: http://127.0.0.1:{up.port}/" in up.output.splitlines()[-1]
    assert all(line.startswith(("✓ ", "★ ", "  This password", "Ready: ")) for line in up.output.splitlines())
    status, _, page = up.get("/")
    assert (status, b"<form" in page) == (200, True)
    site = site_of(up)
    link = site.create_link("https://example.com/päge?q=1")
    status, headers, _ = up.get(link.path)
    assert (status, headers["Location"]) == (302, "https://example.com/p%C3%A4ge?q=1")
    wait_until(lambda: site.clicks(link) == 1, what="the count")
    family = up.family()
    assert len(family) > 5
    assert up.stop() == 0
    assert gone(family)
    assert up.output.splitlines()[-2:] == ["Stopping …", "Stopped."]


def test_after_kill_9_of_everything_nothing_is_lost(up):
    up.start()
    site = site_of(up)
    link = site.create_link("https://example.com/kept")
    for _ in range(50):
        assert site.follow(link.path) == 302
    up.kill_everything()
    up.start()
    assert "First admin" not in up.output
    wait_until(lambda: site.clicks(link) == 50, what="the count")
    assert site.follow(link.path) == 302
    wait_until(lambda: site.clicks(link) == 51, what="the count")
    assert up.stop(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [("clicks", "manage.py ingest"), ("jobs", "manage.py jobs"), ("web", "config.asgi:application"),
     ("valkey", "valkey-server"), ("postgres", "/bin/postgres -D")],
)  # fmt: skip
def test_a_process_that_dies_is_restarted(shared, site, name, words):
    link = site.create_link("https://example.com/kept")
    victim = shared.children(words)[0]
    victim.kill()
    shared.wait_for(f"{name} died (SIGKILL); restarting in ")
    wait_until(lambda: any(child.pid != victim.pid for child in shared.children(words)), what="the restart")
    wait_until(lambda: shared.is_ready() and shared.get(link.path)[0] == 302, seconds=60, what="the return of the site")
    clicks = site.clicks(link)
    assert site.follow(link.path) == 302
    wait_until(lambda: site.clicks(link) > clicks, seconds=60, what="the count")


def test_a_port_in_use_is_told(up):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        assert up.run() == 1
    assert up.output == (
        f"CommandError: Port {up.port} is in use: stop what listens there, "
        f"or choose another: make run PORT={up.port + 1}\n"
    )


def test_a_data_directory_that_cannot_be_written_is_told(open_dir):
    up = Up(open_dir, DATA_DIR="/proc/nothing")
    assert up.run() != 0
    assert "Traceback" not in up.output
    assert "DATA_DIR: cannot write /proc/nothing" in up.output
    assert "set DATA_DIR to a directory you own" in up.output


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none"), ("REDIS_URL", "redis://127.0.0.1:1")],
)
def test_a_server_that_refuses_is_told(open_dir, name, value):
    up = Up(open_dir, **{name: value})
    assert up.run() == 1
    assert "Traceback" not in up.output
    assert "secret" not in up.output
    last = up.output.splitlines()[-1]
    assert last.startswith("CommandError: The ")
    assert f"of {name} refuses: " in last
    assert f"correct {name}" in last


def test_a_second_starter_is_told(shared, open_dir):
    second = Up(open_dir, DATA_DIR=shared.environment["DATA_DIR"])
    assert second.run() == 1
    assert "CommandError: Another process already runs the servers in" in second.output
    assert shared.get("/")[0] == 200


def test_a_stop_while_it_starts_leaves_nothing(up):
    up.begin()
    up.wait_for("PostgreSQL 18")
    family = up.family()
    assert up.stop(signal.SIGINT) == 130
    assert gone(family)
    assert "Traceback" not in up.output


def test_mistakes_in_the_settings_are_told_all_at_once(open_dir):
    up = Up(open_dir, ENVIRONMENT="production", DEBUG="yes", PORT="no")
    assert up.run() != 0
    assert "Traceback" not in up.output
    for name in ("SECRET_KEY", "DEBUG", "PORT"):
        assert f"{name}: " in up.output
