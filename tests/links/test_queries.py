from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from shortener.accounts.actors import Actor, Via
from shortener.accounts.services import public_workspace
from shortener.links.errors import LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import get_link, links_of, search, short_url, state
from shortener.links.services import create_link, delete_link, update_link

pytestmark = pytest.mark.django_db


def test_the_newest_link_comes_first(owner, make_link):
    first, second = make_link(), make_link()
    assert list(links_of(owner)) == [second, first]


def test_nobody_sees_anothers_links(stranger, make_link):
    link = make_link()
    assert list(links_of(stranger)) == []
    with pytest.raises(LinkNotFound):
        get_link(stranger, link.public_id)


def test_a_deleted_link_is_gone(owner, make_link):
    link = make_link()
    delete_link(link)
    assert list(links_of(owner)) == []
    with pytest.raises(LinkNotFound):
        get_link(owner, link.public_id)


@pytest.mark.parametrize("nonsense", ["", "1", "link_", "link_zzzzzzzz", "\x00"])
def test_nonsense_is_not_found(owner, nonsense):
    with pytest.raises(LinkNotFound):
        get_link(owner, nonsense)


@pytest.mark.parametrize("text", ["SALE", "example.com/sp", "big day", "%"])
def test_search_looks_into_slug_destination_and_title(owner, make_link, text):
    found = make_link("https://example.com/spring?a=%25", slug="sale-1", title="The Big Day")
    make_link("https://example.org/other")
    assert list(search(links_of(owner), text)) == [found]


def test_search_by_tag_ignores_case(owner, make_link):
    found = make_link(tags=["Mail", "b"])
    make_link(tags=["mailing"])
    assert list(search(links_of(owner), tag="mail")) == [found]


def test_listing_links_takes_the_same_number_of_queries_for_many(owner, make_link, django_assert_num_queries):
    for number in range(5):
        make_link(tags=[f"t{number}"])
    with django_assert_num_queries(2):
        for link in links_of(owner):
            assert short_url(link)
            assert [tag.name for tag in link.tags.all()]


def test_states(make_link):
    now = timezone.now()
    hour = timedelta(hours=1)
    assert state(make_link()) == "active"
    assert state(make_link(active_from=now + hour)) == "scheduled"
    assert state(make_link(active_until=now - hour)) == "expired"
    assert state(make_link(click_limit=2), clicks_used=2) == "exhausted"
    assert state(make_link(click_limit=2), clicks_used=1) == "active"
    assert state(update_link(make_link(), changes={"archived": True})) == "archived"


@pytest.mark.parametrize(
    ("search_sql", "index"),
    [
        ("SELECT id FROM links_link WHERE UPPER(slug::text) LIKE UPPER('%needle%')", "link_slug_trgm"),
        ("SELECT id FROM links_link WHERE UPPER(destination::text) LIKE UPPER('%needle%')", "link_destination_trgm"),
        ("SELECT id FROM links_link WHERE UPPER(title::text) LIKE UPPER('%needle%')", "link_title_trgm"),
        (
            "SELECT id FROM links_link WHERE workspace_id = 1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC",
            "link_newest",
        ),
    ],
)
def test_pages_read_indexes(search_sql, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {search_sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan


def test_what_django_searches_with_is_what_the_index_holds(owner):
    sql = str(search(Link.objects.all(), "needle").query)
    assert 'UPPER("links_link"."slug"::text) LIKE UPPER(%needle%)' in sql


def test_links_of_a_workspace_that_somebody_is_invited_to_are_seen(stranger, workspace, make_link):
    link = make_link()
    workspace.memberships.create(user=stranger)
    assert list(links_of(stranger)) == [link]


def test_public_links_belong_to_nobody(owner):
    create_link(workspace=public_workspace(), by=Actor(Via.FORM), url="https://example.com")
    assert not links_of(owner).exists()
