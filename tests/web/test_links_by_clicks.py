"""The list of links, the most clicked first."""

import pytest

from shortener.links.models import Link
from tests.clicks.test_ranking import followed_links

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]


@pytest.fixture
def links(make_link):
    return followed_links(make_link)


def test_the_most_clicked_come_first(signed_in, links):
    answer = signed_in.get("/app/?order=clicks")
    assert [row.link.slug for row in answer.context["rows"]] == ["most", "more", "often", "once", "never"]
    assert "Most clicks first" in answer.content.decode()


def test_pages_lead_on_and_back(signed_in, links, monkeypatch):
    monkeypatch.setattr("shortener.web.paging.PAGE_SIZE", 2)

    def slugs(**place):
        rows = signed_in.get("/app/", {"order": "clicks", **place}).context["rows"]
        return [row.link.slug for row in rows]

    assert slugs() == ["most", "more"]
    assert slugs(after=links["more"].public_id) == ["often", "once"]
    assert slugs(after=links["once"].public_id) == ["never"]
    assert slugs(before=links["once"].public_id) == ["more", "often"]


def test_filters_and_deleted_links(signed_in, links, make_link):
    Link.objects.filter(slug="most").update(title="Spring")
    rows = signed_in.get("/app/", {"order": "clicks", "q": "spring"}).context["rows"]
    assert [row.link.slug for row in rows] == ["most"]
    Link.objects.filter(slug="most").update(deleted_at="2026-01-01T00:00Z")
    assert signed_in.get("/app/?order=clicks").context["rows"][0].link.slug == "more"
