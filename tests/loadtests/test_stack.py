"""What the stack is told, and what is kept from it."""

from pathlib import Path

from config import env
from loadtests.stack import settings, without_settings


def test_nothing_of_the_callers_site_reaches_the_stack() -> None:
    environ = {"DATABASE_URL": "postgresql://live/", "SECRET_KEY_FILE": "/run/secret", "PATH": "/bin", "DEBUG": "1"}

    assert without_settings(environ) == {"PATH": "/bin"}


def test_the_stack_gets_settings_that_are_understood() -> None:
    told = settings(Path("/somewhere/data"), 8123, workers=2)

    environment = env.load(told)

    assert set(told) <= set(env.Environment.model_fields)
    assert (environment.PORT, environment.WEB_WORKERS, environment.HOST) == (8123, 2, "127.0.0.1")
    assert Path("/somewhere/data") == environment.DATA_DIR
