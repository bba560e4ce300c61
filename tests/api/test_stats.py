from datetime import UTC, datetime, timedelta

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from shortener.links.models import Domain
from tests.clicks.writing import FIREFOX, GOOGLE, IPHONE, click, send
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


@pytest.fixture
def link(stores, make_link, ingest):
    """Followed today by two people and a bot, and by one of the two yesterday."""
    link = make_link(slug="followed")
    send(
        click(link.pk, agent=FIREFOX, referrer=b"https://www.google.com/search"),
        click(
            link.pk, agent=IPHONE, peer="198.51.100.7", query=b"utm_source=mail&qr=1", destination="https://x.example/"
        ),
        click(link.pk, agent=GOOGLE),
        click(link.pk, agent=FIREFOX, at=NOW - timedelta(days=1)),
    )
    ingest()
    return link


def stats(api, link, **query):
    answer = api.get(f"/api/v1/links/{link.public_id}/stats", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_link_is_counted_and_broken_down(api, link):
    body = stats(api, link, days=7)
    assert body["totals"] == {"clicks": 3, "visitors": 3, "bots": 1, "others": 0}
    assert (len(body["series"]), body["interval"], body["time_zone"]) == (7, "day", "UTC")
    assert [point["clicks"] for point in body["series"]][-2:] == [1, 2]
    dimensions = body["dimensions"]
    assert {"value": "Google", "clicks": 1} in dimensions["sources"]
    assert {"value": "mail", "clicks": 1} in dimensions["utm_sources"]
    assert {"value": "qr", "clicks": 1} in dimensions["channels"]
    assert {"value": "https://x.example/", "clicks": 1} in dimensions["destinations"]


@pytest.mark.parametrize(
    ("query", "clicks"),
    [
        ({"device": "mobile"}, 1),
        ({"device": ["mobile", "desktop"]}, 3),
        ({"device": "mobile", "source": "Google"}, 0),
        ({"channel": "qr"}, 1),
        ({"utm_source": ""}, 2),
        ({"destination": "https://x.example/"}, 1),
        ({"country": "FR"}, 0),
    ],
)
def test_filters_of_dimensions_combine(api, link, query, clicks):
    body = stats(api, link, days=7, **query)
    assert body["totals"]["clicks"] == clicks == sum(point["clicks"] for point in body["series"])


def test_the_period_before_is_compared(api, link):
    body = stats(api, link, start=NOW.date(), end=NOW.date(), compare="true")
    assert (body["totals"]["clicks"], body["previous"]["totals"]["clicks"]) == (2, 1)
    assert stats(api, link, days=7)["previous"] is None


@pytest.mark.parametrize(("interval", "points"), [("hour", 48), ("day", 2)])
def test_series_are_cut_into_intervals_of_a_zone(api, link, interval, points):
    start = (NOW - timedelta(days=20)).date()
    body = stats(api, link, start=start, end=start + timedelta(days=1), interval=interval, time_zone="Asia/Kolkata")
    assert len(body["series"]) == points
    assert body["series"][0]["start"].endswith("+05:30")


def test_a_workspace_is_the_sum_of_its_links(api, link, make_link, ingest):
    other = make_link(slug="other")
    send(click(other.pk))
    ingest()
    body = api.get("/api/v1/stats").json()
    assert body["totals"]["clicks"] == 4
    assert {"value": link.public_id, "clicks": 3} in body["dimensions"]["links"]
    assert api.get("/api/v1/stats", {"link": other.public_id}).json()["totals"]["clicks"] == 1


def test_a_domain_of_the_workspace_is_counted_alone_and_others_are_not_found(api, workspace, make_link, stores, ingest):
    Domain.objects.create(host="go.example.org", workspace=workspace, verified_at=NOW)
    send(click(make_link(domain="go.example.org").pk), click(make_link().pk))
    ingest()
    assert api.get("/api/v1/stats", {"domain": "GO.example.org"}).json()["totals"]["clicks"] == 1
    assert api.get("/api/v1/stats", {"domain": "127.0.0.1:8000"}).status_code == 404


def test_strangers_see_nothing(link, stranger):
    _, secret = create_api_key(workspace=personal_workspace(stranger), name="other", author=stranger)
    theirs = ApiClient(secret)
    assert theirs.get(f"/api/v1/links/{link.public_id}/stats").status_code == 404
    assert theirs.get("/api/v1/stats", {"link": link.public_id}).json().get("totals", {}).get("clicks", 0) == 0
    assert theirs.get("/api/v1/stats").json()["totals"]["clicks"] == 0
