"""Pages of a short link itself."""

import pytest
from django.test import Client

from shortener.infra.rate_limits import RateLimit
from shortener.links.errors import LinkError
from shortener.links.models import Domain, Report
from shortener.links.services import update_link
from shortener.redirects import passes
from tests.redirects.test_kinds import PAST, SLACK
from tests.redirects.test_rules import ANDROID
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
HERE = "https://example.com/secret-place"


class TestPassword:
    @pytest.fixture
    def link(self, make_link):
        return make_link(HERE, password="open sesame", title="Private", card_title="Private")

    def test_it_is_asked_for_and_the_destination_is_not_in_the_page(self, client, link):
        for answer in (client.get(f"/{link.slug}"), client.post(f"/{link.slug}", {"password": "wrong"})):
            page = Read(answer)
            assert page.field("password")["type"] == "password"
            for secret in ("example.com", "secret-place", "Private", "sesame"):
                assert secret not in page.html
            assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    def test_a_wrong_one_is_told_at_its_field(self, client, link):
        answer = client.post(f"/{link.slug}", {"password": "wrong"})
        assert answer.status_code == 422
        assert Read(answer).field("password")["error"] == "This is not the password."

    def test_the_right_one_gives_a_pass_and_goes_back_to_the_link(self, link):
        answer = Client(enforce_csrf_checks=True).post(f"/{link.slug}?a=1", {"password": "open sesame"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/{link.slug}?a=1")
        cookie = answer.cookies[passes.cookie_name(link.pk)]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/{link.slug}", True, "Lax")
        lock = passes.lock_of(link.password_hash)
        assert passes.holds(_secret(), link.pk, lock, cookie.value, 0)

    def test_the_redirect_that_follows_may_leave_this_site(self, client, link):
        policy = client.get(f"/{link.slug}").headers["Content-Security-Policy"]
        assert "form-action 'self' https: http:" in policy
        assert "script-src 'self'" in policy

    def test_attempts_are_limited_for_each_address(self, link):
        def attempt(address, password="wrong"):
            return Client(REMOTE_ADDR=address).post(f"/{link.slug}", {"password": password})

        assert [attempt("192.0.2.1").status_code for _ in range(12)] == [422] * 10 + [429] * 2
        refused = attempt("192.0.2.1", "open sesame")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
        assert attempt("192.0.2.2", "open sesame").status_code == 303

    def test_a_password_can_be_removed(self, client, link):
        update_link(link, changes={"password": ""})
        assert client.get(f"/{link.slug}").status_code == 404  # nothing to show: the redirect answers


class TestNotice:
    def test_it_says_where_the_link_leads_and_how_to_go_on(self, client, make_link):
        link = make_link("https://münchen.example/x", notice=True)
        page = Read(client.get(f"/{link.slug}?a=1&a=2"))
        assert "You are going to münchen.example" in page.text
        assert "https://münchen.example/x" in page.text
        [onward] = [found["href"] for found in page.all("a") if "data-onward" in found]
        assert onward.startswith(f"/{link.slug}?a=1&a=2&continue=")
        token = onward.partition("continue=")[2]
        assert passes.holds(_secret(), link.pk, "continue", token, 0)


class TestApp:
    def test_it_is_opened_and_the_website_is_the_way_out(self, client, make_link):
        link = make_link(HERE, android_url="my-app://page/1?x=<y>")
        page = Read(client.get(f"/{link.slug}", headers={"user-agent": ANDROID.decode()}))
        [found] = [attrs for _, attrs in page.elements if "data-open-app" in attrs]
        assert found["data-open-app"].startswith("my-app://page/1?x=")
        assert found["data-instead"] == HERE
        assert client.get(f"/{link.slug}").status_code == 404  # other visitors are redirected, not here

    def test_addresses_that_browsers_run_themselves_are_refused(self, make_link):
        for url in (
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
        ):
            with pytest.raises(LinkError) as caught:
                make_link(HERE, ios_url=url)
            assert set(caught.value.errors) == {"ios_url"}


class TestCard:
    def test_previewers_get_its_words_and_picture(self, client, make_link):
        link = make_link(
            HERE, card_title='A "title" & more', card_description="<Text>", card_image="https://example.com/i.png"
        )
        answer = client.get(f"/{link.slug}", headers=SLACK)
        page = Read(answer)
        found = {meta["property"]: meta["content"] for meta in page.all("meta") if "property" in meta}
        assert found == {
            "og:type": "website", "og:url": f"http://127.0.0.1:8000/{link.slug}", "og:title": 'A "title" & more',
            "og:description": "<Text>", "og:image": "https://example.com/i.png",
        }  # fmt: skip
        assert "<Text>" not in page.html


class TestPreview:
    def test_it_shows_where_the_link_leads(self, client, make_link):
        link = make_link(HERE)
        page = Read(client.get(f"/{link.slug}+"))
        assert HERE in page.text
        assert page.all("svg")

    def test_not_that_of_a_password(self, client, make_link):
        link = make_link(HERE, password="open sesame")
        assert "secret-place" not in client.get(f"/{link.slug}+").content.decode()

    def test_a_link_can_be_reported(self, client, make_link):
        link = make_link(HERE)
        page = Read(client.post(f"/{link.slug}+", {"reason": "phishing", "details": "It asks for my card."}))
        assert "Thank you. Somebody will look at it." in page.text
        report = Report.objects.get()
        assert (report.link, report.reason, report.details) == (link, "phishing", "It asks for my card.")

    def test_a_report_needs_a_reason(self, client, make_link):
        link = make_link(HERE)
        answer = client.post(f"/{link.slug}+", {"reason": "because"})
        assert answer.status_code == 422
        assert not Report.objects.exists()

    def test_reports_are_limited(self, client, make_link):
        link = make_link(HERE)
        answers = [client.post(f"/{link.slug}+", {"reason": "spam"}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [422]

    def test_links_that_do_not_work_have_none(self, client, make_link):
        for link in (make_link(active_until=PAST), make_link(click_limit=1)):
            if link.click_limit:
                from shortener.links.models import LinkUse

                LinkUse.objects.create(link=link, used=1)
            assert client.get(f"/{link.slug}+").status_code == 404
        assert client.get("/nobody+").status_code == 404


def test_pages_of_other_domains_do_not_lead_into_this_site(client, make_link):
    from django.utils import timezone

    domain = Domain.objects.create(host="go.test", verified_at=timezone.now())
    link = make_link(HERE, notice=True, domain=domain.host)
    page = Read(client.get(f"/{link.slug}", headers={"host": "go.test"}))
    assert {found["href"].partition("?")[0] for found in page.all("a")} <= {
        "#content",
        f"/{link.slug}",
        f"/{link.slug}+",
    }
    assert client.get(f"/{link.slug}").status_code == 404


def test_pages_without_their_last_slash_are_still_found(client):
    answer = client.get("/app")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/app/")


def test_rate_limits_go_on_without_redis(monkeypatch, caplog):
    import redis

    from shortener.infra import rate_limits

    def away(*_):
        raise redis.ConnectionError("away")

    monkeypatch.setattr(rate_limits, "_shared", away)
    monkeypatch.setattr(rate_limits._away, "until", 0.0)
    limit = RateLimit("test", "2/minute")
    assert [limit.allows("somebody") for _ in range(3)] == [True, True, False]
    assert "each process for itself" in caplog.text


def _secret() -> bytes:
    from django.conf import settings

    return settings.SECRET_KEY.encode()
