from datetime import UTC, datetime

import pytest

from tests.web.reading import Read

pytestmark = pytest.mark.django_db


def test_a_browsers_language_is_spoken(client):
    page = client.get("/accounts/login/", headers={"accept-language": "de-AT,de;q=0.9"})
    assert page.headers["content-language"] == "de"
    assert 'lang="de"' in Read(page).html
    assert "Passwort" in Read(page).text


@pytest.mark.parametrize("asked", ["", "en-US", "fr", "zz-nonsense;q=x"])
def test_english_is_spoken_to_everybody_else(client, asked):
    page = client.get("/accounts/login/", headers={"accept-language": asked})
    assert page.headers["content-language"] == "en-gb"


def test_a_choice_is_kept(client):
    assert client.post("/app/language", {"language": "de", "next": "/accounts/login/"}).url == "/accounts/login/"
    assert "Passwort" in Read(client.get("/accounts/login/")).text


def test_an_account_goes_before_the_browser(signed_in, owner):
    owner.language = "de"
    owner.save()
    assert signed_in.get("/app/", headers={"accept-language": "en"}).headers["content-language"] == "de"


def test_nobody_is_led_elsewhere_by_the_choice_of_a_language(client):
    assert client.post("/app/language", {"language": "de", "next": "https://evil.example/"}).url == "/"


@pytest.mark.parametrize(("zone", "shown"), [("Asia/Tokyo", "2027-01-01T09:30"), ("nonsense", "2027-01-01T00:30")])
def test_times_are_those_of_the_browser(signed_in, make_link, zone, shown):
    link = make_link(active_from=datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
    signed_in.cookies["zone"] = zone
    page = Read(signed_in.get(f"/app/links/{link.public_id}/edit"))
    assert page.field("active_from")["value"] == shown


def test_a_zone_of_the_account_goes_before(signed_in, owner, make_link):
    link = make_link(active_from=datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
    owner.time_zone = "America/New_York"
    owner.save()
    signed_in.cookies["zone"] = "Asia/Tokyo"
    page = Read(signed_in.get(f"/app/links/{link.public_id}/edit"))
    assert page.field("active_from")["value"] == "2026-12-31T19:30"


def test_a_language_does_not_stay_with_the_thread(client):
    client.get("/accounts/login/", headers={"accept-language": "de"})
    assert client.get("/accounts/login/").headers["content-language"] == "en-gb"
