import pytest

from shortener.links.destinations import InvalidDestination
from shortener.notify.addresses import public_url

pytestmark = pytest.mark.django_db


def resolving(*addresses):
    return lambda name: list(addresses)


@pytest.mark.parametrize("addresses", [[], ["93.184.215.14"], ["93.184.215.14", "2606:2800:21f::1"]])
def test_public_hosts_are_taken(addresses):
    assert public_url("https://hooks.example.com/x", resolving(*addresses)) == "https://hooks.example.com/x"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://[::1]/", "http://10.1.2.3/",
        "http://192.168.1.1:8080/", "http://169.254.169.254/latest/", "http://[fd00::1]/", "http://[::ffff:10.0.0.1]/",
        "http://[2002:0a00:0001::]/", "http://0.0.0.0/", "http://224.0.0.1/", "http://localhost/", "http://a.localhost/",
        "http://printer.local/", "http://db.internal/", "http://100.64.0.1/",
    ],
)  # fmt: skip
def test_private_hosts_are_refused_without_asking_anybody(url):
    def nobody(name):
        raise AssertionError(name)

    with pytest.raises(InvalidDestination):
        public_url(url, nobody)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused(address):
    with pytest.raises(InvalidDestination, match="not on the public internet"):
        public_url("https://rebind.example.com/", resolving("93.184.215.14", address))


@pytest.mark.parametrize(
    "url", ["", "ftp://example.com", "https://user:pw@example.com", "https://" + "a" * 3000 + ".com"]
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(InvalidDestination):
        public_url(url, resolving())
