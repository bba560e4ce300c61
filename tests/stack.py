"""pytest plugin (`-p tests.stack`): PostgreSQL and Valkey for the whole run, in a temporary data directory.

It is imported before Django's settings are, so that they find its directory; nothing of the caller's environment
reaches the tests, except TEST_DATABASE_URL and TEST_REDIS_URL, which name other servers to test against.
"""

import contextlib
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from config.env import Environment

# Other work on the machine must not fail a property test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

HERE = "SHORTENER_TEST_DATA_DIR"  # set for the children of a run, which share its servers
OWNER = "SHORTENER_TEST_OWNER"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # of a run in several processes: each has servers of its own

if os.environ.get(OWNER) != WORKER or HERE not in os.environ:
    for _name in Environment.model_fields:
        os.environ.pop(_name, None)
        os.environ.pop(f"{_name}_FILE", None)
    os.environ[OWNER] = WORKER
    os.environ[HERE] = os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="shortener-tests-")
    Path(os.environ[HERE]).chmod(0o755)  # the servers' user has to pass through
    for _name in ("DATABASE_URL", "REDIS_URL"):
        if _url := os.environ.get(f"TEST_{_name}"):
            os.environ[_name] = _url

gc.set_threshold(50_000)  # as in manage.py

_servers = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, unless others are named, or other processes run the tests."""
    from shortener.infra.embedded.stack import running

    shares_out = not WORKER and config.getoption("numprocesses", None)
    Path(os.environ[HERE], "static").mkdir(exist_ok=True)  # nothing is collected there, but WhiteNoise looks for it
    if not (shares_out or os.environ.get("TEST_DATABASE_URL")):
        _servers.enter_context(running(Path(os.environ[HERE]), durable=False))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop them and remove what they kept."""
    from shortener.infra.embedded.layout import layout_for

    _servers.close()
    shutil.rmtree(layout_for(Path(os.environ[HERE])).servers_dir, ignore_errors=True)
    shutil.rmtree(os.environ[HERE], ignore_errors=True)
