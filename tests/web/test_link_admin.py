import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.utils.translation import override

from shortener.accounts.models import User
from shortener.accounts.services import personal_workspace
from shortener.clicks.models import LinkTotal
from shortener.links.models import Link
from shortener.links.services import delete_link
from shortener.web.admin.links import LinkAdmin
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
LIST = "/admin/links/link/"
NEW = {"url": "https://example.com/new", "status": "302"}


@pytest.fixture
def new(workspace):
    return {**NEW, "workspace": str(workspace.pk)}


def change(link: Link) -> str:
    return f"{LIST}{link.pk}/change/"


def test_a_link_is_made_by_the_service(staff, new, workspace):
    assert staff.post(f"{LIST}add/", {**new, "title": "T", "tags": "a, b"}).url == LIST
    link = Link.objects.get()
    assert (link.destination, link.workspace, link.title) == (NEW["url"], workspace, "T")
    assert (link.created_via, link.created_by.email) == (Link.Via.ADMIN, "staff@example.org")
    assert link.slug
    assert {tag.name for tag in link.tags.all()} == {"a", "b"}


def test_a_name_can_be_chosen(staff, new):
    staff.post(f"{LIST}add/", {**new, "slug": "chosen", "archived": "on"})
    link = Link.objects.get(slug="chosen")
    assert link.archived_at


def test_mistakes_are_told_at_their_fields_and_nothing_is_made(staff, new, make_link):
    make_link(slug="taken")
    page = Read(staff.post(f"{LIST}add/", {**new, "url": "ftp://x", "title": "t" * 301, "slug": "a b"}))
    for message in ("Addresses that begin with ftp:", "A title has at most", "A name can only contain"):
        assert message in page.text
    assert "is taken" in Read(staff.post(f"{LIST}add/", {**new, "slug": "taken"})).text
    assert Link.objects.count() == 1


def test_new_links_are_ones_own_unless_one_says_otherwise(staff):
    me = User.objects.get(email="staff@example.org")
    page = Read(staff.get(f"{LIST}add/"))
    assert page.all("option", value=str(personal_workspace(me).pk), selected="")


def test_a_change_is_made_by_the_service(staff, make_link):
    link = make_link("https://münchen.example/", slug="kept", tags=["old"])
    assert staff.post(change(link), {**NEW, "status": "301", "tags": "new", "archived": "on"}).url == LIST
    changed = Link.objects.get()
    assert (changed.destination, changed.status, changed.slug) == (NEW["url"], 301, "kept")
    assert changed.archived_at
    assert [tag.name for tag in changed.tags.all()] == ["new"]
    assert changed.version == link.version + 1


def test_a_change_that_is_wrong_changes_nothing(staff, make_link):
    link = make_link()
    page = Read(staff.post(change(link), {**NEW, "url": "x"}))
    assert "not a complete host name" in page.text
    assert Link.objects.get().version == link.version


def test_the_page_of_a_link_says_how_often_it_was_followed(staff, make_link):
    link = make_link()
    LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=1234)
    assert "1,234" in Read(staff.get(change(link))).text


def test_deleting_leaves_a_tombstone(staff, make_link):
    link = make_link()
    staff.post(f"{LIST}{link.pk}/delete/", {"post": "yes"})
    assert Link.objects.get().deleted_at
    assert staff.get(change(link)).status_code == 302  # there is no such link


def test_deleting_many_leaves_tombstones(staff, make_link):
    links = [make_link(), make_link()]
    sent = {"action": "delete_selected", "_selected_action": [link.pk for link in links], "post": "yes"}
    staff.post(LIST, sent)
    assert Link.objects.filter(deleted_at=None).count() == 0
    assert Link.objects.count() == 2


@pytest.mark.parametrize("text", ["found-me", "example.com/needle", "A Title"])
def test_links_are_found_by_slug_destination_and_title(staff, make_link, text):
    make_link("https://example.com/needle", slug="found-me", title="A title")
    make_link(slug="other")
    html = Read(staff.get(LIST, {"q": text})).html
    assert "found-me" in html
    assert "other" not in html


@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_the_box_of_a_row_is_the_one_that_django_draws(make_link, language):
    link = make_link(slug="launch")
    with override(language):
        theirs, ours = (kind(Link, admin.site).action_checkbox(link) for kind in (admin.ModelAdmin, LinkAdmin))
    [theirs], [ours] = (Read(HttpResponse(box)).all("input") for box in (theirs, ours))
    assert ours == theirs
    assert ours["aria-label"].endswith("/launch")


def test_deleted_links_are_not_listed(staff, make_link):
    delete_link(make_link(slug="buried"))
    assert "buried" not in Read(staff.get(LIST)).html


def test_the_number_of_queries_does_not_grow_with_the_rows(staff, make_link, django_assert_max_num_queries):
    for _ in range(20):
        make_link()
    with django_assert_max_num_queries(12):
        staff.get(LIST)


def test_of_many_links_about_as_many_are_said_to_be_there(staff, make_link, monkeypatch):
    monkeypatch.setattr("shortener.web.admin.counting.COUNTED", 2)
    for _ in range(4):
        make_link()
    monkeypatch.setattr("django.db.models.QuerySet.explain", lambda *_, **__: '[{"Plan": {"Plan Rows": 12345}}]')
    page = staff.get("/admin/links/link/")
    assert len(page.context["cl"].result_list) == 4
    assert page.context["cl"].result_count == 12345
    assert "about 12,000 links" in Read(page).text
    assert "about 12,000 results" in Read(staff.get("/admin/links/link/?q=example")).text


def test_of_few_links_just_as_many_are_said_to_be_there(staff, make_link):
    for _ in range(4):
        make_link()
    text = Read(staff.get("/admin/links/link/")).text
    assert "4 links" in text
    assert "about" not in text


def test_a_word_that_many_links_have_is_found_too(staff, make_link, monkeypatch):
    links = [make_link(title="Handbook") for _ in range(3)]
    make_link(title="Other")
    for first in (1, 3):
        monkeypatch.setattr("shortener.web.admin.links.FOUND_FIRST", first)
        found = staff.get("/admin/links/link/?q=handbook").context["cl"].result_list
        assert [link.pk for link in found] == sorted((link.pk for link in links), reverse=True)
