"""What the ingest worker announces, to whoever listens."""

import json

import pytest

from shortener.clicks import live
from shortener.infra.stores import redis_client
from tests.clicks.writing import GOOGLE, click, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def link(stores, make_link):
    return make_link()


@pytest.fixture
def heard(link):
    """All that is said to those who listen to the link's workspace."""
    pubsub = redis_client().pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(f"live:{link.workspace_id}")
    pubsub.get_message(timeout=5)

    def read():
        found = []
        while message := pubsub.get_message(timeout=0.2):
            found.append(json.loads(message["data"]))
        return found

    yield read
    pubsub.close()


def test_a_click_is_announced_with_what_may_be_shown(link, heard, ingest):
    send(click(link.pk, referrer=b"https://news.example/"))
    ingest()
    [message] = heard()
    [shown] = message["clicks"]
    assert shown.pop("at").startswith("20")
    assert shown == {
        "link": link.public_id, "bot": False, "country": "", "city": "", "referrer": "news.example",
        "browser": "Firefox", "os": "Linux", "device": "desktop",
    }  # fmt: skip


def test_nothing_in_it_points_to_the_visitor(link, heard, ingest):
    send(click(link.pk, peer="198.51.100.77"))
    ingest()
    assert "198.51.100.77" not in json.dumps(heard())


def test_bots_are_told_apart_and_other_requests_left_out(link, heard, ingest):
    send(click(link.pk, agent=GOOGLE), click(link.pk, method="HEAD"))
    ingest()
    [message] = heard()
    assert [shown["bot"] for shown in message["clicks"]] == [True]


def test_a_busy_moment_is_shortened(link, heard, ingest, monkeypatch):
    monkeypatch.setattr(live, "MOST_ANNOUNCED", 3)
    send(*[click(link.pk)] * 10)
    ingest()
    [message] = heard()
    assert (len(message["clicks"]), message["more"]) == (3, 7)


def test_visits_that_no_link_was_there_for_are_nobodys(link, heard, ingest):
    send(click(-link.domain_id), click(999_999_999))
    ingest()
    assert heard() == []


def test_a_batch_that_arrives_twice_is_announced_once(link, heard, ingest):
    from shortener.clicks.streams import FIELD, STREAM

    payload = send(click(link.pk))
    ingest()
    redis_client().xadd(STREAM, {FIELD: payload})
    ingest()
    assert len(heard()) == 1


def test_where_nobody_listens_nothing_is_said(link, ingest, monkeypatch):
    said = []
    monkeypatch.setattr(live, "_encode", lambda message: said.append(message) or b"{}")
    send(click(link.pk))
    ingest()
    assert said == []
