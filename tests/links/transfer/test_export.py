"""An export and its import: the same links again."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from hypothesis import HealthCheck, given, settings as profile, strategies as st

from shortener.accounts.actors import Actor, Via
from shortener.clicks.models import LinkTotal
from shortener.clicks.stats import totals_of
from shortener.links.models import Folder, Link, LinkUse, Tag
from shortener.links.queries import links_in
from shortener.links.services import create_link
from shortener.links.transfer.export import FIELDS as EXPORTED, export
from tests.links.transfer.importing import counts, imported

pytestmark = pytest.mark.django_db
PASSWORD = "pbkdf2_sha256$1$salt$hash"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
WORD = st.text("abcXYZ019äß-=+@'", min_size=1, max_size=12)
MOMENT = st.datetimes(datetime(2000, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ADDRESS = st.builds("https://{}.example/{}?a={}".format, st.sampled_from("abc"), WORD, WORD)
CONDITION = st.sampled_from([
    {"type": "device", "values": ["ios"]}, {"type": "country", "values": ["de", "at"]},
    {"type": "query", "name": "a", "values": []}, {"type": "time", "start": "22:00", "end": "06:00", "zone": "Europe/Berlin"},
    {"type": "between", "start": "2027-01-01T00:00:00+02:00"}, {"type": "address", "values": ["192.0.2.1"]},
])  # fmt: skip
RULE = st.fixed_dictionaries({
    "conditions": st.lists(CONDITION, max_size=2),
    "targets": st.lists(st.fixed_dictionaries({"url": ADDRESS, "weight": st.integers(1, 9)}), min_size=1, max_size=2),
})  # fmt: skip
FIELDS = st.fixed_dictionaries({}, optional={
    "title": TEXT, "tags": st.lists(WORD, max_size=3), "status": st.sampled_from([301, 302, 307, 308]),
    "active_from": MOMENT, "click_limit": st.integers(1, 2**62), "archived": st.booleans(), "expired_url": ADDRESS,
    "forward_query": st.sampled_from(["", "merge", "override"]), "forward_path": st.booleans(),
    "utm": st.fixed_dictionaries({"source": WORD, "content": WORD}), "rules": st.lists(RULE, max_size=2),
    "notice": st.booleans(), "ios_url": ADDRESS, "android_url": st.just("app://page"), "card_title": TEXT,
    "card_description": TEXT, "card_image": ADDRESS,
})  # fmt: skip
# What services set elsewhere, or an import.
COLUMNS = st.fixed_dictionaries({}, optional={
    "created_at": MOMENT, "imported_clicks": st.integers(0, 10**9), "archived_at": MOMENT, "disabled_at": MOMENT,
    "password_hash": st.just(PASSWORD), "public_stats": st.booleans(),
})  # fmt: skip


def exported(workspace, format_="json", **options):
    return b"".join(export(links_in(workspace), format_, totals_of, **options))


def emptied(workspace):
    """As in another installation."""
    for model in (LinkTotal, LinkUse, Link, Tag, Folder):
        model.objects.all().delete()


@pytest.fixture
def pbkdf2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@profile(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    links=st.lists(st.tuples(FIELDS, COLUMNS, st.booleans(), st.integers(0, 99)), min_size=1, max_size=4),
    format_=st.sampled_from(["csv", "json", "ndjson"]),
)
def test_importing_an_export_is_the_identity(workspace, pbkdf2, links, format_):
    emptied(workspace)
    folder = Folder.objects.create(workspace=workspace, name="Spring, = sale")
    for number, (fields, columns, in_folder, counted) in enumerate(links):
        link = create_link(workspace=workspace, by=Actor(Via.API), url=f"https://example.com/{number}", **fields)
        more = {"folder": folder, "external_id": f"id {number}"} if in_folder else {}
        reason = {"disabled_reason": "=spam"} if "disabled_at" in columns else {}
        Link.objects.filter(pk=link.pk).update(**columns, **more, **reason)
        LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=counted)
        if link.click_limit and counted:
            LinkUse.objects.create(link=link, used=counted)
    before = exported(workspace, format_, with_hashes=True)
    emptied(workspace)
    job = imported(workspace, before)
    assert counts(job) == (len(links), 0, 0), job.errors
    assert exported(workspace, format_, with_hashes=True) == before


def test_a_link_with_a_password_is_never_opened_by_moving_it(workspace, make_link):
    make_link(password="secret")
    text = exported(workspace)
    assert b"password_hash" not in text
    emptied(workspace)
    job = imported(workspace, text)
    assert counts(job) == (0, 0, 1)
    assert job.errors[0]["field"] == "has_password"


def test_all_formats_say_the_same(workspace, make_link):
    make_link(slug="one", tags=["a", "b"], title="=1+1", rules=[{"targets": [{"url": "https://example.com/x"}]}])
    make_link(slug="two")
    listed = json.loads(exported(workspace))
    assert [json.loads(line) for line in exported(workspace, "ndjson").splitlines()] == listed
    rows = list(csv.DictReader(io.StringIO(exported(workspace, "csv").decode())))
    assert [row["slug"] for row in rows] == [link["slug"] for link in listed] == ["one", "two"]
    assert rows[0]["title"] == "'=1+1"
    assert json.loads(rows[0]["rules"]) == listed[0]["rules"]


def test_counted_and_imported_clicks_are_one_number(workspace, make_link):
    link = make_link()
    Link.objects.update(imported_clicks=40)
    LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=2)
    assert json.loads(exported(workspace))[0]["clicks"] == 42


def test_every_column_of_a_link_is_exported_or_left_out_on_purpose():
    elsewhere = {"destination": "url", "imported_clicks": "clicks", "password_hash": "has_password"}
    ours = {"id", "workspace", "created_by", "created_with", "created_via", "updated_at", "version", "deleted_at"}
    names = {field.name for field in Link._meta.get_fields() if not field.auto_created} - ours
    assert {elsewhere.get(name, name) for name in names} <= set(EXPORTED)


def test_an_empty_workspace_is_an_empty_list(workspace):
    assert json.loads(exported(workspace)) == []
    assert exported(workspace, "ndjson") == b""
    assert exported(workspace, "csv").count(b"\n") == 1


def test_links_are_read_in_pages_that_leave_none_out(workspace, make_link, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("shortener.links.transfer.export.ROWS", 3)
    made = {make_link(f"https://example.com/{number}").slug for number in range(10)}
    same = datetime.now(UTC) - timedelta(1)
    Link.objects.filter(slug__in=list(made)[:5]).update(created_at=same)  # several of one moment
    with django_assert_max_num_queries(16):
        assert {link["slug"] for link in json.loads(exported(workspace))} == made


def test_a_hash_goes_along_only_when_asked_for(workspace, make_link):
    make_link(password="secret")
    assert json.loads(exported(workspace, with_hashes=True))[0]["password_hash"].startswith(make_password("x")[:4])
    assert "password_hash" not in json.loads(exported(workspace))[0]
