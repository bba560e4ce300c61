import re
from pathlib import Path

import pytest

from config.env import ConfigError, Environment, load

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 40,
    "HASHIDS_SALT": "h" * 20,
    "DATABASE_URL": "postgresql://app@db/app",
    "REDIS_URL": "redis://cache",
    "BASE_URL": "https://go.example.org/",
}


def mistakes(environ):
    with pytest.raises(ConfigError) as caught:
        load(environ)
    return str(caught.value).splitlines()


def test_nothing_set_is_a_local_run():
    environment = load({})
    assert environment.is_local
    assert not environment.DEBUG
    assert environment.base_url == "http://127.0.0.1:8000"


def test_all_mistakes_are_named_at_once():
    lines = mistakes({"PORT": "eighty", "DEBUG": "perhaps", "DATABASE_URL": "mysql://x", "TRUSTED_PROXIES": "10/33"})
    assert sorted(line.split(":")[0] for line in lines) == ["DATABASE_URL", "DEBUG", "PORT", "TRUSTED_PROXIES"]


def test_a_complete_production_environment_is_accepted():
    assert load(PRODUCTION).base_url == "https://go.example.org"


@pytest.mark.parametrize("name", ["SECRET_KEY", "HASHIDS_SALT", "DATABASE_URL", "REDIS_URL", "BASE_URL"])
def test_production_refuses_to_start_without(name):
    [line] = mistakes({key: value for key, value in PRODUCTION.items() if key != name})
    assert line.startswith(f"{name}: is missing")


def test_production_refuses_debug_and_names_what_is_missing_beside_it():
    lines = mistakes({**PRODUCTION, "DEBUG": "yes", "SECRET_KEY": ""})
    assert [line.split(":")[0] for line in lines] == ["SECRET_KEY", "DEBUG"]


def test_a_short_secret_is_refused():
    assert mistakes({**PRODUCTION, "SECRET_KEY": "short"}) == ["SECRET_KEY: has 5 characters, needs at least 32"]


def test_a_value_can_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 40 + "\n")
    environment = load({**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")})
    assert environment.SECRET_KEY == "k" * 40


def test_a_file_that_is_not_there_is_named():
    [line] = mistakes({"SECRET_KEY_FILE": "/nowhere/key"})
    assert line.startswith("SECRET_KEY_FILE: cannot read /nowhere/key")


def test_an_empty_variable_counts_as_not_set():
    assert load({"PORT": "", "DEBUG": " "}).PORT == 8000


def test_a_colour_is_six_hexadecimal_digits():
    assert load({"ACCENT_COLOR": "#0B6B4A"}).ACCENT_COLOR == "#0b6b4a"
    assert mistakes({"ACCENT_COLOR": "green"}) == ["ACCENT_COLOR: is not a colour such as #0b6b4a"]


def test_a_logo_is_a_small_picture(tmp_path):
    for name, size in (("logo.svg", 9), ("logo.txt", 9), ("large.png", 100_001)):
        (tmp_path / name).write_bytes(b"x" * size)
    assert str(tmp_path / "logo.svg") == load({"SITE_LOGO": str(tmp_path / "logo.svg")}).SITE_LOGO
    for name in ("missing.svg", "logo.txt", "large.png"):
        assert mistakes({"SITE_LOGO": str(tmp_path / name)})[0].startswith("SITE_LOGO: ")


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("go.test", "http://go.test:8000")],
)
def test_the_base_url_follows_host_and_port(host, url):
    assert load({"HOST": host}).base_url == url


def test_readme_documents_every_variable_and_no_other():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    table = readme.partition("## Settings")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE) == list(Environment.model_fields)


def test_every_variable_is_described():
    assert all(field.description for field in Environment.model_fields.values())
