"""Links in the order of their clicks."""

import pytest
from django.db import connection

from shortener.accounts.actors import SYSTEM
from shortener.clicks import ranking, tasks
from shortener.clicks.erase import erase_clicks
from shortener.clicks.models import LinkTotal, Ranking
from shortener.links.models import Link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
SLUGS = ["never", "once", "often", "more", "most"]
AT_MINUTE = 60
CLICK = """
INSERT INTO clicks_click (clicked_at, batch_id, position, link_id, kind)
VALUES (now(), gen_random_uuid(), 0, %s, 0)
"""


@pytest.fixture
def links(make_link):
    return followed_links(make_link)


def followed_links(make_link):
    """With 0, 1, 10, 10 and 30 clicks, in two slots; the last has a past elsewhere."""
    made = {slug: make_link(slug=slug) for slug in SLUGS}
    for slug, counts in {"once": (1,), "often": (4, 6), "more": (10,), "most": (5,)}.items():
        for slot, clicks in enumerate(counts):
            LinkTotal.objects.create(link_id=made[slug].pk, slot=slot, clicks=clicks)
    Link.objects.filter(slug="most").update(imported_clicks=25)
    ranking.rank_all()
    return made


def listed(answer):
    return [entry["slug"] for entry in answer.json()["data"]]


def test_a_new_link_is_in_it_at_once(make_link):
    row = Ranking.objects.get(link=make_link())
    assert (row.workspace_id, row.clicks) == (row.link.workspace_id, 0)


def test_all_slots_and_the_past_count(links):
    counts = {row.link.slug: row.clicks for row in Ranking.objects.select_related("link")}
    assert counts == {"never": 0, "once": 1, "often": 10, "more": 10, "most": 30}


def test_by_api_with_cursors(api, links):
    first = api.get("/api/v1/links?sort=-clicks&limit=3")
    assert listed(first) == ["most", "more", "often"]
    assert listed(api.get(f"/api/v1/links?sort=-clicks&limit=3&cursor={first.json()['next']}")) == ["once", "never"]
    assert listed(api.get("/api/v1/links?sort=clicks&limit=2")) == ["never", "once"]


def test_an_index_leads(links, workspace):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    found = ranking.ranked(Link.objects.filter(workspace=workspace, deleted_at=None), workspace)
    plan = found.order_by("-ranked_clicks", "-ranked_number")[:26].explain()
    assert "ranking_most_clicked" in plan
    assert "Sort" not in plan


def test_what_was_followed_is_counted_within_a_minute(links):
    LinkTotal.objects.filter(link_id=links["once"].pk).update(clicks=99)
    with connection.cursor() as cursor:
        cursor.execute(CLICK, [links["once"].pk])
    tasks.rank(AT_MINUTE)
    assert Ranking.objects.get(link=links["once"]).clicks == 99


def test_what_came_late_is_counted_within_the_hour(links):
    LinkTotal.objects.filter(link_id=links["once"].pk).update(clicks=99)
    tasks.rank(AT_MINUTE)
    assert Ranking.objects.get(link=links["once"]).clicks == 1
    tasks.rank(tasks.FULL_ROUND * 60)
    assert Ranking.objects.get(link=links["once"]).clicks == 99


def test_erased_clicks_do_not_count(links):
    erase_clicks(links["often"], by=SYSTEM)
    assert Ranking.objects.get(link=links["often"]).clicks == 0


def test_what_is_right_already_is_not_written(links):
    def versions():
        with connection.cursor() as cursor:
            cursor.execute("SELECT link_id, ctid::text FROM clicks_ranking ORDER BY 1")
            return cursor.fetchall()

    before = versions()
    ranking.rank_all()
    assert versions() == before
