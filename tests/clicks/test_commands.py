"""`manage.py clicks` and `manage.py geoip`, as an operator types them."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from shortener.clicks.geoip import DownloadFailed
from shortener.clicks.models import Click, DeadBatch
from shortener.clicks.stats import totals_of
from shortener.clicks.streams import FIELD, STREAM
from shortener.infra.stores import redis_client
from tests.clicks.agreeing import assert_rollups_agree
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def links(stores, make_link):
    return [make_link(tags=["spring"]), make_link()]


@pytest.fixture
def clicked(links, ingest):
    send(click(links[0].pk), click(links[0].pk), click(links[1].pk))
    ingest()


def clicks(*words):
    out = io.StringIO()
    call_command("clicks", *words, stdout=out)
    return out.getvalue()


def exported(capfdbinary, *words):
    clicks("export", *words)
    return capfdbinary.readouterr().out.decode()


def test_there_is_nothing_dead_in_the_beginning(stores):
    assert clicks("dead") == "None: every batch was written.\n"


def test_dead_batches_are_listed_with_the_reason_and_tried_again(stores, ingest):
    for _ in range(3):
        redis_client().xadd(STREAM, {FIELD: b"nonsense"})
    ingest()
    lines = clicks("dead").splitlines()
    assert lines[-1] == "3 in all"
    assert all(f"{STREAM}/" in line and "Error" in line for line in lines[:3])
    assert clicks("retry").startswith("3 put back into the stream")
    assert (DeadBatch.objects.count(), redis_client().xlen(STREAM)) == (0, 3)
    ingest()
    assert DeadBatch.objects.count() == 3


def test_what_cannot_be_put_back_stays(stores, ingest, monkeypatch):
    import redis

    redis_client().xadd(STREAM, {FIELD: b"nonsense"})
    ingest()

    def refuse(*_, **__):
        raise redis.ConnectionError("away")

    monkeypatch.setattr("redis.Redis.xadd", refuse)
    with pytest.raises(redis.ConnectionError):
        clicks("retry")
    assert DeadBatch.objects.count() == 1


def test_all_clicks_of_a_workspace_are_written_out(clicked, workspace, capfdbinary):
    rows = list(csv.DictReader(io.StringIO(exported(capfdbinary, workspace.slug))))
    assert len(rows) == 3


def test_clicks_of_a_link_or_a_tag_alone(clicked, workspace, links, capfdbinary):
    by_link = exported(capfdbinary, workspace.slug, "--link", links[1].public_id, "--format", "ndjson")
    by_tag = exported(capfdbinary, workspace.slug, "--tag", "Spring", "--format", "ndjson")
    assert [json.loads(line)["link_id"] for line in by_link.splitlines()] == [links[1].public_id]
    assert [json.loads(line)["link_id"] for line in by_tag.splitlines()] == [links[0].public_id] * 2


def test_clicks_of_a_link_are_forgotten(clicked, links):
    assert clicks("erase", links[0].public_id) == "2 clicks forgotten.\n"
    assert [totals.clicks for totals in totals_of(link.pk for link in links).values()] == [0, 1]
    assert Click.objects.count() == 1
    assert_rollups_agree()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["export", "nobody"], "There is no workspace nobody"),
        (["export", "owner", "--link", "link_nothing"], "There is no link link_nothing"),
        (["erase", "nonsense"], "There is no link nonsense"),
    ],
)
def test_mistakes_are_named(links, words, message):
    with pytest.raises(CommandError, match=message):
        clicks(*words)


def geoip(*words):
    out = io.StringIO()
    call_command("geoip", "update", *words, stdout=out)
    return out.getvalue()


def test_places_need_a_source(settings):
    settings.GEOIP_URL = settings.GEOIP_LICENSE_KEY = ""
    with pytest.raises(CommandError, match="GEOIP_URL"):
        geoip()


def test_the_source_can_be_named(settings, tmp_path, monkeypatch):
    settings.GEOIP_DATABASE = str(tmp_path / "places.mmdb")
    asked = []

    def update(source, target, progress):
        progress(1, 2)
        asked.append((source.url, target))
        return "Test of 2027-01-01"

    monkeypatch.setattr("shortener.clicks.management.commands.geoip.update", update)
    assert geoip("--url", "https://example.com/places.mmdb") == f"{settings.GEOIP_DATABASE}: Test of 2027-01-01\n"
    assert asked == [("https://example.com/places.mmdb", settings.GEOIP_DATABASE)]


def test_a_failed_download_is_told_and_changes_nothing(settings, tmp_path, monkeypatch):
    def fail(*_):
        raise DownloadFailed("example.com answered 500")

    monkeypatch.setattr("shortener.clicks.management.commands.geoip.update", fail)
    with pytest.raises(CommandError, match=r"answered 500\. .* is as it was"):
        geoip("--url", "https://example.com/places.mmdb")
