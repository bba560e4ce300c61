import asyncio
from datetime import UTC, datetime

import pytest

from shortener.client import (
    AsyncClient,
    NoAnswer,
    NoKey,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RetryPolicy,
    WrongFields,
)
from shortener.client.clients import Client

LINK = b'{"id": "link_1", "short_url": "http://x/a", "slug": "a", "domain": "x", "url": "https://example.com/"}'
OK = (201, {}, LINK)


def test_a_link_is_made_read_changed_listed_and_deleted(client):
    link = client.create(
        "https://example.com/a", slug="page", tags=["demo"], active_until=datetime(2040, 1, 1, tzinfo=UTC)
    )
    assert (link.slug, link.tags, link.url) == ("page", ["demo"], "https://example.com/a")
    assert link.active_until == datetime(2040, 1, 1, tzinfo=UTC)
    assert client.get(link.id).id == link.id
    assert client.update(link.id, title="Hello").title == "Hello"
    assert [found.title for found in client.links()] == ["Hello"]
    assert client.refresh(link).title == "Hello"
    client.delete(link)
    assert list(client.links()) == []
    with pytest.raises(NotFound):
        client.get(link.id)


def test_all_pages_are_walked_through(client, make_link):
    made = {make_link(f"https://example.com/{number}").public_id for number in range(5)}
    page = client.page(limit=2)
    assert len(page.data) == 2
    rest = client.page(page.next, limit=100)
    assert {link.id for link in page.data + rest.data} == made
    assert {link.id for link in client.links()} == made
    assert list(client.links(cursor=page.next)) == rest.data


def test_a_link_is_found_by_its_short_url(client, make_link):
    link = make_link(slug="page")
    make_link(slug="page-two")
    short_url = client.get(link.public_id).short_url
    assert client.find(short_url).id == link.public_id
    assert client.find(short_url.removeprefix("http://")).id == link.public_id
    assert client.find(short_url + "-three") is None


def test_statistics_are_typed(client, make_link):
    stats = client.stats(make_link().public_id, days=7)
    assert (stats.totals.clicks, len(stats.series), stats.interval) == (0, 7, "day")
    assert stats.series[0].start < stats.series[-1].start


def test_every_wrong_field_is_in_the_exception(client):
    with pytest.raises(WrongFields) as caught:
        client.create("ftp://example.com", slug="admin")
    assert caught.value.code == "invalid_fields"
    assert sorted(problem.field for problem in caught.value.errors) == ["slug", "url"]


def test_a_wrong_key_and_a_missing_scope_are_told_apart(site, workspace):
    from shortener.accounts.keys import create_api_key

    with Client(site, "sk_00000000_nonsense") as stranger, pytest.raises(NotSignedIn):
        stranger.page()
    _, secret = create_api_key(workspace=workspace, name="reader", scopes=["links:read"])
    with Client(site, secret) as reader, pytest.raises(NotAllowed):
        reader.create("https://example.com/")


def test_an_address_and_a_key_are_taken_as_people_have_them(site, api_key):
    with Client(f" {site}/api/v1/", f"{api_key[1]}\n") as client:
        assert (client.site, client.page().data) == (site, [])


@pytest.mark.parametrize("key", ["", " \n", "sk_0521e6ae…", "sk_0521e6ae_a\nb"])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_cannot_be_a_key_is_not_sent_and_not_repeated(kind, key):
    with pytest.raises(NoKey) as caught:
        kind("http://127.0.0.1:1", key)
    assert "0521e6ae" not in str(caught.value)


def test_what_would_cut_answers_down_is_refused(client):
    for ask in (lambda: client.page(fields="id"), lambda: list(client.links(fields="id")),
                lambda: client.stats(fields="totals")):  # fmt: skip
        with pytest.raises(ValueError, match="leave it out"):
            ask()


def test_awaiting_does_the_same(site, api_key):
    async def journey():
        async with AsyncClient(site, api_key[1]) as client:
            link = await client.create("https://example.com/a", slug="page")
            await client.update(link.id, title="Hello")
            titles = [found.title async for found in client.links()]
            stats = await client.stats(link)
            found = await client.find(link.short_url)
            await client.delete(link)
            return titles, stats.totals.clicks, found.id == link.id

    assert asyncio.run(journey()) == (["Hello"], 0, True)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_names(scripted, waits, status):
    scripted.answers = [(status, {"Retry-After": "65"}, b""), OK]  # the most for a budget by the minute
    told = []
    with Client(scripted.url, "key", retries=RetryPolicy(before_wait=told.append)) as client:
        assert client.create("https://example.com/").id == "link_1"
    assert waits == told == [65.0]


def test_without_a_time_waits_grow(scripted, waits):
    scripted.answers = [(503, {}, b""), (503, {}, b""), (503, {}, b""), OK]
    with Client(scripted.url, "key", retries=RetryPolicy(first_wait=1)) as client:
        client.create("https://example.com/")
    assert [0.5 <= waits[0] <= 1, 1 <= waits[1] <= 2, 2 <= waits[2] <= 4, len(waits)] == [True, True, True, 3]


def test_a_wait_that_is_too_long_is_told_instead(scripted, waits):
    from shortener.client import TooManyRequests

    scripted.answers = [(429, {"Retry-After": "3600"}, b'{"title": "Slow down"}')]
    with Client(scripted.url, "key") as client, pytest.raises(TooManyRequests) as caught:
        client.page()
    assert (caught.value.retry_after, waits) == (3600.0, [])


def test_a_post_that_is_repeated_carries_one_idempotency_key(scripted, waits):
    scripted.answers = [None, (502, {}, b"<html>"), OK]
    with Client(scripted.url, "key") as client:
        client.create("https://example.com/")
        client.create("https://example.com/")
    keys = [headers["idempotency-key"] for _, _, headers, _ in scripted.seen]
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


def test_a_change_that_may_have_been_done_is_not_repeated(scripted, waits):
    scripted.answers = [None, OK]
    with Client(scripted.url, "key") as client, pytest.raises(NoAnswer):
        client.update("link_1", title="x")
    assert len(scripted.seen) == 1


def test_giving_up_raises_the_last_answer(scripted, waits):
    from shortener.client import ServerTrouble

    scripted.answers = [(503, {}, b"down")]
    with Client(scripted.url, "key", retries=RetryPolicy(attempts=3)) as client, pytest.raises(ServerTrouble):
        client.page()
    assert len(scripted.seen) == 3


def test_nobody_at_home_is_one_kind_of_error(waits):
    with Client("http://127.0.0.1:9", "key") as client, pytest.raises(NoAnswer, match="ConnectError"):
        client.page()


def test_a_site_that_is_no_shortener_is_noticed(scripted):
    scripted.answers = [(200, {}, b"<html>")]
    with Client(scripted.url, "key") as client, pytest.raises(NoAnswer, match="is this the address of a Shortener"):
        client.page()


def test_versions_go_along(scripted):
    scripted.answers = [(200, {"ETag": '"3"'}, LINK), (304, {}, b""), (200, {"ETag": '"4"'}, LINK)]
    with Client(scripted.url, "key") as client:
        link = client.get("link_1")
        assert client.refresh(link) is link
        assert client.update(link, title="x").etag == '"4"'
    assert scripted.seen[1][2]["if-none-match"] == scripted.seen[2][2]["if-match"] == '"3"'


def test_an_id_cannot_lead_to_another_path(scripted):
    scripted.answers = [(404, {}, b"{}")]
    with Client(scripted.url, "key") as client, pytest.raises(NotFound):
        client.get("../workspace?x#y")
    assert scripted.seen[0][1] == "/api/v1/links/..%2Fworkspace%3Fx%23y"
