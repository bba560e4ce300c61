from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shortener.accounts.services import personal_workspace
from shortener.clicks.models import LinkTotal
from shortener.links.models import Domain, Link, LinkUse
from shortener.links.services import delete_link
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
    text = Read(signed_in.get("/app/")).text
    states = [word for word in text.split() if word in {"Active", "Scheduled", "Expired", "Archived", "Used"}]
    assert states == ["Active", "Archived", "Used", "Expired", "Scheduled"]


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
    assert page.all("a", **{"aria-label": "Tagged news & more: remove this filter"})


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
