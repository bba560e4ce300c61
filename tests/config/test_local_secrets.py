import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.env import ConfigError
from config.local_secrets import load_or_create


def test_secrets_are_made_once_and_kept(tmp_path):
    made = load_or_create(tmp_path / "data")
    assert load_or_create(tmp_path / "data") == made
    assert all(len(secret) >= 32 for secret in made.values())


def test_nobody_else_can_read_them(tmp_path):
    load_or_create(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_two_installations_differ(tmp_path):
    assert load_or_create(tmp_path / "a") != load_or_create(tmp_path / "b")


def test_starters_at_the_same_time_agree(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: json.dumps(load_or_create(tmp_path)), range(8)))
    assert len(set(made)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_a_damaged_file_is_not_replaced(tmp_path):
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(ConfigError, match="damaged"):
        load_or_create(tmp_path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="DATA_DIR: cannot write"):
        load_or_create(tmp_path / "file" / "data")
