from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shortener.accounts.services import personal_workspace
from shortener.clicks.models import DailyClicks, LinkTotal
from shortener.links.models import Domain, Folder, Link, LinkUse
from shortener.links.queries import links_in
from shortener.links.services import delete_link, update_link
from shortener.web.paging import PAGE_SIZE
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
LONG = "https://example.com/long"


def followed(page: Read, rel: str) -> str:
    """Where the link to the next or previous page leads."""
    [found] = page.all("a", rel=rel)
    return "/app/" + found["href"]


def test_it_is_for_people_with_an_account(client):
    assert client.get("/app/").url == "/accounts/login/?next=/app/"


def test_links_are_listed_newest_first(signed_in, make_link):
    make_link(slug="first")
    make_link(slug="second")
    assert Read(signed_in.get("/app/")).listed == ["second", "first"]


def test_nobody_sees_the_links_of_others(intruder, make_link):
    make_link()
    page = Read(intruder.get("/app/"))
    assert page.listed == []
    assert "No links yet" in page.text


def test_a_row_says_where_it_leads_how_often_it_was_followed_and_its_tags(signed_in, make_link):
    link = make_link("https://münchen.example/", title="Town", tags=["travel"])
    LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=1000, bots=7)
    LinkTotal.objects.create(link_id=link.pk, slot=1, clicks=234)
    page = Read(signed_in.get("/app/"))
    assert "https://münchen.example/" in page.text
    assert "1,234 clicks" in page.text
    assert "Town" in page.text
    assert page.all("a", href="/app/?tag=travel")


def test_one_click_is_not_clicks(signed_in, make_link):
    LinkTotal.objects.create(link_id=make_link().pk, slot=0, clicks=1)
    assert "1 click " in Read(signed_in.get("/app/")).text


def test_a_row_says_what_a_visitor_would_meet(signed_in, make_link):
    now, day = timezone.now(), timedelta(days=1)
    make_link(active_from=now + day)
    make_link(active_until=now - day)
    LinkUse.objects.create(link=make_link(click_limit=3), used=3)
    Link.objects.filter(pk=make_link().pk).update(archived_at=now)
    make_link()
    states = [
        found["class"].removeprefix("badge ")
        for found in Read(signed_in.get("/app/")).all("span")
        if "badge" in found.get("class", "")
    ]
    assert states == ["active", "archived", "exhausted", "expired", "scheduled"]


def test_search_by_text(signed_in, make_link):
    make_link("https://example.com/Needle", slug="found")
    make_link()
    page = Read(signed_in.get("/app/", {"q": "needle"}))
    assert page.listed == ["found"]
    assert page.field("q")["value"] == "needle"


def test_search_by_tag(signed_in, make_link):
    make_link(slug="found", tags=["news & more"])
    make_link()
    page = Read(signed_in.get("/app/", {"tag": "news & more"}))
    assert page.listed == ["found"]
    assert page.all("a", **{"aria-label": "news & more: remove this filter"})


@pytest.mark.parametrize("asked", [{"q": "nowhere"}, {"tag": "none"}])
def test_a_search_without_results_says_so(signed_in, make_link, asked):
    make_link()
    page = Read(signed_in.get("/app/", asked))
    assert "Nothing found" in page.text
    assert "No links yet" not in page.text


def test_pages_go_forward_and_back(signed_in, make_link):
    slugs = [f"link-{number:03}" for number in range(2 * PAGE_SIZE + 5)]
    for slug in slugs:
        make_link(slug=slug)
    slugs.reverse()
    pages = [Read(signed_in.get("/app/"))]
    for _ in range(2):
        pages.append(Read(signed_in.get(followed(pages[-1], "next"))))
    assert [page.listed for page in pages] == [slugs[:PAGE_SIZE], slugs[PAGE_SIZE : 2 * PAGE_SIZE], slugs[-5:]]
    assert not pages[0].all("a", rel="prev")
    assert not pages[2].all("a", rel="next")
    back = Read(signed_in.get(followed(pages[2], "prev")))
    assert back.listed == pages[1].listed
    first = Read(signed_in.get(followed(back, "prev")))
    assert first.listed == pages[0].listed
    assert not first.all("a", rel="prev")


def test_pages_keep_the_search(signed_in, make_link):
    for number in range(PAGE_SIZE + 1):
        make_link(slug=f"wanted-{number}")
        make_link()
    page = Read(signed_in.get(followed(Read(signed_in.get("/app/", {"q": "wanted"})), "next")))
    assert page.listed == ["wanted-0"]


def test_a_page_whose_neighbour_is_deleted_starts_again(signed_in, make_link):
    gone, stays = make_link(), make_link(slug="stays")
    delete_link(gone)
    assert Read(signed_in.get("/app/", {"after": gone.public_id})).listed == [stays.slug]


@pytest.mark.parametrize("nonsense", ["", "x", "link_\x00", "link_" + "9" * 40])
def test_nonsense_for_a_page_is_the_first_page(signed_in, make_link, nonsense):
    make_link(slug="only")
    for name in ("after", "before"):
        assert Read(signed_in.get("/app/", {name: nonsense, "created": nonsense})).listed == ["only"]


def test_the_number_of_queries_does_not_grow_with_the_rows(signed_in, make_link):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            signed_in.get("/app/")
        return len(captured)

    make_link(tags=["one"])
    few = queries()
    for number in range(20):
        link = make_link(tags=[f"tag {number}", "one"], click_limit=9)
        LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=number)
    assert queries() == few <= 15


def test_a_row_shows_the_last_thirty_days(signed_in, make_link):
    link = make_link()
    today = datetime.now(UTC).date()
    for age, slot, clicks in ((0, 0, 5), (0, 1, 5), (29, 0, 20), (30, 0, 900)):
        DailyClicks.objects.create(scope=0, scope_id=link.pk, day=today - timedelta(age), slot=slot, clicks=clicks)
    page = Read(signed_in.get("/app/"))
    [line] = [found["d"] for found in page.all("path")]
    assert line.startswith("M0 0L10 100L")
    assert line.endswith("L280 100L290 50")
    assert "30 clicks in 30 days" in page.text


class TestFiltersAndOrder:
    def test_what_is_asked_for_is_in_the_form_and_can_be_taken_away(self, signed_in, make_link):
        make_link(slug="found", tags=["press"])
        page = Read(signed_in.get("/app/", {"q": "found", "tag": "press", "state": "active", "after": "x"}))
        assert page.listed == ["found"]
        assert page.field("q")["value"] == "found"
        taken = {
            found["aria-label"]: found["href"] for found in page.all("a") if "remove" in found.get("aria-label", "")
        }
        assert taken == {
            "press: remove this filter": "/app/?q=found&state=active",
            "Active: remove this filter": "/app/?q=found&tag=press",
        }

    def test_folders_are_a_click_away(self, signed_in, make_link, workspace):
        folder = Folder.objects.create(workspace=workspace, name="Press")
        Link.objects.filter(pk=make_link(slug="inside").pk).update(folder=folder)
        make_link(slug="outside")
        assert Read(signed_in.get(f"/app/?folder={folder.public_id}")).listed == ["inside"]
        assert Read(signed_in.get("/app/")).all("a", href=f"?folder={folder.public_id}")

    def test_days_are_those_of_the_reader(self, signed_in, make_link):
        for hour, slug in ((0, "first"), (23, "last")):
            moment = datetime(2026, 3, 4, hour, 30, tzinfo=UTC)
            Link.objects.filter(pk=make_link(slug=slug).pk).update(created_at=moment)
        assert Read(signed_in.get("/app/?since=2026-03-04&until=2026-03-04")).listed == ["last", "first"]
        assert Read(signed_in.get("/app/?since=2026-03-05")).listed == []

    @pytest.mark.parametrize(
        "nonsense", ["since=x", "until=2026-99-99", "until=9999-12-31", "order=clicks", "since=0001-01-01"]
    )
    def test_nonsense_is_left_out(self, signed_in, make_link, nonsense):
        make_link(slug="only")
        assert Read(signed_in.get(f"/app/?{nonsense}")).listed == ["only"]

    def test_days_that_make_no_sense_are_no_filters(self, signed_in, make_link):
        make_link(slug="only", tags=["press"])
        page = Read(signed_in.get("/app/?since=2026-13-45&until=x&tag=press"))
        said = [found["aria-label"] for found in page.all("a") if "remove this filter" in found.get("aria-label", "")]
        assert said == ["press: remove this filter"]
        Link.objects.all().delete()
        assert "No links yet" in Read(signed_in.get("/app/?since=2026-13-45")).text

    @pytest.mark.parametrize("order", ["oldest", "changed"])
    def test_pages_go_forward_and_back_in_every_order(self, signed_in, make_link, order):
        made = [make_link(slug=f"link-{number:03}") for number in range(PAGE_SIZE + 3)]
        for link in made[:3]:
            update_link(link, changes={"title": "changed"})
        slugs = [link.slug for link in made]
        expected = slugs if order == "oldest" else [*slugs[2::-1], *slugs[:2:-1]]
        first = Read(signed_in.get(f"/app/?order={order}"))
        second = Read(signed_in.get(followed(first, "next")))
        assert first.listed + second.listed == expected
        assert Read(signed_in.get(followed(second, "prev"))).listed == first.listed


def test_a_full_page_takes_few_queries(signed_in, make_link, workspace):
    for number in range(PAGE_SIZE + 1):
        make_link(tags=[f"tag {number}"])
    Folder.objects.create(workspace=workspace, name="Press")
    last = Read(signed_in.get("/app/")).all("a", rel="next")[0]["href"]
    with CaptureQueriesContext(connection) as captured:
        signed_in.get(f"/app/{last}&q=example&tag=tag 0&state=active&order=newest")
    queries = [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(queries) <= 15
    assert not [query for query in queries if "COUNT(" in query]


class TestTheForm:
    def test_a_new_link_is_shown_at_the_top(self, signed_in, owner):
        answer = signed_in.post("/app/", {"url": LONG}, follow=True)
        link = Link.objects.get()
        assert answer.redirect_chain == [(f"/app/?created={link.public_id}", 302)]
        assert Read(answer).all("svg", **{"class": "qr"})
        assert (link.workspace, link.created_by) == (personal_workspace(owner), owner)

    def test_name_title_and_tags_can_be_given(self, signed_in):
        signed_in.post("/app/", {"url": LONG, "slug": "Mine", "title": "A title", "tags": "one, two ,, one"})
        link = Link.objects.get()
        assert (link.slug, link.title) == ("Mine", "A title")
        assert {tag.name for tag in link.tags.all()} == {"one", "two"}

    def test_every_mistake_is_told_at_its_field(self, signed_in, make_link):
        make_link(slug="taken")
        answer = signed_in.post("/app/", {"url": "", "slug": "no spaces", "title": "t" * 301, "tags": "t" * 51})
        page = Read(answer)
        assert answer.status_code == 422
        assert all(page.field(name)["error"] for name in ("url", "slug", "title", "tags"))
        assert page.field("slug")["value"] == "no spaces"
        assert any("open" in found for found in page.all("details"))

    def test_a_taken_name_is_told_at_the_name(self, signed_in, make_link):
        make_link(slug="taken")
        page = Read(signed_in.post("/app/", {"url": LONG, "slug": "taken"}))
        assert "taken" in page.field("slug")["error"]
        assert page.field("url")["value"] == LONG

    def test_nobody_is_shown_a_link_of_others_as_new(self, intruder, make_link):
        page = Read(intruder.get("/app/", {"created": make_link(slug="private").public_id}))
        assert "private" not in page.html


def test_a_domain_can_be_chosen_where_there_are_several(signed_in, workspace):
    assert "Domain" not in Read(signed_in.get("/app/")).text
    Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())
    page = Read(signed_in.get("/app/"))
    assert page.all("option", value="127.0.0.1:8000")
    assert page.all("option", value="go.test")
    signed_in.post("/app/", {"url": "https://example.com/", "domain": "go.test"})
    assert workspace.links.get().domain.host == "go.test"
    refused = signed_in.post("/app/", {"url": "https://example.com/", "domain": "stranger.test"})
    assert refused.status_code == 422
    assert "“stranger.test” is not a verified domain of yours." in Read(refused).field("domain")["error"]


def test_clicks_from_before_the_import_are_shown_with_those_since(signed_in, make_link):
    link = make_link(slug="old")
    Link.objects.filter(pk=link.pk).update(imported_clicks=1200)
    LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=34)
    assert "1,234 clicks" in Read(signed_in.get("/app/")).text


def test_a_search_that_takes_too_long_says_what_to_do(signed_in, make_link, monkeypatch):
    make_link()
    monkeypatch.setattr("shortener.links.filters.LIST_TIMEOUT", 1)
    monkeypatch.setattr("shortener.web.views.links.matching", slowly())
    page = Read(signed_in.get("/app/?q=example"))
    assert "That takes too long" in page.text
    assert "Ask for longer words, or for fewer things at once." in page.text


def slowly():
    def found(workspace, _asked):
        wait = RawSQL("SELECT 1 FROM pg_sleep(2)", ())
        return links_in(workspace).alias(waited=wait).filter(waited=1)

    return found
