"""Where the command finds the site and the key: the environment, then a file that only its owner can read."""

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SITE_VARIABLE, KEY_VARIABLE = "SHORTENER_URL", "SHORTENER_API_KEY"


class ConfigTrouble(Exception):
    """The configuration cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Config:
    """The site's address and an API key; empty where nothing says. The sources say where each came from."""

    site: str = ""
    api_key: str = ""
    site_from: str = ""
    key_from: str = ""


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """The file, where the XDG base directory specification puts it."""
    environ = os.environ if environ is None else environ
    home = environ.get("XDG_CONFIG_HOME", "")
    # The specification: a path that is not absolute is to be ignored.
    base = Path(home) if Path(home).is_absolute() else Path(environ.get("HOME") or "~").expanduser() / ".config"
    return base / "shortener" / "config.toml"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """What is configured; the environment wins over the file. Raises `ConfigTrouble` for a file that is no TOML."""
    environ = os.environ if environ is None else environ
    path = config_path(environ)
    kept = _read(path)
    found = {
        name: (environ[variable], variable) if environ.get(variable) else (str(kept.get(name, "")), str(path))
        for name, variable in (("url", SITE_VARIABLE), ("api_key", KEY_VARIABLE))
    }
    (site, site_from), (key, key_from) = found["url"], found["api_key"]
    return Config(site.rstrip("/"), key, site_from if site else "", key_from if key else "")


def save(site: str, api_key: str, environ: Mapping[str, str] | None = None) -> Path:
    """Write the file (mode 0600, replaced in one step); its path. Raises `ConfigTrouble`."""
    path = config_path(environ)
    # A JSON string of ASCII letters is a TOML basic string as well.
    text = f"url = {json.dumps(site)}\napi_key = {json.dumps(api_key)}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")  # 0600 from the start
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        raise ConfigTrouble(f"Cannot write {path}: {error.strerror}.") from error
    return path


def is_open_to_others(path: Path) -> bool:
    """Whether other users of the machine can read the file, and the key in it."""
    return path.exists() and bool(path.stat().st_mode & 0o077)


def _read(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigTrouble(f"Cannot read {path}: {error}. Mend it, or write it anew with `shorten login`.") from error
