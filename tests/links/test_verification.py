import pytest

from shortener.links.models import Domain
from shortener.links.signals import domains_changed
from shortener.links.verification import Lookups, file_of, record_of, texts_of, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def domain():
    return Domain.objects.create(host="go.example.org:8080")


@pytest.fixture
def told():
    calls = []

    def note(**_):
        calls.append(1)

    domains_changed.connect(note)
    yield calls
    domains_changed.disconnect(note)


def nothing(_):
    return []


def test_the_record_stands_under_the_name_without_its_port(domain):
    name, text = record_of(domain)
    assert name == "_shortener.go.example.org"
    assert text == f"shortener-verification={domain.verification}"
    assert len(domain.verification) >= 32


def test_a_txt_record_verifies(domain, told):
    asked = []

    def texts(name):
        asked.append(name)
        return ["v=spf1 -all", record_of(domain)[1]]

    assert verify(domain, Lookups(texts, lambda _: ""))
    domain.refresh_from_db()
    assert domain.verified_at
    assert asked == ["_shortener.go.example.org"]
    assert told == [1]


def test_a_file_verifies(domain, told):
    assert verify(domain, Lookups(nothing, lambda host: record_of(domain)[1] if host == domain.host else ""))
    domain.refresh_from_db()
    assert domain.verified_at


@pytest.mark.parametrize("text", ["", "shortener-verification=", "shortener-verification=another"])
def test_anything_else_does_not(domain, told, text):
    assert not verify(domain, Lookups(lambda _: [text], lambda _: text))
    domain.refresh_from_db()
    assert domain.verified_at is None
    assert told == []


def test_a_second_time_changes_nothing(domain, told):
    lookups = Lookups(lambda _: [record_of(domain)[1]], lambda _: "")
    verify(domain, lookups)
    first = domain.verified_at
    assert verify(domain, lookups)
    assert domain.verified_at == first
    assert told == [1]


def test_every_domain_has_a_secret_of_its_own(domain):
    assert Domain.objects.create(host="other.example.org").verification != domain.verification


def test_our_own_network_is_never_asked(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a connection was made")

    monkeypatch.setattr("shortener.links.verification.HTTPConnection", refuse)
    for host in ("localhost", "127.0.0.1:6379", "10.0.0.1", "169.254.169.254", "[::1]", "192.168.1.1"):
        assert file_of(host) == ""


def test_a_resolver_that_does_not_answer_is_no_proof(monkeypatch):
    import dns.exception

    def fail(*_, **__):
        raise dns.exception.Timeout

    monkeypatch.setattr("dns.resolver.resolve", fail)
    assert texts_of("_shortener.example.org") == []
