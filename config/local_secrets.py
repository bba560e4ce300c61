"""Secrets a local run makes for itself and keeps in the data directory."""

import json
import os
import secrets
from pathlib import Path

from config.env import ConfigError

NAMES = ("SECRET_KEY", "HASHIDS_SALT")


def load_or_create(data_dir: Path) -> dict[str, str]:
    """The secrets kept in `data_dir`/secrets.json, made on first use.

    Two processes that start together agree: the file appears whole (a hard link of a finished one), and the second
    reads the first one's. Raises `ConfigError` when the directory cannot be written or the file is damaged.
    """
    path = data_dir / "secrets.json"
    try:
        if not path.exists():
            _create(path)
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in NAMES}
    except OSError as error:
        raise ConfigError(
            f"DATA_DIR: cannot write {data_dir} ({error.strerror}); set DATA_DIR to a directory you own"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"DATA_DIR: {path} is damaged; restore it from a backup") from error


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".secrets-{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({name: secrets.token_urlsafe(48) for name in NAMES}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secrets are the ones
    finally:
        draft.unlink()
