from datetime import UTC, datetime

import pytest

from shortener.accounts.services import personal_workspace
from shortener.links.models import Folder, Link, UtmTemplate
from shortener.links.services import password_opens, update_link
from tests.web.link.filling import sent
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
        return {**sent(signed_in.get(f"{path}edit")), **changes}

    return fill


def test_it_is_filled_in_with_what_is(filled_in):
    shown = filled_in()
    assert {
        name: shown[name] for name in ("url", "title", "tags", "status", "active_from", "active_until", "click_limit")
    } == {
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
    assert answer.redirect_chain == [(f"{path}edit", 302)]
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
    "utm_source": "news", "utm_medium": "e mail", "password": "open sesame", "notice": "on", "card_title": "Card",
    "card_description": "Words", "card_image": "https://example.com/i.png",
    "ios_url": "app://page", "android_url": "https://example.com/app",
}  # fmt: skip


def test_all_that_a_link_can_do_can_be_said(signed_in, path, link, filled_in):
    assert signed_in.post(f"{path}edit", filled_in(**MORE)).status_code == 302
    link.refresh_from_db()
    assert (link.expired_url, link.forward_query, link.forward_path) == ("https://example.com/over", "merge", True)
    assert link.utm == {"utm_source": "news", "utm_medium": "e mail"}
    assert (link.notice, link.card_title, link.card_description) == (True, "Card", "Words")
    assert (link.ios_url, link.android_url) == ("app://page", "https://example.com/app")
    assert password_opens(link, "open sesame")
    page = Read(signed_in.get(f"{path}edit"))
    assert page.field("utm_medium")["value"] == "e mail"
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
        ("utm_medium", "m" * 201, "A campaign parameter is a text of at most 200 characters."),
        ("password", "abc", "A password has 4 to 128 characters."),
        ("expired_url", "javascript:x", "Addresses that begin with javascript: cannot be shortened"),
        ("card_image", "data:x", "Addresses that begin with data: cannot be shortened"),
    ],
)
def test_mistakes_in_them_are_told_at_their_field(signed_in, path, filled_in, field, value, error):
    answer = signed_in.post(f"{path}edit", filled_in(**{field: value}))
    assert answer.status_code == 422
    assert error in Read(answer).field(field)["error"]


def test_a_link_is_put_into_a_folder_and_out_again(signed_in, path, link, workspace, stranger, filled_in):
    folder = Folder.objects.create(workspace=workspace, name="Autumn")
    Folder.objects.create(workspace=personal_workspace(stranger), name="Theirs")
    assert "Theirs" not in Read(signed_in.get(f"{path}edit")).html
    signed_in.post(f"{path}edit", filled_in(folder=folder.public_id))
    assert Link.objects.get().folder == folder
    assert "Folder Before: nothing After: Autumn" in Read(signed_in.get(f"{path}history")).text
    signed_in.post(f"{path}edit", filled_in(folder=""))
    assert Link.objects.get().folder is None


def test_statistics_are_opened_and_closed_again(signed_in, path, filled_in):
    signed_in.post(f"{path}edit", filled_in(public_stats="on"))
    assert Link.objects.get().public_stats
    values = filled_in()
    del values["public_stats"]
    signed_in.post(f"{path}edit", values)
    assert not Link.objects.get().public_stats


def test_what_says_something_is_open_and_the_rest_folded(signed_in, path, link):
    update_link(link, changes={"active_until": None, "card_title": "Card"})
    page = Read(signed_in.get(f"{path}edit"))
    opened = {found["id"] for found in page.all("details") if "open" in found}
    assert opened == {"section-card"}


def test_a_part_with_a_mistake_is_open(signed_in, path, filled_in):
    page = Read(signed_in.post(f"{path}edit", filled_in(ios_url="javascript:x")))
    assert page.all("details", id="section-apps", open="")
    assert page.field("ios_url")["value"] == "javascript:x"


def test_a_password_is_set_or_removed_but_not_both(signed_in, path, link, filled_in):
    update_link(link, changes={"password": "open sesame"})
    answer = signed_in.post(f"{path}edit", filled_in(password="another one", no_password="on"))
    assert "Set another password or remove it, not both." in Read(answer).field("no_password")["error"]


def test_a_template_fills_in_the_campaign_and_saves_nothing(signed_in, path, link, workspace, filled_in):
    template = UtmTemplate.objects.create(
        workspace=workspace, name="News", values={"utm_source": "news", "utm_medium": "mail"}
    )
    values = filled_in(template=str(template.pk), title="Typed", utm_term="old", do="template")
    page = Read(signed_in.post(f"{path}edit", values))
    assert [page.field(f"utm_{name}")["value"] for name in ("source", "medium")] == ["news", "mail"]
    assert page.field("title")["value"] == "Typed"
    link.refresh_from_db()
    assert (link.utm, link.title) == ({}, "Town")
    signed_in.post(f"{path}edit", {**sent(signed_in.post(f"{path}edit", values)), "do": "save"})
    link.refresh_from_db()
    assert (link.utm, link.title) == ({"utm_source": "news", "utm_medium": "mail"}, "Typed")


def test_templates_of_other_workspaces_are_not_offered(signed_in, path, stranger):
    UtmTemplate.objects.create(workspace=personal_workspace(stranger), name="Theirs", values={"utm_source": "x"})
    assert "Theirs" not in Read(signed_in.get(f"{path}edit")).html


def test_nothing_changed_is_no_version(signed_in, path, link, filled_in):
    text = Read(signed_in.post(f"{path}edit", filled_in(), follow=True)).text
    assert "Nothing was changed." in text
    assert Link.objects.get().version == link.version


# Two at once


def test_what_others_changed_elsewhere_stays(signed_in, path, link, filled_in):
    mine = filled_in(title="Mine")
    update_link(link, changes={"url": "https://example.com/theirs", "click_limit": 5})
    assert signed_in.post(f"{path}edit", mine).status_code == 302
    link.refresh_from_db()
    assert (link.title, link.destination, link.click_limit) == ("Mine", "https://example.com/theirs", 5)


def test_a_conflict_shows_both_values_and_saves_nothing(signed_in, path, link, filled_in):
    mine = filled_in(title="Mine", card_title="Also mine")
    update_link(link, changes={"title": "Theirs", "click_limit": 5, "notice": True})
    answer = signed_in.post(f"{path}edit", mine)
    page = Read(answer)
    assert answer.status_code == 409
    assert "Somebody else has changed this link meanwhile." in page.text
    assert "Title Theirs: Theirs" in page.text
    assert page.field("title")["help"] == "Somebody else has set: Theirs"
    assert (page.field("title")["value"], page.field("card_title")["value"]) == ("Mine", "Also mine")
    assert page.field("click_limit")["value"] == "5"
    assert "checked" in page.field("notice")
    assert Link.objects.get().title == "Theirs"


def test_what_others_typed_is_shown_as_text(signed_in, path, link, filled_in):
    mine = filled_in(title="Mine")
    update_link(link, changes={"title": "<b>bold</b>"})
    html = signed_in.post(f"{path}edit", mine).content.decode()
    assert "<b>bold</b>" not in html
    assert "Somebody else has set: &lt;b&gt;bold&lt;/b&gt;" in html


def test_saving_again_after_a_conflict_keeps_mine_and_what_else_is_theirs(signed_in, path, link, filled_in):
    mine = filled_in(title="Mine", card_title="Also mine")
    update_link(link, changes={"title": "Theirs", "click_limit": 5, "notice": True})
    shown = sent(signed_in.post(f"{path}edit", mine))
    assert signed_in.post(f"{path}edit", {**shown, "do": "save"}).status_code == 302
    link.refresh_from_db()
    assert (link.title, link.card_title, link.click_limit, link.notice) == ("Mine", "Also mine", 5, True)


def test_the_same_change_by_both_is_no_conflict(signed_in, path, link, filled_in):
    mine = filled_in(title="Same", card_title="Mine")
    update_link(link, changes={"title": "Same"})
    assert signed_in.post(f"{path}edit", mine).status_code == 302
    assert Link.objects.get().card_title == "Mine"


def test_a_parameter_of_the_campaign_does_not_undo_another(signed_in, path, link, filled_in):
    mine = filled_in(utm_source="mine")
    update_link(link, changes={"utm": {"utm_medium": "theirs"}})
    signed_in.post(f"{path}edit", mine)
    assert Link.objects.get().utm == {"utm_source": "mine", "utm_medium": "theirs"}


@pytest.mark.parametrize("seen", ["", "[", "[]"])
def test_without_a_sound_note_of_what_was_seen_the_form_is_taken_as_it_is(signed_in, path, filled_in, seen):
    assert signed_in.post(f"{path}edit", filled_in(title="New", seen=seen)).status_code == 302
    assert Link.objects.get().title == "New"


def test_editing_does_not_switch_a_link_on_again(signed_in, path, filled_in):
    Link.objects.update(disabled_at=END, disabled_reason="Reported")
    values = filled_in(url="https://example.com/other")
    signed_in.post(f"{path}edit", values)
    assert (Link.objects.get().destination, Link.objects.get().disabled_at) == ("https://example.com/other", END)


def test_times_are_read_in_the_readers_zone(signed_in, path, owner, filled_in):
    owner.time_zone = "Europe/Berlin"
    owner.save()
    assert filled_in()["active_until"] == "2031-05-06T09:08"
    signed_in.post(f"{path}edit", filled_in(active_from="2030-07-01T12:00"))
    assert Link.objects.get().active_from == datetime(2030, 7, 1, 10, tzinfo=UTC)
    assert Link.objects.get().active_until == END
