from datetime import UTC, datetime

import pytest

from shortener.links.models import Link
from shortener.links.services import password_opens, update_link
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
END = datetime(2031, 5, 6, 7, 8, 59, 123, tzinfo=UTC)


@pytest.fixture
def link(make_link):
    return make_link("https://münchen.example/", title="Town", tags=["b", "a"], active_until=END)


@pytest.fixture
def path(link):
    return f"/app/links/{link.public_id}/"


@pytest.fixture
def filled_in(signed_in, path):
    """What a browser would send: the form as it is, with changes."""

    def fill(**changes):
        page = Read(signed_in.get(f"{path}edit"))
        names = ("url", "title", "tags", "active_from", "active_until", "click_limit")
        return {**{name: page.field(name).get("value", "") for name in names}, "status": "302", **changes}

    return fill


def test_it_is_filled_in_with_what_is(filled_in):
    assert filled_in() == {
        "url": "https://münchen.example/",
        "title": "Town",
        "tags": "a, b",
        "status": "302",
        "active_from": "",
        "active_until": "2031-05-06T07:08",
        "click_limit": "",
    }


def test_changes_are_saved_and_shown(signed_in, path, link, filled_in):
    sent = filled_in(
        url="https://example.com/new",
        title="New",
        tags="c",
        status="308",
        active_from="2030-01-02T03:04",
        click_limit="5",
    )
    answer = signed_in.post(f"{path}edit", sent, follow=True)
    assert answer.redirect_chain == [(path, 302)]
    assert "Saved." in Read(answer).text
    link = Link.objects.get()
    assert (link.destination, link.title, link.status) == ("https://example.com/new", "New", 308)
    assert (link.active_from, link.click_limit) == (datetime(2030, 1, 2, 3, 4, tzinfo=UTC), 5)
    assert [tag.name for tag in link.tags.all()] == ["c"]


def test_what_was_not_changed_stays_as_it_is(signed_in, path, filled_in):
    signed_in.post(f"{path}edit", filled_in(title="Other"))
    link = Link.objects.get()
    assert (link.title, link.active_until, link.destination) == ("Other", END, "https://xn--mnchen-3ya.example/")


def test_fields_can_be_emptied(signed_in, path, filled_in):
    signed_in.post(f"{path}edit", filled_in(title="", tags="", active_until=""))
    link = Link.objects.get()
    assert (link.title, link.active_until, link.tags.count()) == ("", None, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", ""),
        ("title", "t" * 301),
        ("tags", "t" * 51),
        ("status", "200"),
        ("active_from", "tomorrow"),
        ("active_until", "2001-01-01T00:00"),
        ("click_limit", "0"),
        ("click_limit", "many"),
        ("click_limit", "9" * 30),
    ],
)
def test_a_mistake_is_told_at_its_field_and_changes_nothing(signed_in, path, link, filled_in, field, value):
    update_link(link, changes={"active_from": datetime(2030, 1, 1, tzinfo=UTC)})
    version = Link.objects.get().version
    answer = signed_in.post(f"{path}edit", filled_in(**{"title": "New", field: value}))
    page = Read(answer)
    assert answer.status_code == 422
    assert page.field(field)["error"]
    assert page.field(field)["aria-invalid"] == "true"
    assert Link.objects.get().version == version


def test_the_link_of_others_cannot_be_changed(intruder, path, filled_in):
    assert intruder.post(f"{path}edit", filled_in(title="Mine now")).status_code == 404
    assert intruder.post(f"{path}archive", {"archived": "1"}).status_code == 404
    assert Link.objects.get().title == "Town"


def test_a_link_is_archived_and_brought_back(signed_in, path):
    text = Read(signed_in.post(f"{path}archive", {"archived": "1"}, follow=True)).text
    assert "Archived: visitors see a page that says so." in text
    assert Link.objects.get().archived_at
    assert "Bring back" in Read(signed_in.get(f"{path}edit")).text
    signed_in.post(f"{path}archive", {"archived": "0"})
    assert Link.objects.get().archived_at is None


def test_looking_does_not_archive(signed_in, path):
    assert signed_in.get(f"{path}archive").status_code == 405


MORE = {
    "expired_url": "https://example.com/over", "forward_query": "merge", "forward_path": "on",
    "utm": "source=news&medium=e mail", "password": "open sesame", "notice": "on", "card_title": "Card",
    "card_description": "Words", "card_image": "https://example.com/i.png",
    "rules": '[{"conditions": [{"type": "device", "values": ["ios"]}], "targets": [{"url": "https://example.com/ios"}]}]',
}  # fmt: skip


def test_all_that_a_link_can_do_can_be_said(signed_in, path, link, filled_in):
    assert signed_in.post(f"{path}edit", filled_in(**MORE)).status_code == 302
    link.refresh_from_db()
    assert (link.expired_url, link.forward_query, link.forward_path) == ("https://example.com/over", "merge", True)
    assert link.utm == {"utm_source": "news", "utm_medium": "e mail"}
    assert (link.notice, link.card_title, link.card_description) == (True, "Card", "Words")
    assert link.rules[0]["targets"] == [{"url": "https://example.com/ios", "weight": 1}]
    assert password_opens(link, "open sesame")
    page = Read(signed_in.get(f"{path}edit"))
    assert page.field("utm")["value"] == "source=news&medium=e+mail"
    assert page.all("details", open="")
    assert "sesame" not in page.html


def test_what_is_not_touched_stays(signed_in, path, link, filled_in):
    signed_in.post(f"{path}edit", filled_in(**MORE))
    same = {name: value for name, value in MORE.items() if name != "password"}
    signed_in.post(f"{path}edit", filled_in(**same, title="Only the title"))
    link.refresh_from_db()
    assert link.title == "Only the title"
    assert password_opens(link, "open sesame")
    assert link.utm == {"utm_source": "news", "utm_medium": "e mail"}
    signed_in.post(f"{path}edit", filled_in(**same, no_password="on"))
    link.refresh_from_db()
    assert link.password_hash == ""


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("utm", "colour=red", "“colour” is not one of source, medium, campaign, term, content."),
        ("password", "abc", "A password has 4 to 128 characters."),
        ("expired_url", "javascript:x", "Addresses that begin with javascript: cannot be shortened"),
        ("card_image", "data:x", "Addresses that begin with data: cannot be shortened"),
    ],
)
def test_mistakes_in_them_are_told_at_their_field(signed_in, path, filled_in, field, value, error):
    answer = signed_in.post(f"{path}edit", filled_in(**{field: value}))
    assert answer.status_code == 422
    assert error in Read(answer).field(field)["error"]


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ("[", "Enter a valid JSON."),
        ("{}", None),
        ('{"a": 1}', "Rules are a list"),
        ('[{"targets": []}]', "Rule 1: targets: List should have at least 1 item"),
    ],
)
def test_mistakes_in_rules_name_the_rule(signed_in, path, filled_in, rules, error):
    answer = signed_in.post(f"{path}edit", filled_in(rules=rules))
    assert answer.status_code == (422 if error else 302)
    if error:
        assert error in Read(answer).element("id_rules_error")
