import pytest

from shortener.links.models import LinkUse
from shortener.links.services import delete_link
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
PAGES = ("", "stats.csv", "lists.csv", "clicks.csv", "clicks.ndjson", "live", "qr", "qr.svg", "edit", "delete")


@pytest.fixture
def link(make_link):
    return make_link("https://münchen.example/", slug="town", title="Town", tags=["travel"])


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_is_asked_to_sign_in(client, link, path):
    address = f"/app/links/{link.public_id}/{path}"
    assert client.get(address).url == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("path", PAGES)
def test_a_link_of_others_does_not_exist(intruder, link, path):
    assert intruder.get(f"/app/links/{link.public_id}/{path}").status_code == 404


@pytest.mark.parametrize("nonsense", ["link_", "42", "%00"])
def test_nonsense_does_not_exist(signed_in, nonsense):
    assert signed_in.get(f"/app/links/{nonsense}/").status_code == 404


def test_a_deleted_link_does_not_exist(signed_in, link):
    delete_link(link)
    assert signed_in.get(f"/app/links/{link.public_id}/").status_code == 404


def test_it_says_what_the_link_is(signed_in, link):
    page = Read(signed_in.get(f"/app/links/{link.public_id}/"))
    assert page.all("a", href="http://127.0.0.1:8000/town")
    assert page.all("button", **{"data-copy": "http://127.0.0.1:8000/town"})
    for text in ("https://münchen.example/", "Town", "travel", "Active"):
        assert text in page.text


def test_it_says_how_much_of_a_limit_is_used(signed_in, make_link):
    link = make_link(click_limit=2000)
    LinkUse.objects.create(link=link, used=1500)
    assert "1,500 of 2,000 clicks used" in Read(signed_in.get(f"/app/links/{link.public_id}/")).text


def test_the_qr_code_can_be_downloaded(signed_in, link):
    answer = signed_in.get(f"/app/links/{link.public_id}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Disposition"] == 'attachment; filename="town.svg"'
    assert answer.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
