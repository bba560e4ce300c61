import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from shortener.clicks import export as export_module
from shortener.clicks.export import FIELDS, TEXTS, Selection, export
from shortener.clicks.models import Click, Kind
from shortener.clicks.seeding.history import History, write_history
from shortener.infra.public_id import decode
from shortener.infra.stores import autonomous_connection
from shortener.links.services import create_link
from tests.clicks.writing import GOOGLE, IPHONE, NOW, click, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def links(stores, make_link):
    return [make_link(), make_link()]


@pytest.fixture
def clicked(links, ingest, settings):
    """Clicks of every kind on two links of one workspace, and visits of no link."""
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    first, second = (link.pk for link in links)
    send(
        click(first, referrer=b"https://www.google.de/", country=b"DE", query=b"utm_source=mail&qr=1"),
        click(first, agent=IPHONE, destination="https://example.com/ünder"),
        click(second, agent=GOOGLE), click(second, method="HEAD"), click(-links[0].domain_id),
        click(first, at=NOW - timedelta(days=3)),
    )  # fmt: skip
    ingest()


def read(selection, format_):
    """The exported rows, as dictionaries of texts."""
    text = b"".join(export(selection, format_)).decode()
    if format_ == "ndjson":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text)))


def expected(clicks):
    names = {Kind.HUMAN: "click", Kind.BOT: "bot", Kind.PREFETCH: "prefetch", Kind.HEAD: "head"}
    return sorted((names[row.kind], row.link_id, *(getattr(row, name) for name in TEXTS)) for row in clicks)


def shown(rows):
    return sorted((row["kind"], decode("link", row["link_id"]), *(row[name] for name in TEXTS)) for row in rows)


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
def test_a_file_has_every_click_as_it_is_kept(clicked, workspace, links, format_):
    rows = read(Selection(workspace.pk), format_)
    assert shown(rows) == expected(Click.objects.filter(workspace_id=workspace.pk))
    assert list(rows[0]) == list(FIELDS)
    assert {row["short_url"] for row in rows} == {f"http://{link}" for link in links}


def test_both_formats_say_the_same_in_the_same_order(clicked, workspace):
    assert read(Selection(workspace.pk), "csv") == read(Selection(workspace.pk), "ndjson")


def test_the_oldest_click_comes_first(clicked, workspace):
    moments = [row["clicked_at"] for row in read(Selection(workspace.pk), "ndjson")]
    assert moments == sorted(moments)
    assert moments[0] == (NOW - timedelta(days=3)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_some_links_alone(clicked, workspace, links):
    rows = read(Selection(workspace.pk, [links[1].pk]), "csv")
    assert shown(rows) == expected(Click.objects.filter(link_id=links[1].pk))
    assert len(rows) == 2
    assert read(Selection(workspace.pk, []), "ndjson") == []


def test_a_range_has_its_start_and_not_its_end(links, ingest, workspace):
    start = datetime(2027, 2, 1, tzinfo=UTC)
    end = start + timedelta(days=1)
    for at in (start - timedelta(milliseconds=1), start, end - timedelta(milliseconds=1), end):
        send(click(links[0].pk, at=at))
    ingest()
    rows = read(Selection(workspace.pk, start=start, end=end), "csv")
    assert [row["clicked_at"] for row in rows] == ["2027-02-01T00:00:00.000Z", "2027-02-01T23:59:59.999Z"]


def test_clicks_of_another_workspace_are_never_in_it(clicked, workspace, links, stranger):
    from shortener.accounts.services import personal_workspace

    theirs = create_link(workspace=personal_workspace(stranger), url="https://example.com/")
    for selection in (Selection(theirs.workspace_id), Selection(theirs.workspace_id, [links[0].pk])):
        assert read(selection, "ndjson") == []


def test_nothing_points_to_a_visitor(clicked, workspace):
    text = b"".join(export(Selection(workspace.pk), "csv"))
    assert b"203.0.113" not in text
    assert not any(bytes(row.visitor).hex().encode() in text for row in Click.objects.exclude(visitor=None))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_nothing_of_it(links, ingest, workspace, start):
    text = f"{start}cmd|' /C calc'!A0"
    send(click(links[0].pk, destination=text))
    ingest()
    assert read(Selection(workspace.pk), "csv")[0]["destination"] == f"'{text}"
    assert read(Selection(workspace.pk), "ndjson")[0]["destination"] == text


def test_values_with_commas_quotes_and_lines_come_through(links, ingest, workspace):
    text = 'a,b "c"\nd\r\ne;é'
    send(click(links[0].pk, destination=text))
    ingest()
    for format_ in ("csv", "ndjson"):
        assert read(Selection(workspace.pk), format_)[0]["destination"] == text


def test_without_clicks_a_table_has_its_head(links, workspace):
    assert b"".join(export(Selection(workspace.pk), "csv")).decode().strip() == ",".join(FIELDS)
    assert b"".join(export(Selection(workspace.pk), "ndjson")) == b""


def test_memory_does_not_grow_with_the_clicks(links, workspace, monkeypatch):
    monkeypatch.setattr(export_module, "ROWS", 200)
    now = datetime.now(UTC).replace(hour=12)
    with autonomous_connection() as connection:
        write_history(connection, History([links[0].pk], 6_000, 2, now))
    size, most, peaks = 0, 0, []
    tracemalloc.start()
    for number, part in enumerate(export(Selection(workspace.pk), "ndjson")):
        size, most = size + len(part), max(most, len(part))
        if number in (4, 29):
            peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert size > 1_500_000
    assert most < 200 * 600
    assert peaks[1] < peaks[0] + size / 8  # 5,000 clicks later


def test_a_reader_who_goes_away_gives_the_connection_back(clicked, workspace, monkeypatch):
    monkeypatch.setattr(export_module, "ROWS", 2)
    parts = export(Selection(workspace.pk), "csv")
    next(parts)
    next(parts)
    with autonomous_connection() as connection:
        asking = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%FETCH FORWARD%%' AND pid <> pg_backend_pid()"
        )
        assert connection.execute(asking).fetchone()[0] >= 1
        parts.close()
        from tests.servers import wait_until

        wait_until(lambda: connection.execute(asking).fetchone() == (0,), what="the end of the connection")
