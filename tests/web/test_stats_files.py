"""Statistics as files."""

import csv
import io
import json

import pytest

from shortener.accounts.models import Member
from tests.clicks.writing import GOOGLE, click, send
from tests.web.counting import count_link, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(make_link):
    return make_link(slug="town")


def rows(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_chart_as_csv_has_what_the_page_shows(signed_in, link):
    count_link(link, clicks=12, visitors=9, bots=3)
    answer = signed_in.get(f"/app/links/{link.public_id}/stats.csv?range=7")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].endswith(f'-to-{today()}.csv"')
    found = rows(answer)
    assert len(found) == 7
    assert found[-2]["clicks"] == "12"
    assert found[-2]["bots"] == "3"
    assert found[-1]["start"] == f"{today()}T00:00:00+00:00"


def test_the_lists_as_csv_have_every_dimension(signed_in, link):
    by = {"country": {"DE": 8, "AT": 4}, "referrer": {"=cmd()": 12}, "utm_term": {"hall": 12}}
    count_link(link, clicks=12, by=by)
    found = [tuple(row.values()) for row in rows(signed_in.get(f"/app/links/{link.public_id}/lists.csv"))]
    assert ("country", "DE", "8") in found
    assert ("utm_term", "hall", "12") in found
    assert ("referrer", "'=cmd()", "12") in found  # no formula


def test_a_workspace_lists_its_links_by_their_ids(signed_in, link):
    count_link(link, clicks=12)
    found = [tuple(row.values()) for row in rows(signed_in.get("/app/lists.csv"))]
    assert ("link", link.public_id, "12") in found
    assert rows(signed_in.get("/app/stats.csv?range=yesterday"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stores")
def test_filters_hold_for_files_too(signed_in, link, ingest):
    send(click(link.pk), click(link.pk, peer="203.0.113.8", referrer=b"https://example.net/"))
    ingest()
    asked = {"referrer": "example.net", "range": "today"}
    found = rows(signed_in.get(f"/app/links/{link.public_id}/stats.csv", asked))
    assert sum(int(row["clicks"]) for row in found) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stores")
def test_single_clicks_of_the_time_that_is_shown(signed_in, link, make_link, ingest):
    other = make_link()
    send(click(link.pk), click(link.pk, agent=GOOGLE), click(other.pk))
    ingest()
    of_link = rows(signed_in.get(f"/app/links/{link.public_id}/clicks.csv?range=today"))
    assert [row["kind"] for row in of_link] == ["click", "bot"]
    lines = b"".join(signed_in.get("/app/clicks.ndjson?range=today").streaming_content).splitlines()
    assert {json.loads(line)["link_id"] for line in lines} == {link.public_id, other.public_id}
    assert rows(signed_in.get(f"/app/links/{link.public_id}/clicks.csv?range=yesterday")) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stores")
def test_a_viewer_may_have_them(intruder, link, stranger, workspace, ingest):
    Member.objects.create(workspace=workspace, user=stranger, role="viewer")
    send(click(link.pk))
    ingest()
    assert len(rows(intruder.get(f"/app/links/{link.public_id}/clicks.csv?range=today"))) == 1
