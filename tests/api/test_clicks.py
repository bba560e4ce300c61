import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace
from tests.clicks.agreeing import assert_rollups_agree
from tests.clicks.writing import GOOGLE, click, send
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


@pytest.fixture
def links(stores, make_link, ingest):
    """Two links: one followed twice today and once by a bot two days ago, the other once."""
    one, two = make_link(slug="one", tags=["sale"]), make_link(slug="two")
    send(
        click(one.pk, referrer=b"https://news.example/"), click(one.pk), click(two.pk),
        click(one.pk, agent=GOOGLE, at=NOW - timedelta(days=2)),
    )  # fmt: skip
    ingest()
    return one, two


def rows(answer):
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_a_links_clicks_are_a_file_oldest_first(api, links):
    answer = api.get(f"/api/v1/links/{links[0].public_id}/clicks")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="clicks.csv"'
    found = rows(answer)
    assert [row["kind"] for row in found] == ["bot", "click", "click"]
    assert {row["short_url"].rpartition("/")[2] for row in found} == {"one"}
    assert sorted(row["referrer"] for row in found) == ["", "", "news.example"]


def test_lines_of_json_say_the_same(api, links):
    answer = api.get(f"/api/v1/links/{links[0].public_id}/clicks", {"format": "ndjson"})
    lines = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert lines == rows(api.get(f"/api/v1/links/{links[0].public_id}/clicks"))


@pytest.mark.parametrize(("query", "count"), [({}, 4), ({"tag": "sale"}, 3), ({"tag": "none"}, 0), ({"days": 1}, 3)])
def test_a_workspaces_clicks_can_be_narrowed(api, links, query, count):
    assert len(rows(api.get("/api/v1/clicks", query))) == count


def test_erasing_leaves_every_number_agreeing(api, links):
    erased = api.delete(f"/api/v1/links/{links[0].public_id}/clicks")
    assert (erased.status_code, erased.json()) == (200, {"erased": 3})
    assert api.get(f"/api/v1/links/{links[0].public_id}/stats").json()["totals"]["clicks"] == 0
    assert api.get("/api/v1/stats").json()["totals"] == {"clicks": 1, "visitors": 1, "bots": 0, "others": 0}
    assert [row["short_url"].rpartition("/")[2] for row in rows(api.get("/api/v1/clicks"))] == ["two"]
    assert_rollups_agree()
    event = AuditEvent.objects.get(action="link.clicks_erased")
    assert (event.target_id, event.via) == (links[0].public_id, "api")


def test_strangers_get_and_erase_nothing(links, stranger):
    _, secret = create_api_key(workspace=personal_workspace(stranger), name="other", author=stranger)
    theirs, path = ApiClient(secret), f"/api/v1/links/{links[0].public_id}/clicks"
    assert theirs.get(path).status_code == theirs.delete(path).status_code == 404
    assert rows(theirs.get("/api/v1/clicks")) == []
