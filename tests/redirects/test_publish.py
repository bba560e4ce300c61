"""Plans of links that have just been made, which are not read back."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from shortener.infra.stores import redis_client
from shortener.links.models import Link, LinkUse, Publication
from shortener.redirects import store
from shortener.redirects.plan import cache_key, redis_key, unpack
from shortener.redirects.publish import plan_of, publish_links

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
HERE = "https://example.com/here"
EVERYTHING = {
    "status": 308, "active_from": datetime(2027, 1, 1, 0, 0, 0, 123457, UTC), "forward_query": "merge",
    "active_until": datetime(2031, 7, 9, 23, 59, 59, 999999, UTC), "expired_url": f"{HERE}/late", "forward_path": True,
    "utm": {"term": "ü", "source": "s"}, "ios_url": "https://apps.example.com/x", "android_url": "app:x",
    "notice": True, "password": "open sesame", "card_title": "A", "card_description": "A page",
    "card_image": f"{HERE}/i.png", "archived": True,
    "rules": [
        {"conditions": [{"type": "country", "values": ["DE"]}], "targets": [{"url": f"{HERE}/de", "weight": 3}]},
        {"targets": [{"url": HERE, "weight": 1}, {"url": f"{HERE}/ü", "weight": 2}]},
    ],
}  # fmt: skip


def kept_of(link):
    return unpack(redis_client().get(redis_key(cache_key(link.domain_id, link.slug))))


def read(link):
    key = cache_key(link.domain_id, link.slug)
    with connection.cursor() as cursor:
        return store.load_plans(cursor, [key])[key]


@pytest.mark.parametrize("fields", [{}, EVERYTHING, *({name: value} for name, value in EVERYTHING.items())])
def test_the_plan_of_a_new_link_is_the_one_that_is_read(make_link, fields):
    link = make_link(**fields)
    assert plan_of(link) == read(link)


def test_a_link_with_a_limit_is_read_because_it_may_be_used_up(make_link):
    link = make_link(click_limit=1)
    LinkUse.objects.create(link=link, used=1)
    publish_links([(link.domain_id, link.slug)], [link])
    assert kept_of(link).more.gone == "exhausted"


def test_notes_that_come_with_new_links_are_removed_and_no_others(make_link):
    one, other = make_link(), make_link()
    [note] = Publication.objects.filter(slug=one.slug)
    publish_links([(one.domain_id, one.slug)], [one], [note.pk])
    assert [note.slug for note in Publication.objects.all()] == [other.slug]
    assert kept_of(one).location == one.destination


def test_a_plan_that_is_not_read_back_does_not_replace_a_newer_one(make_link):
    link = make_link()
    Link.objects.update(version=2, destination=f"{HERE}/2")
    publish_links([(link.domain_id, link.slug)])
    publish_links([(link.domain_id, link.slug)], [link])
    assert kept_of(link).location == f"{HERE}/2"
