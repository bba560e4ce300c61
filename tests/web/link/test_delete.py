import pytest

from shortener.clicks.models import LinkTotal
from shortener.links.models import Link
from tests.web.reading import Read

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(make_link):
    link = make_link(slug="gone-soon")
    LinkTotal.objects.create(link_id=link.pk, slot=0, clicks=1234)
    return f"/app/links/{link.public_id}/delete"


def test_it_asks_first(signed_in, path):
    text = Read(signed_in.get(path)).text
    assert "gone-soon?" in text
    assert "1,234 clicks" in text
    assert Link.objects.get().deleted_at is None


def test_it_deletes_and_says_so(signed_in, path):
    answer = signed_in.post(path, follow=True)
    assert answer.redirect_chain == [("/app/", 302)]
    assert "Deleted http://127.0.0.1:8000/gone-soon." in Read(answer).text
    assert Read(answer).listed == []
    assert Link.objects.get().deleted_at


def test_the_link_of_others_stays(intruder, path):
    assert intruder.post(path).status_code == 404
    assert Link.objects.get().deleted_at is None
