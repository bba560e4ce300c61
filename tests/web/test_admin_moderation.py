import pytest

from shortener.accounts.models import ApiKey, AuditEvent, User
from shortener.infra.models import SiteSettings
from shortener.links.models import Link, Report
from shortener.links.services import report_link
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
LINKS, REPORTS, USERS = "/admin/links/link/", "/admin/links/report/", "/admin/accounts/user/"


def act(staff, address, action, *rows, **more):
    sent = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return staff.post(address, sent, follow=True)


class TestLinks:
    def test_a_reason_is_asked_for_before_anything_happens(self, staff, make_link):
        link = make_link(slug="harm")
        page = Read(act(staff, LINKS, "disable", link))
        assert "Switch links off" in page.text
        assert "/harm" in page.text
        assert Link.objects.get().disabled_at is None

    def test_with_a_reason_they_are_off_and_on_again(self, staff, make_link):
        links = [make_link(), make_link()]
        assert "2 links are switched off." in Read(act(staff, LINKS, "disable", *links, reason="Phishing")).text
        assert set(Link.objects.values_list("disabled_reason", flat=True)) == {"Phishing"}
        assert "2 links work again." in Read(act(staff, LINKS, "enable", *links)).text
        assert not Link.objects.exclude(disabled_at=None).exists()

    def test_no_reason_is_none(self, staff, make_link):
        page = Read(act(staff, LINKS, "disable", make_link(), reason="  "))
        assert "This field is required." in page.text
        assert Link.objects.get().disabled_at is None

    def test_a_whole_short_address_finds_its_link(self, staff, make_link):
        link = make_link(slug="whole")
        make_link("https://example.com/127.0.0.1:8000/whole", slug="other")
        html = Read(staff.get(LINKS, {"q": f"http://{link.domain.host}/whole"})).html
        assert f"/admin/links/link/{link.pk}/change/" in html
        assert html.count("/admin/links/link/") - html.count("/admin/links/link/add/") >= 1
        assert "1 link" in Read(staff.get(LINKS, {"q": f"http://{link.domain.host}/whole"})).text

    def test_many_are_archived(self, staff, make_link):
        act(staff, LINKS, "archive", make_link(), make_link())
        assert Link.objects.exclude(archived_at=None).count() == 2


class TestReports:
    def test_open_ones_come_first_and_closed_ones_when_asked_for(self, staff, make_link):
        report = report_link(make_link(slug="harm"), "phishing", "It looks like my bank")
        assert "It looks like my bank" in Read(staff.get(REPORTS)).text
        act(staff, REPORTS, "close", report)
        assert "It looks like my bank" not in Read(staff.get(REPORTS)).text
        assert "It looks like my bank" in Read(staff.get(REPORTS, {"state": "closed"})).text
        assert "It looks like my bank" in Read(staff.get(REPORTS, {"state": "all"})).text

    def test_the_links_are_switched_off_from_the_queue(self, staff, make_link):
        link = make_link()
        reports = [report_link(link, "phishing"), report_link(link, "spam")]
        assert "1 link is switched off." in Read(act(staff, REPORTS, "disable_links", *reports, reason="Phishing")).text
        assert Link.objects.get().disabled_at
        assert not Report.objects.filter(closed_at=None).exists()


class TestAccounts:
    def test_closing_ends_sessions_and_keys(self, staff, client, owner, api_key):
        client.force_login(owner)
        assert "1 account is closed." in Read(act(staff, USERS, "close", owner)).text
        assert client.get("/app/").status_code == 302
        assert ApiKey.objects.get().revoked_at
        assert "1 account is open." in Read(act(staff, USERS, "reopen", owner)).text
        assert User.objects.get(pk=owner.pk).is_active

    def test_administrators_stay(self, staff):
        me = User.objects.get(email="staff@example.org")
        assert "0 accounts are closed." in Read(act(staff, USERS, "close", me)).text
        assert User.objects.get(pk=me.pk).is_active


class TestActingAsSomebodyElse:
    def begin(self, staff, person):
        return staff.post(f"{USERS}{person.pk}/act-as/", follow=True)

    def test_shows_their_links_under_a_banner_and_ends(self, staff, owner, make_link):
        make_link(slug="theirs")
        page = Read(self.begin(staff, owner))
        assert "You act as owner@example.org." in page.text
        assert " theirs " in page.text
        page = Read(staff.post("/app/act-as/stop", follow=True))
        assert "You are back in your own account." in page.text
        assert "You act as" not in Read(staff.get("/app/")).text

    def test_everything_done_carries_both_names(self, staff, owner):
        self.begin(staff, owner)
        staff.post("/app/", {"url": "https://example.com/helped"})
        event = AuditEvent.objects.get(action="link.created")
        assert (event.actor.email, event.impersonator.email) == ("owner@example.org", "staff@example.org")
        staff.post("/app/act-as/stop")
        marks = AuditEvent.objects.filter(action__startswith="impersonation").order_by("id")
        assert [(e.action, e.actor.email, e.target_name) for e in marks] == [
            ("impersonation.started", "staff@example.org", "owner@example.org"),
            ("impersonation.ended", "staff@example.org", "owner@example.org"),
        ]  # fmt: skip

    @pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/password/change/", "/admin/"])
    def test_what_is_the_persons_alone_is_closed(self, staff, owner, path):
        self.begin(staff, owner)
        page = staff.get(path)
        assert page.status_code == 403
        assert "while you act as somebody else" in Read(page).text

    def test_nobody_acts_as_an_administrator(self, staff):
        other = User.objects.create_superuser("other@example.org", "correct horse battery")
        assert "You cannot act as this person." in Read(self.begin(staff, other)).text

    def test_nor_does_anybody_but_an_administrator(self, client, owner, stranger):
        stranger.is_staff = True
        stranger.save()
        client.force_login(stranger)
        client.post(f"{USERS}{owner.pk}/act-as/")
        assert client.get("/app/").wsgi_request.user == stranger
        assert not AuditEvent.objects.filter(action__startswith="impersonation").exists()

    def test_a_way_back_leads_nowhere_for_those_who_went_nowhere(self, signed_in):
        assert signed_in.post("/app/act-as/stop").url == "/app/"


class TestSettings:
    ADDRESS = "/admin/infra/sitesettings/1/change/"

    def save(self, staff, **changes):
        staff.get("/admin/infra/sitesettings/")
        return staff.post(self.ADDRESS, {"anonymous_links": "unknown", "anonymous_notice": "unknown", **changes})

    def test_are_in_force_at_once_and_empty_ones_are_the_environments(self, staff, client, settings):
        settings.ANONYMOUS_LINKS = True
        assert client.get("/").context["may_shorten"]
        self.save(staff, anonymous_links="false", announcement="Back at noon")
        page = client.get("/")
        assert not page.context["may_shorten"]
        assert "Back at noon" in Read(page).text
        self.save(staff)
        assert client.get("/").context["may_shorten"]

    def test_sign_up_can_be_closed_and_opened(self, staff, client, settings):
        settings.SIGNUP = "closed"
        assert "password1" not in Read(client.get("/accounts/signup/")).html
        self.save(staff, signup="open")
        assert "password1" in Read(client.get("/accounts/signup/")).html

    def test_changes_are_noted(self, staff):
        self.save(staff, announcement="Hello")
        assert AuditEvent.objects.get(action="site.updated").changes == {"announcement": ["", "Hello"]}

    def test_there_is_one_row(self, staff):
        assert staff.get("/admin/infra/sitesettings/").url == self.ADDRESS
        assert staff.get("/admin/infra/sitesettings/").url == self.ADDRESS
        assert SiteSettings.objects.count() == 1
        assert staff.get("/admin/infra/sitesettings/add/").status_code == 403
