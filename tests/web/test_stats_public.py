"""Statistics for anybody."""

import pytest
from django.test import Client

from shortener.accounts.models import AuditEvent, Member
from shortener.links.models import Domain
from shortener.links.services import delete_link, update_link
from tests.web.counting import count_link
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]


@pytest.fixture
def link(make_link):
    link = make_link("https://example.org/private-plan", slug="town", title="Secret title")
    by = {"country": {"DE": 40}, "city": {"Berlin, DE": 40}, "utm_campaign": {"hush": 40}, "destination": {"x": 40}}
    count_link(link, clicks=40, visitors=30, by=by)
    return link


@pytest.fixture
def public(link):
    update_link(link, changes={"public_stats": True})
    return link


def test_they_are_nobody_elses_business_by_default(client, link):
    assert client.get("/town+stats").status_code == 404


@pytest.mark.usefixtures("public")
def test_anybody_sees_numbers_and_nothing_else(client):
    page = Read(client.get("/town+stats"))
    assert "Clicks 40" in page.text
    assert "Germany" in page.text
    for secret in ("private-plan", "Secret title", "Berlin", "hush", "owner@example.org"):
        assert secret not in page.html
    assert not page.all("a", id="export")
    assert not [found for found in page.all("a") if "country=" in found["href"]]
    assert not page.all("section", **{"data-live": ""})


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("query", ["?show=city", "?city=Berlin, DE", "?country=AT", "?utm_campaign=hush&more=city"])
def test_filters_and_other_lists_are_not_to_be_had(client, query):
    page = Read(client.get(f"/town+stats{query}"))
    assert "Clicks 40" in page.text
    assert "Berlin" not in page.text
    assert not page.all("a", **{"class": "chip"})


@pytest.mark.usefixtures("public")
def test_time_and_zone_can_be_chosen(client):
    assert "The last 7 days" in Read(client.get("/town+stats?range=7")).text
    assert "Asia/Tokyo" in Read(client.get("/town+stats?zone=Asia/Tokyo")).text


@pytest.mark.usefixtures("public")
def test_search_engines_stay_away_and_the_page_is_kept_for_a_minute(client):
    answer = client.get("/town+stats")
    assert answer["X-Robots-Tag"] == "noindex"
    assert "max-age=60" in answer["Cache-Control"]
    assert not answer.cookies


def test_the_numbers_are_read_once_a_minute(client, public, django_assert_max_num_queries):
    client.get("/town+stats")
    count_link(public, ago=2, clicks=2)
    with django_assert_max_num_queries(4):  # which domain, which link
        assert "Clicks 40" in Read(client.get("/town+stats")).text
    assert "Clicks 42" in Read(client.get("/town+stats?range=7")).text


def test_what_is_private_again_is_gone_at_once(client, public):
    client.get("/town+stats")
    update_link(public, changes={"public_stats": False})
    assert client.get("/town+stats").status_code == 404


def test_an_ended_link_still_shows_them_and_a_deleted_one_does_not(client, public):
    update_link(public, changes={"archived": True})
    assert client.get("/town+stats").status_code == 200
    delete_link(public)
    assert client.get("/town+stats").status_code == 404


def test_they_are_under_the_links_own_domain(client, make_link, workspace):
    from django.utils import timezone

    Domain.objects.create(host="go.example.org", workspace=workspace, verified_at=timezone.now())
    update_link(make_link(slug="town", domain="go.example.org"), changes={"public_stats": True})
    assert client.get("/town+stats", headers={"host": "go.example.org"}).status_code == 200
    assert client.get("/town+stats").status_code == 404


@pytest.fixture
def publish(link):
    return lambda browser, public: browser.post(f"/app/links/{link.public_id}/publish?range=7", {"public": public})


def test_an_owner_makes_them_public_and_private_again(signed_in, link, publish):
    answer = publish(signed_in, "1")
    assert answer.url == f"/app/links/{link.public_id}/?range=7"
    page = Read(signed_in.get(answer.url))
    assert page.all("a", href="http://127.0.0.1:8000/town+stats")
    assert Client().get("/town+stats").status_code == 200
    assert AuditEvent.objects.filter(action="link.updated").latest("pk").changes == {"public_stats": [False, True]}
    publish(signed_in, "0")
    assert Client().get("/town+stats").status_code == 404


def test_a_viewer_cannot(link, publish, intruder, stranger, workspace):
    assert publish(intruder, "1").status_code == 404
    Member.objects.create(workspace=workspace, user=stranger, role="viewer")
    assert publish(intruder, "1").status_code == 403
    assert not Read(intruder.get(f"/app/links/{link.public_id}/")).all("details", id="shares")


def test_asking_for_it_changes_nothing(signed_in, link):
    assert signed_in.get(f"/app/links/{link.public_id}/publish").status_code == 405
