import pytest

from shortener.links import verification
from shortener.links.domain_services import id_of
from shortener.links.models import Domain
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PAGE = "/app/settings/domains/"


@pytest.fixture
def records(monkeypatch):
    """The TXT records of the world."""
    found: dict[str, str] = {}
    lookups = verification.Lookups(lambda name: [found[name]] if name in found else [], lambda host: "")
    monkeypatch.setattr(verification, "Lookups", lambda: lookups)
    return found


@pytest.fixture
def added(signed_in):
    signed_in.post(PAGE, {"host": "go.example.org"})
    return Domain.objects.get(host="go.example.org")


def test_adding_leads_to_the_proof(signed_in, records):
    answer = signed_in.post(PAGE, {"host": "Go.example.org"}, follow=True)
    page = Read(answer)
    name, text = verification.record_of(Domain.objects.get(host="go.example.org"))
    assert name in page.text
    assert text in page.text


def test_a_domain_is_proved_once_the_record_is_there(signed_in, added, records):
    path = f"{PAGE}{id_of(added)}/verify"
    assert "not there yet" in Read(signed_in.post(path, follow=True)).text
    name, text = verification.record_of(added)
    records[name] = text
    assert "links can live on it now" in Read(signed_in.post(path, follow=True)).text
    assert "go.example.org Proved" in Read(signed_in.get(PAGE)).text


@pytest.mark.parametrize("host", ["", "no spaces", "10.0.0.1", "localhost"])
def test_what_is_no_domain_is_told_at_the_field(signed_in, host):
    answer = signed_in.post(PAGE, {"host": host})
    assert answer.status_code == 422
    assert Read(answer).field("host")["error"]


def test_setting_it_up(signed_in, added):
    sent = {"root_url": "https://example.org/", "default_status": "301", "case_sensitive": "on"}
    assert signed_in.post(f"{PAGE}{id_of(added)}/", sent).status_code == 302
    added.refresh_from_db()
    assert (added.root_url, added.default_status) == ("https://example.org/", 301)
    answer = signed_in.post(f"{PAGE}{id_of(added)}/", {**sent, "root_url": "javascript:alert(1)", "is_preferred": "on"})
    page = Read(answer)
    assert page.field("root_url")["error"]
    assert "Prove the domain first" in page.text


def test_removing(signed_in, added):
    signed_in.post(f"{PAGE}{id_of(added)}/remove")
    assert not Domain.objects.filter(host="go.example.org").exists()


def test_domains_of_others_and_of_the_site_are_out_of_reach(intruder, signed_in, added):
    shared = Domain.objects.get(is_default=True)
    for browser, domain in ((intruder, added), (signed_in, shared)):
        for path in ("", "verify", "remove"):
            assert browser.post(f"{PAGE}{id_of(domain)}/{path}").status_code == 404
    assert Domain.objects.filter(pk=added.pk).exists()
