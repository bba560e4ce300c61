import json
from datetime import UTC, datetime

import pytest

from shortener.links.errors import LinkError
from shortener.links.models import ImportJob, Link
from shortener.links.transfer import jobs, runner
from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.fetching import checked_url, fetch, is_public
from tests.links.transfer import others
from tests.links.transfer.importing import BY, counts

COUNTS = {"shlink": 120, "kutt": 60, "yourls": 510}


@pytest.fixture
def serve():
    started = []

    def start(routes):
        started.append(others.Other(routes))
        return started[-1]

    yield start
    for server in started:
        server.close()


def fetched(workspace, source, server, key=others.KEY):
    job = jobs.prepare_fetch(workspace, source, server.url + "/", key, by=BY)
    jobs.start(job, dry_run=False, by=BY, defer=False)
    return runner.run(job.pk, allow_private=True)


@pytest.mark.django_db
@pytest.mark.parametrize("source", list(COUNTS))
def test_all_pages_of_another_shortener_are_brought_along(workspace, serve, source):
    count = COUNTS[source]
    job = fetched(workspace, source, serve(getattr(others, source)(count)))
    assert counts(job) == ((count - 1, 0, 1) if source == "kutt" else (count, 0, 0)), job.options
    link = Link.objects.get(slug="code-1")
    assert link.destination == "https://example.com/1"
    assert link.imported_clicks == 7
    assert f"{link.created_at:%Y-%m-%d}" == "2021-05-06"
    assert others.KEY not in json.dumps(ImportJob.objects.get().options)


@pytest.mark.django_db
def test_shlinks_limits_tags_and_rules_come_along(workspace, serve):
    fetched(workspace, "shlink", serve(others.shlink(2)))
    link = Link.objects.get(slug="code-0")
    assert (link.title, link.click_limit, link.use.used, link.forward_query) == ("First", 50, 7, "")
    assert link.active_until == datetime(2040, 1, 1, tzinfo=UTC)
    assert sorted(link.tags.values_list("name", flat=True)) == ["a", "b"]
    first, second = link.rules
    assert first["targets"][0]["url"] == "https://example.com/first"
    assert [condition["type"] for condition in first["conditions"]] == [
        "device",
        "query",
        "address",
        "country",
        "between",
    ]
    assert first["conditions"][2]["values"] == ["192.0.2.0/24"]
    assert second["conditions"] == [{"type": "language", "values": ["de-at"]}]


@pytest.mark.django_db
def test_a_link_that_kutt_protects_is_not_opened(workspace, serve):
    job = fetched(workspace, "kutt", serve(others.kutt(2)))
    assert [entry["field"] for entry in job.errors] == ["has_password"]
    assert list(Link.objects.values_list("slug", flat=True)) == ["code-1"]


@pytest.mark.django_db
@pytest.mark.parametrize("source", list(COUNTS))
def test_a_wrong_key_is_told(workspace, serve, source):
    job = fetched(workspace, source, serve(getattr(others, source)(1)), key="wrong")
    assert job.state == "failed"
    assert "does not accept the key" in job.options["message"]


@pytest.mark.django_db
def test_the_key_waits_encrypted(workspace):
    job = jobs.prepare_fetch(workspace, "kutt", "https://k.example", "the-key", by=BY)
    assert "the-key" not in json.dumps(job.options)
    assert jobs.secret_of(job) == "the-key"


@pytest.mark.django_db
def test_addresses_that_are_not_public_are_not_asked(workspace, serve):
    server = serve(others.kutt(1))
    job = jobs.prepare_fetch(workspace, "kutt", server.url, others.KEY, by=BY)
    jobs.start(job, dry_run=False, by=BY, defer=False)
    over = runner.run(job.pk)
    assert over.state == "failed"
    assert "not a public address" in over.options["message"]
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "answer"),
    [("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("10.0.0.1", False), ("169.254.169.254", False),
     ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False), ("fe80::1%eth0", False), ("::ffff:127.0.0.1", False), ("224.0.0.1", False)],
)  # fmt: skip
def test_public_addresses(address, answer):
    assert is_public(address) is answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [(302, "answers 302"), (500, "answers 500"), (b"<html>", "not JSON"), ([], "not a list"), ({"data": 7}, "not a list"),
     ({"shortUrls": {"data": [7], "pagination": {}}}, "not a list"), (b" " * (21 * 1024 * 1024), "too long")],
)  # fmt: skip
@pytest.mark.parametrize("source", ["shlink", "kutt"])
def test_answers_that_make_no_sense_are_told(serve, source, answer, message):
    server = serve(lambda *_: answer)
    with pytest.raises(TransferError, match=message):
        list(fetch(source, server.url, "key", allow_private=True))


def test_nobody_at_home_is_told():
    with pytest.raises(TransferError, match="cannot be reached"):
        list(fetch("kutt", "http://127.0.0.1:9", "key", allow_private=True))


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "ftp://example.org", "https://", "https://user@example.org", "https://x:y", "https://a b"],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(TransferError):
        checked_url(url)


@pytest.mark.django_db
def test_wrong_words_are_named_together(workspace):
    with pytest.raises(LinkError) as caught:
        jobs.prepare_fetch(workspace, "bitly", "nowhere", "", by=BY)
    assert set(caught.value.errors) == {"source", "url", "key"}
