"""Lists: filters, orders, pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shortener.accounts.models import Member, User
from shortener.links.filters import LinkFilter, filtered, in_time
from shortener.links.models import Domain, Folder, Link, LinkUse, Tag, Tagged
from shortener.links.queries import links_in
from shortener.links.seeding import seed_links
from tests.api.test_links_one import ids

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links"


def through_pages(api, query):
    """The IDs of all links of a list, two a page."""
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{LINKS}?limit=2&{query}{cursor and f'&cursor={cursor}'}").json()
        seen += [link["id"] for link in page["data"]]
        cursor = page["next"]
    return seen


def test_links_are_found_by_all_of_their_tags(api, make_link):
    both, one = make_link(tags=["Red", "big"]), make_link(tags=["red"])
    make_link(tags=["big"])
    assert ids(api.get(f"{LINKS}?tag=red")) == [one.public_id, both.public_id]
    assert ids(api.get(f"{LINKS}?tag=RED&tag=Big")) == [both.public_id]
    assert ids(api.get(f"{LINKS}?tag=red&tag=nothing")) == []
    assert len(ids(api.get(f"{LINKS}?tag=%20"))) == 3


def test_links_of_a_tag_go_through_pages_once(api, make_link):
    made = [make_link(tags=["a", "b"]).public_id for _ in range(5)]
    make_link()
    for tags in ("tag=a", "tag=a&tag=b"):
        assert through_pages(api, tags) == made[::-1]


def test_links_are_found_by_folder_domain_creator_and_external_id(api, make_link, workspace):
    folder = Folder.objects.create(workspace=workspace, name="F")
    domain = Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())
    member = User.objects.create_user("member@example.org", "correct horse battery")
    Member.objects.create(workspace=workspace, user=member)
    in_folder, elsewhere = make_link(folder=folder), make_link(domain=domain.host)
    named, theirs = make_link(external_id="x"), make_link()
    Link.objects.filter(pk=theirs.pk).update(created_by=member)
    for query, found in (
        (f"folder={folder.public_id}", in_folder), ("domain=GO.test", elsewhere), ("external_id=x", named),
        ("creator=Member@example.org", theirs),
    ):  # fmt: skip
        assert ids(api.get(f"{LINKS}?{query}")) == [found.public_id]
    for query in ("folder=folder_x", "domain=nothing.test", "creator=nobody@example.org", "external_id=y"):
        assert ids(api.get(f"{LINKS}?{query}")) == []


def test_every_link_is_in_the_list_of_its_state_and_of_no_other(api, make_link):
    hour = timedelta(hours=1)
    now = timezone.now()
    made = [
        make_link(), make_link(active_from=now + hour), make_link(active_until=now - hour), make_link(archived=True),
        make_link(click_limit=1), make_link(click_limit=2), make_link(active_from=now - hour, active_until=now + hour),
        make_link(archived=True, active_until=now - hour), make_link(click_limit=1, active_from=now + hour), make_link(),
    ]  # fmt: skip
    for limited in (made[4], made[5], made[8]):
        LinkUse.objects.create(link=limited, used=1)
    Link.objects.filter(pk=made[9].pk).update(disabled_at=now)
    listed = {link["id"]: link["state"] for link in api.get(LINKS).json()["data"]}
    assert len(set(listed.values())) == 6
    for state in set(listed.values()):
        assert set(ids(api.get(f"{LINKS}?state={state}"))) == {name for name, its in listed.items() if its == state}


def test_links_are_found_by_when_they_were_made_and_changed(api, make_link):
    day = datetime(2027, 1, 1, tzinfo=UTC)
    made = [make_link() for _ in range(3)]
    for number, link in enumerate(made):
        times = {"created_at": day + timedelta(number), "updated_at": day + timedelta(10 - number)}
        Link.objects.filter(pk=link.pk).update(**times)
    names = [link.public_id for link in made]
    assert ids(api.get(f"{LINKS}?created_from=2027-01-02T00:00:00Z&created_before=2027-01-03T00:00:00Z")) == [names[1]]
    assert ids(api.get(f"{LINKS}?updated_before=2027-01-10T01:00:00%2B01:00")) == [names[2]]
    assert ids(api.get(f"{LINKS}?sort=created_at")) == names
    assert ids(api.get(f"{LINKS}?sort=-updated_at")) == names
    assert ids(api.get(f"{LINKS}?sort=updated_at")) == names[::-1]


def test_links_of_one_moment_go_through_pages_once(api, make_link):
    made = {make_link().public_id for _ in range(5)}
    Link.objects.update(created_at=timezone.now())
    for sort in ("created_at", "-created_at"):
        seen = through_pages(api, f"sort={sort}")
        assert len(seen) == 5
        assert set(seen) == made


@pytest.mark.parametrize(
    ("wanted", "order", "index"),
    [
        (LinkFilter(), ("-created_at", "-pk"), "link_newest"),
        (LinkFilter(), ("updated_at", "pk"), "link_changed"),
        (LinkFilter(tags=("t",)), ("-tagged_created_at", "-pk"), "tagged_newest"),
        (LinkFilter(tags=("t",)), ("-tagged_updated_at", "-pk"), "tagged_changed"),
        (LinkFilter(folder="{folder}"), ("-created_at", "-pk"), "link_in_folder"),
        (LinkFilter(folder="{folder}"), ("-updated_at", "-pk"), "link_changed_in_folder"),
        (LinkFilter(state="archived"), ("-created_at", "-pk"), "link_archived"),
        (LinkFilter(state="disabled"), ("-created_at", "-pk"), "link_disabled"),
        (LinkFilter(state="expired"), ("-created_at", "-pk"), "link_ending"),
        (LinkFilter(state="scheduled"), ("-created_at", "-pk"), "link_starting"),
    ],
)
def test_every_filter_reads_an_index_in_its_order(workspace, make_link, wanted, order, index):
    seed_links(workspace, 300, now=timezone.now(), days=30)
    folder = Folder.objects.create(workspace=workspace, name="F")
    make_link(tags=["t"], folder=folder)
    wanted = replace(wanted, folder=wanted.folder.format(folder=folder.public_id))
    links = filtered(links_in(workspace), workspace, wanted).order_by(*order).prefetch_related(None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE links_link, links_link_tags")  # what the planner chooses depends on what it knows
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
    assert index in links[:50].explain()


def test_links_of_a_tag_go_by_their_changes(api, make_link):
    a, b, c, d = [make_link(tags=["t", "u"], title=name) for name in "abcd"]
    by_hand = timezone.now() + timedelta(hours=1)
    api.patch(f"{LINKS}/{b.public_id}", {"title": "B"})
    api.delete(f"{LINKS}/{a.public_id}")
    api.patch(f"{LINKS}/bulk", {"links": [{"id": c.public_id, "title": "C"}]})
    api.post(f"{LINKS}/{a.public_id}/restore")
    Link.objects.filter(pk=d.pk).update(updated_at=by_hand)
    added = make_link(title="without")
    api.patch(f"{LINKS}/{added.public_id}", {"tags": ["T"]})
    expected = [link.public_id for link in (d, added, a, c, b)]
    for sort, wanted in (("-updated_at", expected), ("updated_at", expected[::-1])):
        assert through_pages(api, f"tag=t&sort={sort}") == wanted
    assert all(row.updated_at == row.link.updated_at for row in Tagged.objects.select_related("link"))


@pytest.mark.parametrize(("sort", "index"), [("created_at", "tagged_newest"), ("updated_at", "tagged_changed")])
def test_a_later_page_of_a_tag_begins_in_the_middle_of_its_index(api, make_link, sort, index):
    for _ in range(3):
        make_link(tags=["t"])
    cursor = api.get(f"{LINKS}?tag=t&limit=1&sort=-{sort}").json()["next"]
    with CaptureQueriesContext(connection) as captured:
        api.get(f"{LINKS}?tag=t&limit=1&sort=-{sort}&cursor={cursor}")
    [sql] = [query["sql"] for query in captured.captured_queries if "LIMIT 2" in query["sql"]]
    with connection.cursor() as asked:
        asked.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        asked.execute(f"EXPLAIN {sql.rpartition('; ')[2]}")  # settings stand in front
        plan = "\n".join(row[0] for row in asked.fetchall())
    condition = plan.partition(index)[2].partition("Index Cond:")[2].splitlines()[0]
    assert f"ROW({sort}, link_id) < ROW(" in condition


def test_a_list_that_takes_too_long_says_what_to_do(api, make_link, monkeypatch):
    make_link()
    monkeypatch.setattr("shortener.links.filters.LIST_TIMEOUT", 1)
    wait = RawSQL("SELECT 1 FROM pg_sleep(2)", ())
    monkeypatch.setattr("shortener.api.links.filtered", lambda links, *_: links.alias(waited=wait).filter(waited=1))
    answer = api.get("/api/v1/links?q=example")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/q")
    assert "Ask for longer words" in answer.json()["errors"][0]["message"]


def test_the_rarest_tag_leads(make_link, workspace):
    for number in range(300):
        make_link(tags=["often"] if number else ["often", "once"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE links_link_tags")
    both = filtered(links_in(workspace), workspace, LinkFilter(tags=["often", "once"]))
    assert both.count() == 1
    assert f'"tag_id" = {Tag.objects.get(name="once").pk} ' in str(both.query).partition("EXISTS")[0]


def test_a_list_shows_what_one_link_shows(api, make_link, workspace):
    folder = Folder.objects.create(workspace=workspace, name="F")
    day = timezone.now() + timedelta(1)
    made = make_link(
        tags=["b", "A", "ü"], folder=folder, title="„T“", click_limit=3, active_until=day, external_id="x", notice=True,
        rules=[{"conditions": [{"type": "country", "values": ["de"]}], "targets": [{"url": "https://example.org/ü"}]}],
        utm={"source": "s"}, password="correct horse", forward_query="merge", card_title="C", expired_url="https://e.org",
    )  # fmt: skip
    LinkUse.objects.create(link=made, used=3)
    plain = make_link()
    Link.objects.filter(pk=plain.pk).update(created_by=None, archived_at=day, created_at=day.replace(microsecond=0))
    page = api.get(LINKS).content
    alone = [api.get(f"{LINKS}/{link.public_id}").content for link in (plain, made)]
    assert page == b'{"data":[' + b",".join(alone) + b'],"next":null}'


@pytest.mark.django_db(transaction=True)
def test_settings_of_a_list_end_with_it():
    def at() -> tuple[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), current_setting('max_parallel_workers_per_gather')"
            )
            return cursor.fetchone()

    before = at()
    with in_time(narrowed=True):
        assert at() == ("3s", "0")
    assert before == at() != ("3s", "0")


def test_a_page_is_read_by_one_statement(api, make_link):
    make_link(tags=["a", "b"], click_limit=5)
    make_link()
    api.get(f"{LINKS}?q=x")  # the key is looked up, and what words are frequent
    for query, most in (("", 1), ("?q=example", 1), ("?tag=a", 2), ("?tag=a&tag=b", 3)):
        with CaptureQueriesContext(connection) as captured:
            api.get(f"{LINKS}{query}")
        said = [query["sql"] for query in captured if "accounts_apikey" not in query["sql"]]
        assert len([sql for sql in said if "SAVEPOINT" not in sql]) == most
