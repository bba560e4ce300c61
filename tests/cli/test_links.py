import json
import stat
import subprocess
import sys

import pytest

from shortener.links.models import Link


def test_an_address_alone_is_shortened(signed_in):
    result = signed_in("https://example.com/a/long/page")
    assert result.exit_code == 0, result.stderr
    link = Link.objects.get()
    assert result.stdout == f"http://127.0.0.1:8000/{link.slug}\n"


def test_all_that_can_be_said_arrives(signed_in):
    words = [
        "--slug",
        "sale",
        "--tag",
        "a",
        "--tag",
        "b",
        "--title",
        "Sale",
        "--expires",
        "2040-01-01",
        "--clicks",
        "9",
    ]
    assert signed_in(*words, "https://example.com/", "--status", "307").exit_code == 0
    link = Link.objects.get()
    assert (link.slug, link.title, link.status, link.click_limit) == ("sale", "Sale", 307, 9)
    assert f"{link.active_until:%Y-%m-%d %Z}" == "2040-01-01 UTC"
    assert sorted(link.tags.values_list("name", flat=True)) == ["a", "b"]


@pytest.mark.parametrize("words", [("--clicks", "0"), ("--status", "0")])
def test_a_zero_is_said_like_any_other_number(signed_in, words):
    assert signed_in("https://example.com/", *words).exit_code == 5
    assert not Link.objects.exists()


def test_a_key_as_it_is_shown_is_no_key(run, monkeypatch):
    monkeypatch.setenv("SHORTENER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SHORTENER_API_KEY", "sk_0521e6ae…")
    result = run("list")
    assert (result.exit_code, "0521e6ae" in result.stderr) == (3, False)
    assert result.stderr.startswith("✗ This is no API key")


def test_an_address_comes_from_standard_input(signed_in):
    assert signed_in("-", input="https://example.com/b\n").exit_code == 0
    assert Link.objects.get().destination == "https://example.com/b"


def test_json_is_what_the_api_says(signed_in):
    body = json.loads(signed_in("--json", "https://example.com/").stdout)
    assert body["id"] == Link.objects.get().public_id
    assert [entry["id"] for entry in json.loads(signed_in("list", "--json").stdout)] == [body["id"]]
    assert json.loads(signed_in("stats", body["id"], "--json").stdout)["totals"]["clicks"] == 0


def test_mistakes_are_told_field_by_field(signed_in):
    result = signed_in("ftp://example.com", "--slug", "admin")
    assert result.exit_code == 5
    assert result.stdout == ""
    assert "slug  “admin” is the address of a page" in result.stderr
    assert "url  Addresses that begin with ftp:" in result.stderr


def test_the_list_shows_what_is_there(signed_in, make_link):
    make_link("https://example.com/a", slug="one", tags=["x"], title="First [bold]")
    make_link("https://example.com/b", slug="two", archived=True)
    listed = signed_in("list").stdout
    assert listed.index("/two") < listed.index("/one")
    assert "First [bold]" in listed
    assert "archived" in listed
    assert "/two" not in signed_in("list", "--tag", "x").stdout
    assert signed_in("list", "nothing-like-it").stderr == "Nothing found.\n"


@pytest.mark.parametrize("name", ["127.0.0.1:8000/page", "http://127.0.0.1:8000/page", "ID"])
def test_statistics_come_with_a_chart(signed_in, make_link, name):
    from datetime import UTC, datetime

    from shortener.clicks.models import DailyClicks

    link = make_link(slug="page")
    DailyClicks.objects.create(
        scope=0, scope_id=link.pk, day=datetime.now(UTC).date(), slot=0, clicks=1234, visitors=2, bots=1
    )
    shown = signed_in("stats", link.public_id if name == "ID" else name).stdout
    assert "1,234 clicks" in shown
    assert "█" in shown


def test_a_qr_code_is_drawn(signed_in, make_link, home):
    link = make_link(slug="page")
    assert "▀" in signed_in("qr", link.public_id).stdout
    assert signed_in("qr", link.public_id, "-o", "page.svg").exit_code == 0
    assert (home / "page.svg").read_text().startswith("<?xml")
    assert signed_in("qr", link.public_id, "-o", "page.gif").exit_code == 2


def test_deleting_asks_first(signed_in, make_link):
    link = make_link()
    assert signed_in("delete", link.public_id, input="n\n").exit_code == 1
    assert Link.objects.get().deleted_at is None
    assert signed_in("delete", link.public_id, "--yes").exit_code == 0
    assert Link.objects.get().deleted_at
    assert signed_in("stats", link.public_id).exit_code == 4


def test_without_a_configuration_it_says_what_to_do(run):
    result = run("list")
    assert result.exit_code == 3
    assert "shorten login" in result.stderr


def test_signing_in_keeps_the_key_for_its_owner_alone(run, live_server, stores, api_key, home):
    result = run("login", "--url", live_server.url + "/api/v1/", input=f"{api_key[1]}\n")
    assert result.exit_code == 0, result.stderr
    path = home / "shortener" / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("https://example.com/").exit_code == 0
    shown = run("config").stdout
    assert live_server.url in shown
    assert api_key[1] not in shown


def test_a_wrong_key_is_not_kept(run, live_server, stores, home):
    result = run("login", "--url", live_server.url, "--api-key", "sk_00000000_wrong")
    assert result.exit_code == 3
    assert not (home / "shortener" / "config.toml").exists()


def test_the_environment_wins_over_the_file(run, home, monkeypatch):
    (home / "shortener").mkdir()
    (home / "shortener" / "config.toml").write_text('url = "https://file.example"\napi_key = "sk_file"\n')
    monkeypatch.setenv("SHORTENER_URL", "https://environment.example/")
    shown = json.loads(run("config", "--json").stdout)
    assert (shown["url"], shown["url_from"]) == ("https://environment.example", "SHORTENER_URL")
    assert shown["api_key_from"].endswith("config.toml")


def test_a_file_that_others_can_read_is_complained_about(run, home):
    (home / "shortener").mkdir()
    path = home / "shortener" / "config.toml"
    path.write_text('url = "https://file.example"\n')
    path.chmod(0o644)
    assert "chmod 600" in run("config").stderr


def test_a_broken_file_is_named(run, home):
    (home / "shortener").mkdir()
    (home / "shortener" / "config.toml").write_text("url = ")
    result = run("list")
    assert result.exit_code == 3
    assert "config.toml" in result.stderr


def test_nobody_at_home_has_its_own_exit_code(run, monkeypatch):
    monkeypatch.setenv("SHORTENER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SHORTENER_API_KEY", "x")
    monkeypatch.setattr("shortener.client.clients.time.sleep", lambda _: None)
    assert run("list").exit_code == 6


def test_it_starts_as_a_module_and_without_django():
    code = "import sys, shortener.cli.app; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    shown = subprocess.run([sys.executable, "-m", "shortener.cli", "--help"], capture_output=True, text=True)
    assert "Usage: shorten" in shown.stdout
