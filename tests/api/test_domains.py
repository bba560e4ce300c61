"""Domains by API: added, proved, set up, preferred, removed."""

import pytest
from django.utils import timezone

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent, Workspace
from shortener.accounts.services import personal_workspace
from shortener.infra.public_id import encode
from shortener.links import verification
from shortener.links.domains import default_domain
from shortener.links.models import Domain, Link
from shortener.links.services import create_link, delete_link
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
DOMAINS = "/api/v1/domains"


@pytest.fixture
def records(monkeypatch):
    """The TXT records of the world."""
    found: dict[str, str] = {}
    lookups = verification.Lookups(lambda name: [found[name]] if name in found else [], lambda host: "")
    monkeypatch.setattr(verification, "Lookups", lambda: lookups)
    return found


@pytest.fixture
def other(stranger):
    return ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x", author=stranger)[1])


@pytest.fixture
def made(api):
    answer = api.post(DOMAINS, {"host": "Go.Example.org."})
    assert answer.status_code == 201
    return answer.json()


@pytest.fixture
def proved(api, made, records):
    records[made["record"]["name"]] = made["record"]["value"]
    assert api.post(f"{DOMAINS}/{made['id']}/verify").json()["is_verified"]
    return api.get(f"{DOMAINS}/{made['id']}").json()


def test_a_new_domain_says_how_to_prove_it(api, made):
    assert (made["host"], made["verified_at"], made["is_shared"]) == ("go.example.org", None, False)
    assert made["record"]["name"] == "_shortener.go.example.org"
    assert made["record"]["value"].startswith("shortener-verification=")
    assert api.get(f"{DOMAINS}/{made['id']}").json() == made


def test_links_live_on_it_once_it_is_proved(api, made, records):
    wanted = {"url": "https://example.com", "domain": "go.example.org"}
    assert api.post("/api/v1/links", wanted).status_code == 422
    assert api.post(f"{DOMAINS}/{made['id']}/verify").json()["is_verified"] is False
    records[made["record"]["name"]] = made["record"]["value"]
    proved = api.post(f"{DOMAINS}/{made['id']}/verify").json()
    assert (proved["is_verified"], proved["domain"]["verified_at"] is None) == (True, False)
    assert api.post("/api/v1/links", wanted).json()["domain"] == "go.example.org"


@pytest.mark.parametrize(
    "host",
    [
        "", "localhost", "http://go.example.org", "go.example.org/path", "user@go.example.org", "1.2.3.4", "[::1]",
        "a b.example", "go..", "x" * 254 + ".org", "127.0.0.1:8000", "go.example.org?x", 7, None,
    ],
)  # fmt: skip
def test_what_is_no_host_name_is_refused(api, host):
    refused = api.post(DOMAINS, {"host": host})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/host"]
    assert Domain.objects.count() == 1


def test_a_name_in_other_letters_is_written_as_browsers_do(api):
    assert api.post(DOMAINS, {"host": "größe.example"}).json()["host"] == "xn--gre-6ka8i.example"


def test_a_domain_is_added_once(api, made):
    assert api.post(DOMAINS, {"host": "go.example.org"}).json()["errors"][0]["pointer"] == "/host"


class TestOfTwoWorkspaces:
    def test_the_one_that_has_proved_it_keeps_it(self, proved, other):
        refused = other.post(DOMAINS, {"host": "go.example.org"})
        assert (refused.status_code, refused.json()["code"]) == (409, "domain_taken")
        assert other.get(f"{DOMAINS}/{proved['id']}").status_code == 404

    def test_the_one_that_has_not_cannot_keep_it_from_the_other(self, api, made, other, records):
        taken = other.post(DOMAINS, {"host": "go.example.org"}).json()
        assert api.get(f"{DOMAINS}/{made['id']}").status_code == 404
        records[taken["record"]["name"]] = made["record"]["value"]
        assert other.post(f"{DOMAINS}/{taken['id']}/verify").json()["is_verified"] is False
        back = api.post(DOMAINS, {"host": "go.example.org"}).json()
        assert back["record"] == made["record"]
        assert api.post(f"{DOMAINS}/{back['id']}/verify").json()["is_verified"]

    def test_what_one_has_only_named_the_other_may_link_to(self, made, other):
        assert other.post("/api/v1/links", {"url": "https://go.example.org/page"}).status_code == 201

    def test_what_one_has_proved_nobody_links_to(self, proved, other):
        assert other.post("/api/v1/links", {"url": "https://go.example.org/page"}).status_code == 422


class TestSettings:
    def test_are_changed(self, api, proved):
        sent = {
            "default_status": 301, "root_url": "https://example.org/", "not_found_url": "https://example.org/404",
            "expired_url": "https://example.org/over", "robots": "User-agent: *", "case_sensitive": False,
        }  # fmt: skip
        one = f"{DOMAINS}/{proved['id']}"
        assert api.patch(one, sent).json() == {**proved, **sent}
        assert set(AuditEvent.objects.get(action="domain.updated").changes) == set(sent)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("default_status", 200), ("root_url", "javascript:x"), ("robots", "x" * 10_001), ("case_sensitive", "perhaps"),
         ("host", "other.example"), ("expired_url", "https://go.example.org/loop")],
    )  # fmt: skip
    def test_that_are_wrong_are_named(self, api, proved, field, value):
        refused = api.patch(f"{DOMAINS}/{proved['id']}", {field: value})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"
        assert api.get(f"{DOMAINS}/{proved['id']}").json() == proved

    def test_of_letters_are_for_domains_without_links(self, api, proved):
        api.post("/api/v1/links", {"url": "https://example.com", "domain": "go.example.org"})
        assert api.patch(f"{DOMAINS}/{proved['id']}", {"case_sensitive": False}).status_code == 422

    def test_are_held_to_what_was_seen(self, api, proved):
        one = f"{DOMAINS}/{proved['id']}"
        seen = api.get(one).headers["ETag"]
        assert api.patch(one, {"default_status": 301}, headers={"If-Match": seen}).status_code == 200
        assert api.patch(one, {"default_status": 307}, headers={"If-Match": seen}).status_code == 412

    def test_of_the_sites_own_domain_are_the_sites(self, api):
        one = f"{DOMAINS}/{encode('domain', default_domain().pk)}"
        assert api.get(one).json()["is_shared"] is True
        for refused in (api.patch(one, {"robots": "x"}), api.delete(one), api.post(f"{one}/verify")):
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


class TestPreferred:
    def test_is_what_new_links_get(self, api, proved):
        assert api.patch(f"{DOMAINS}/{proved['id']}", {"is_preferred": True}).json()["is_preferred"] is True
        assert api.post("/api/v1/links", {"url": "https://example.com"}).json()["domain"] == "go.example.org"
        api.patch(f"{DOMAINS}/{proved['id']}", {"is_preferred": False})
        assert api.post("/api/v1/links", {"url": "https://example.com"}).json()["domain"] == default_domain().host

    def test_is_only_what_is_proved(self, api, made):
        assert api.patch(f"{DOMAINS}/{made['id']}", {"is_preferred": True}).status_code == 422

    def test_is_no_more_what_was_removed(self, api, proved, workspace):
        api.patch(f"{DOMAINS}/{proved['id']}", {"is_preferred": True})
        assert api.delete(f"{DOMAINS}/{proved['id']}").status_code == 204
        assert Workspace.objects.get(pk=workspace.pk).preferred_domain_id is None
        assert api.post("/api/v1/links", {"url": "https://example.com"}).json()["domain"] == default_domain().host


def test_a_domain_is_not_removed_while_links_live_on_it(api, proved, workspace):
    link = create_link(workspace=workspace, url="https://example.com", domain="go.example.org")
    refused = api.delete(f"{DOMAINS}/{proved['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "domain_in_use")
    delete_link(link)
    assert api.delete(f"{DOMAINS}/{proved['id']}").status_code == 204
    assert not Link.objects.exists()
    assert Domain.objects.count() == 1


def test_a_key_that_is_limited_to_some_domains_knows_no_others(api, proved, workspace, owner):
    limited = ApiClient(
        create_api_key(workspace=workspace, name="x", author=owner, domain_ids=[default_domain().pk])[1]
    )
    assert [domain["host"] for domain in limited.get(DOMAINS).json()["data"]] == [default_domain().host]
    assert limited.get(f"{DOMAINS}/{proved['id']}").status_code == 404
    assert limited.post(DOMAINS, {"host": "new.example"}).status_code == 403


def test_a_list_has_ones_own_and_the_shared_ones(api, made, other):
    Domain.objects.create(host="shared.example", verified_at=timezone.now())
    hosts = [domain["host"] for domain in api.get(DOMAINS).json()["data"]]
    assert hosts == [default_domain().host, "go.example.org", "shared.example"]
    assert [domain["host"] for domain in other.get(DOMAINS).json()["data"]] == [hosts[0], hosts[2]]
