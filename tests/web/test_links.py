import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shortener.accounts.models import Member, Workspace
from shortener.accounts.services import personal_workspace
from shortener.clicks.models import DailyClicks, LinkTotal
from shortener.links.models import Domain, Folder, Link, LinkUse, Tag
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


class TestARowInPlace:
    @pytest.fixture
    def link(self, make_link):
        return make_link(slug="mine", title="Old", tags=["one"])

    def test_its_form(self, signed_in, link):
        page = Read(signed_in.get(f"/app/links/{link.public_id}/row?edit"))
        assert (page.field("title")["value"], page.field("tags")["value"]) == ("Old", "one")
        assert "<html" not in page.html

    def test_saving(self, signed_in, link):
        wanted = {"url": "https://example.com/new", "title": "New", "tags": "two"}
        page = Read(signed_in.post(f"/app/links/{link.public_id}/row", wanted))
        assert page.listed == ["mine"]
        assert "New" in page.text
        link.refresh_from_db()
        assert (link.destination, [tag.name for tag in link.tags.all()]) == ("https://example.com/new", ["two"])

    def test_a_mistake_is_told_at_its_field(self, signed_in, link):
        page = Read(signed_in.post(f"/app/links/{link.public_id}/row", {"url": "nonsense://x", "title": "t" * 301}))
        assert page.field("url")["error"]
        assert page.field("title")["error"]
        link.refresh_from_db()
        assert link.title == "Old"

    def test_others_do_not_see_it(self, intruder, link):
        assert intruder.get(f"/app/links/{link.public_id}/row").status_code == 404
        assert intruder.post(f"/app/links/{link.public_id}/row", {"url": LONG}).status_code == 404


class TestManyAtOnce:
    @pytest.fixture
    def links(self, make_link):
        return [make_link(slug=f"link-{number}") for number in range(3)]

    def there(self):
        return set(Link.objects.filter(deleted_at=None).values_list("slug", flat=True))

    def test_selected_ones_are_deleted_and_brought_back(self, signed_in, links):
        wanted = {"action": "delete", "link": [link.public_id for link in links[:2]]}
        page = Read(signed_in.post("/app/bulk", wanted, follow=True))
        assert "2 links deleted." in page.text
        assert self.there() == {"link-2"}
        token = page.field("token")["value"]
        assert "2 links are back." in Read(signed_in.post("/app/undo", {"token": token}, follow=True)).text
        assert len(self.there()) == 3

    def test_the_offer_to_take_it_back_is_made_once(self, signed_in, links):
        signed_in.post("/app/bulk", {"action": "archive", "link": links[0].public_id})
        assert "1 link archived." in Read(signed_in.get("/app/")).text
        assert "1 link archived." not in Read(signed_in.get("/app/")).text

    def test_all_that_match_are_meant_whatever_is_selected(self, signed_in, links):
        signed_in.post("/app/bulk?q=link-1", {"action": "delete", "all": "1", "link": links[0].public_id})
        assert self.there() == {"link-0", "link-2"}

    def test_tags_and_folders(self, signed_in, links, workspace):
        ids = [link.public_id for link in links]
        signed_in.post("/app/bulk", {"action": "tag", "link": ids, "names": "press, autumn"})
        assert {tag.name for tag in Tag.objects.filter(links=links[0])} == {"press", "autumn"}
        signed_in.post("/app/bulk", {"action": "untag", "link": ids[:1], "names": "press"})
        assert {tag.name for tag in Tag.objects.filter(links=links[0])} == {"autumn"}
        signed_in.post("/app/bulk", {"action": "move", "link": ids, "new_folder": "Press"})
        folder = Folder.objects.get(workspace=workspace)
        assert folder.links.count() == 3
        signed_in.post("/app/bulk", {"action": "move", "link": ids[:1], "folder": ""})
        signed_in.post("/app/bulk", {"action": "move", "link": ids[1:2], "folder": folder.public_id})
        assert folder.links.count() == 2

    def test_archived_ones_are_brought_back(self, signed_in, links):
        ids = [link.public_id for link in links]
        signed_in.post("/app/bulk", {"action": "archive", "link": ids})
        signed_in.post("/app/bulk", {"action": "bring-back", "link": ids[:2]})
        assert Link.objects.filter(archived_at=None).count() == 2

    @pytest.mark.parametrize("wanted", [{}, {"action": "delete"}, {"action": "nonsense", "all": "1"}, {"link": "x"}])
    def test_nothing_chosen_is_nothing_done(self, signed_in, links, wanted):
        page = Read(signed_in.post("/app/bulk", wanted, follow=True))
        assert "Choose links first" in page.text
        assert len(self.there()) == 3

    def test_mistakes_are_told(self, signed_in, links):
        page = Read(signed_in.post("/app/bulk", {"action": "tag", "all": "1", "names": "t" * 51}, follow=True))
        assert "at most 50 characters" in page.text
        assert "too long ago" in Read(signed_in.post("/app/undo", {"token": "x"}, follow=True)).text

    def test_one_comes_back_to_the_same_list(self, signed_in, links):
        answer = signed_in.post("/app/bulk?q=link&after=x", {"action": "archive", "all": "1"})
        assert answer.url == "/app/?q=link"

    def test_one_from_its_own_menu(self, signed_in, links):
        signed_in.post("/app/bulk", {"delete": links[1].public_id})
        assert self.there() == {"link-0", "link-2"}

    def test_selected_ones_or_all_that_match_as_a_file(self, signed_in, links):
        def slugs(answer):
            assert answer["Content-Type"].startswith("text/csv")
            return [row["slug"] for row in csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines())]

        assert slugs(signed_in.post("/app/links.csv", {"link": links[1].public_id})) == ["link-1"]
        assert slugs(signed_in.post("/app/links.csv?q=link-2", {"all": "1"})) == ["link-2"]
        assert slugs(signed_in.get("/app/links.csv?q=link-0")) == ["link-0"]

    def test_links_of_others_stay_what_they_are(self, intruder, links):
        intruder.post("/app/bulk", {"action": "delete", "link": [link.public_id for link in links]})
        intruder.post("/app/bulk", {"action": "delete", "all": "1"})
        assert len(self.there()) == 3

    def test_whoever_only_looks_changes_nothing(self, signed_in, links, owner):
        Member.objects.filter(user=owner).update(role=Member.Role.VIEWER)
        team = Workspace.objects.create(name="Team", slug="team")
        Member.objects.create(user=owner, workspace=team, role=Member.Role.VIEWER)
        session = signed_in.session
        session["workspace"] = team.pk
        session.save()
        Link.objects.update(workspace=team)
        page = Read(signed_in.get("/app/"))
        assert len(page.listed) == 3
        assert not page.all("input", name="link")
        assert not page.all("input", name="url")
        assert signed_in.post("/app/bulk", {"action": "delete", "all": "1"}).status_code == 403
        assert signed_in.get(f"/app/links/{links[0].public_id}/row").status_code == 403
        assert len(self.there()) == 3


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
