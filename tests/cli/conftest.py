"""The command, run as a person would: words in, text and an exit code out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shortener.cli.app import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without a configuration, in front of a wide terminal."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SHORTENER_URL", raising=False)
    monkeypatch.delenv("SHORTENER_API_KEY", raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    """Run `shorten` with these words."""

    def run_(*words: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(words), prog_name="shorten", **options)

    return run_


@pytest.fixture
def signed_in(run: Callable[..., Result], live_server: Any, stores: None, api_key: Any, monkeypatch: Any) -> Any:
    """The same, with the real site in the environment."""
    monkeypatch.setenv("SHORTENER_URL", live_server.url)
    monkeypatch.setenv("SHORTENER_API_KEY", api_key[1])
    return run
