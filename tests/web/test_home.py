from base64 import b64decode
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from shortener.accounts.models import Member, Workspace
from shortener.accounts.services import personal_workspace, public_workspace
from shortener.infra.rate_limits import RateLimit
from shortener.infra.rate_plans import parse_plans
from shortener.links.models import Domain, Link
from shortener.links.services import delete_link, password_opens
from shortener.web.recent import MOST
from shortener.web.views import home
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
IN_PLACE = {"X-Requested-With": "fetch"}
LONG = "https://example.com/a/long/address?with=a&query=1"


@pytest.fixture(autouse=True)
def anybody_may(settings):
    settings.ANONYMOUS_LINKS = True


def test_there_is_one_field_and_one_button(client):
    page = Read(client.get("/"))
    assert page.field("url")["id"] == "id_url"
    assert page.all("label", **{"for": "id_url"})
    assert "Shorten" in page.text


def test_a_visitor_gets_a_short_link(client, redis_empty):
    answer = client.post("/", {"url": LONG}, follow=True)
    link = Link.objects.get()
    assert answer.redirect_chain == [(f"/?created={link.public_id}", 302)]
    assert Read(answer).all("a", href=f"http://127.0.0.1:8000/{link.slug}")
    assert (link.destination, link.workspace, link.created_by) == (LONG, public_workspace(), None)
    assert link.created_via == Link.Via.FORM


def test_the_result_has_a_copy_button_and_a_qr_code(client):
    page = Read(client.post("/", {"url": LONG}, follow=True))
    assert page.all("button", **{"data-copy": f"http://127.0.0.1:8000/{Link.objects.get().slug}"})
    assert page.all("svg", **{"class": "qr"})


def test_the_field_is_empty_for_the_next_one(client):
    assert "value" not in Read(client.post("/", {"url": LONG}, follow=True)).field("url")


def test_a_link_of_somebody_signed_in_is_theirs_and_has_statistics(signed_in, owner):
    page = Read(signed_in.post("/", {"url": LONG}, follow=True))
    link = Link.objects.get()
    assert (link.workspace, link.created_by) == (personal_workspace(owner), owner)
    assert page.all("a", href=f"/app/links/{link.public_id}/")


def test_a_visitor_is_not_offered_statistics(client):
    assert "/app/links/" not in Read(client.post("/", {"url": LONG}, follow=True)).html


def test_reloading_the_result_makes_no_other_link(client):
    place = client.post("/", {"url": LONG}).url
    for _ in range(2):
        assert Read(client.get(place)).all("section", **{"class": "result"})
    assert Link.objects.count() == 1


def test_the_result_is_shown_only_where_the_link_was_made(client, signed_in, make_link):
    from django.test import Client

    mine = make_link(slug="mine")
    assert Read(signed_in.get(f"/?created={mine.public_id}")).all("section", **{"class": "result"})
    browser = Client()
    place = browser.post("/", {"url": LONG}).url
    assert Read(browser.get(place)).all("section", **{"class": "result"})
    for other, path in ((signed_in, place), (browser, f"/?created={mine.public_id}"), (Client(), place)):
        page = Read(other.get(path))
        assert page.field("url")
        assert not page.all("section", **{"class": "result"})


@pytest.mark.parametrize("created", ["x", "link_", "ext_", "ext_%00", ""])
def test_a_result_that_is_none_is_not_shown(signed_in, created):
    assert "Your short link" not in Read(signed_in.get(f"/?created={created}")).html


def test_a_mistake_is_told_at_the_field_and_what_was_typed_stays(client):
    answer = client.post("/", {"url": 'ftp://example.com/"><script>'})
    field = Read(answer).field("url")
    assert answer.status_code == 422
    assert "ftp:" in field["error"]
    assert (field["aria-invalid"], field["value"]) == ("true", 'ftp://example.com/"><script>')
    assert not Link.objects.exists()


def test_nothing_typed_is_a_mistake_too(client):
    assert Read(client.post("/", {})).field("url")["error"] == "Enter the address to shorten."


def test_the_script_gets_only_the_part_that_changes(client):
    answer = client.post("/", {"url": LONG}, headers=IN_PLACE)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert Read(answer).all("svg", **{"class": "qr"})


def test_the_script_gets_mistakes_in_the_same_part(client):
    answer = client.post("/", {"url": "x"}, headers=IN_PLACE)
    assert answer.status_code == 200
    assert "not a complete host name" in Read(answer).field("url")["error"]


def test_caches_keep_page_and_part_apart(client):
    vary = {name.strip() for name in client.get("/")["Vary"].split(",")}
    assert {"Cookie", "X-Requested-With"} <= vary


def test_a_form_from_elsewhere_is_refused(db):
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/", {"url": LONG})
    assert answer.status_code == 403
    assert "This form has expired" in Read(answer).text
    assert not Link.objects.exists()


def test_other_methods_are_refused(client):
    assert client.put("/").status_code == 405


def test_the_icon_is_where_browsers_look_for_it(client):
    assert client.get("/favicon.ico")["Location"].endswith("web/logo.svg")


class TestOptions:
    def test_a_visitor_may_choose_name_time_and_password(self, client):
        before = timezone.now()
        answer = client.post(
            "/", {"url": LONG, "slug": "mine", "lasts": "week", "password": "open sesame"}, follow=True
        )
        link = Link.objects.get()
        assert link.slug == "mine"
        assert timedelta(days=7) <= link.active_until - before < timedelta(days=7, minutes=1)
        assert password_opens(link, "open sesame")
        assert "With a password" in Read(answer).text

    def test_a_visitor_may_not_choose_what_is_for_members(self, client):
        client.post("/", {"url": LONG, "tags": "one", "title": "Mine", "domain": "elsewhere.test"})
        link = Link.objects.get()
        assert (link.title, list(link.tags.all())) == ("", [])

    def test_members_may_tag_and_choose_a_domain(self, signed_in, workspace):
        Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())
        signed_in.post("/", {"url": LONG, "tags": "one, two", "domain": "go.test"})
        link = Link.objects.get()
        assert (link.domain.host, {tag.name for tag in link.tags.all()}) == ("go.test", {"one", "two"})

    def test_every_mistake_is_told_and_the_options_are_open(self, client):
        page = Read(client.post("/", {"url": "", "slug": "no spaces"}))
        assert all(page.field(name)["error"] for name in ("url", "slug"))
        assert [found for found in page.all("details", **{"class": "more"}) if "open" in found]

    def test_a_time_that_is_not_offered_is_a_mistake(self, client):
        assert Read(client.post("/", {"url": LONG, "lasts": "century"})).field("lasts")["error"]
        assert not Link.objects.exists()

    def test_a_password_is_not_sent_back(self, client):
        assert "open sesame" not in client.post("/", {"url": "", "password": "open sesame"}).content.decode()

    def test_files_of_the_code_come_with_the_page(self, client):
        files = {
            found["download"].rpartition(".")[2]: found["href"]
            for found in Read(client.post("/", {"url": LONG, "slug": "mine"}, follow=True)).all("a")
            if "download" in found
        }
        assert files["svg"].startswith("data:image/svg+xml;base64,")
        assert b64decode(files["png"].partition(",")[2]).startswith(b"\x89PNG")


class TestNamesThatAreFree:
    def check(self, browser, **asked):
        return Read(browser.get("/app/slug-check", asked)).text

    def test_a_free_one(self, client, redis_empty):
        assert self.check(client, slug="mine") == "127.0.0.1:8000/mine is free."

    def test_a_taken_one(self, client, make_link, redis_empty):
        make_link(slug="mine")
        assert "“mine” is taken." in self.check(client, slug="mine")

    def test_a_deleted_one_is_never_free_again(self, client, make_link, redis_empty):
        delete_link(make_link(slug="mine"))
        assert "is taken" in self.check(client, slug="mine")

    @pytest.mark.parametrize("slug", ["a", "no spaces", "x" * 65, "app", "\x00\x00"])
    def test_one_that_nobody_can_have(self, client, slug, redis_empty):
        assert "is free" not in self.check(client, slug=slug)

    def test_nothing_typed_is_nothing_said(self, client, redis_empty):
        assert self.check(client, slug="") == ""

    def test_on_another_domain(self, signed_in, workspace, make_link, redis_empty):
        make_link(slug="mine")
        Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())
        assert self.check(signed_in, slug="mine", domain="go.test") == "go.test/mine is free."
        assert "is taken" in self.check(signed_in, slug="mine", domain="stranger.test")

    def test_too_many_questions(self, client, monkeypatch, redis_empty):
        monkeypatch.setattr(home, "SLUG_CHECKS", RateLimit("few slug checks", "1/minute"))
        assert client.get("/app/slug-check", {"slug": "mine"}).status_code == 200
        assert client.get("/app/slug-check", {"slug": "mine"}).status_code == 429

    def test_not_where_strangers_make_no_links(self, client, settings, redis_empty):
        settings.ANONYMOUS_LINKS = False
        assert client.get("/app/slug-check", {"slug": "mine"}).status_code == 403


class TestMadeInThisBrowser:
    def test_the_last_ones_are_listed(self, client):
        for slug in ("first", "second"):
            client.post("/", {"url": LONG, "slug": slug})
        text = Read(client.get("/")).text
        assert text.index("second") < text.index("first")

    def test_the_new_one_is_not_listed_twice(self, client):
        assert "Made in this browser" not in Read(client.post("/", {"url": LONG}, follow=True)).text

    def test_another_browser_has_none(self, client):
        from django.test import Client

        client.post("/", {"url": LONG})
        assert "Made in this browser" not in Read(Client().get("/")).text

    def test_they_can_be_forgotten_and_stay_links(self, client):
        client.post("/", {"url": LONG})
        assert "Made in this browser" not in Read(client.post("/app/forget-recent", follow=True)).text
        assert Link.objects.exists()

    def test_nobody_can_make_up_the_cookie(self, client, make_link):
        make_link(slug="private")
        for value in ("x", '["link_1"]', "x:y:z"):
            client.cookies["recent"] = value
            assert "private" not in Read(client.get("/")).text

    def test_links_of_workspaces_are_never_among_them(self, client, make_link):
        client.cookies["recent"] = signing.dumps([make_link(slug="private").public_id], salt="recent")
        assert "private" not in Read(client.get("/")).text

    def test_only_so_many_are_kept(self, client):
        for number in range(MOST + 2):
            client.post("/", {"url": LONG, "slug": f"link-{number}"})
        text = Read(client.get("/")).text
        assert "link-2" in text
        assert "link-1 " not in text


class TestForPeopleWithAnAccount:
    """The installation does not let anybody make links."""

    @pytest.fixture(autouse=True)
    def closed(self, settings):
        settings.ANONYMOUS_LINKS = False

    def test_a_visitor_is_asked_to_sign_in(self, client):
        page = Read(client.get("/"))
        assert not page.all("input", name="url")
        assert page.all("a", href="/accounts/login/?next=/")

    @pytest.mark.parametrize(("is_open", "offers"), [(True, 2), (False, 0)])
    def test_an_account_is_offered_where_one_can_be_had(self, client, settings, is_open, offers):
        settings.SIGNUP = "open" if is_open else "closed"
        assert len(Read(client.get("/")).all("a", href="/accounts/signup/")) == offers

    @pytest.mark.parametrize("headers", [{}, IN_PLACE])
    def test_a_visitor_is_refused(self, client, headers):
        answer = client.post("/", {"url": LONG}, headers=headers)
        assert answer.status_code == 403
        assert "Sign in to shorten links." in Read(answer).text
        assert not Link.objects.exists()

    def test_somebody_signed_in_may(self, signed_in):
        assert signed_in.post("/", {"url": LONG}).status_code == 302
        assert Link.objects.exists()


class TestForThoseWhoOnlyLook:
    """They are viewers of the workspace that they work in."""

    @pytest.fixture(autouse=True)
    def looking(self, signed_in, owner):
        team = Workspace.objects.create(name="Team & Co", slug="team")
        Member.objects.create(user=owner, workspace=team, role=Member.Role.VIEWER)
        signed_in.post("/app/workspaces/switch", {"workspace": "team"})

    def test_they_are_told_what_to_do_instead_of_a_form(self, signed_in):
        page = Read(signed_in.get("/"))
        assert not page.all("input", name="url")
        assert "In Team & Co you can look at links but not make any. Switch to another workspace" in page.text
        assert page.all("a", href="/app/workspaces/")

    @pytest.mark.parametrize("headers", [{}, IN_PLACE])
    def test_they_are_refused_with_the_same_words(self, signed_in, headers):
        answer = signed_in.post("/", {"url": LONG}, headers=headers)
        assert answer.status_code == 403
        assert "Switch to another workspace to shorten links." in Read(answer).text
        assert signed_in.get("/app/slug-check", {"slug": "mine"}).status_code == 403
        assert not Link.objects.exists()

    def test_in_a_workspace_of_their_own_they_shorten_as_ever(self, signed_in, owner):
        signed_in.post("/app/workspaces/switch", {"workspace": personal_workspace(owner).slug})
        assert Read(signed_in.get("/")).all("input", name="url")
        signed_in.post("/", {"url": LONG})
        assert Link.objects.get().workspace == personal_workspace(owner)


class TestLimit:
    @pytest.fixture(autouse=True)
    def two_an_hour(self, settings, redis_empty):
        settings.RATE_PLANS = parse_plans('{"anonymous": {"create": "2/hour"}}')

    def test_of_an_address_is_told_at_the_field(self, client):
        answers = [client.post("/", {"url": LONG}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 429]
        assert 3300 < int(answers[2].headers["Retry-After"]) <= 3900
        assert "That were many links." in Read(answers[2]).field("url")["error"]
        assert Link.objects.count() == 2

    def test_in_place_is_a_message_too(self, client):
        *_, last = [client.post("/", {"url": LONG}, headers=IN_PLACE) for _ in range(3)]
        assert last.status_code == 200
        assert "That were many links." in Read(last).text

    def test_is_each_addresss_own(self, client):
        for _ in range(2):
            client.post("/", {"url": LONG})
        assert client.post("/", {"url": LONG}, REMOTE_ADDR="203.0.113.9").status_code == 302

    def test_is_not_for_those_who_signed_in(self, signed_in):
        assert [signed_in.post("/", {"url": LONG}).status_code for _ in range(3)] == [302] * 3
