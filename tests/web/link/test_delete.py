import pytest

from shortener.accounts.models import Member
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
    assert answer.redirect_chain == [(f"{path}d", 302)]
    assert "Deleted http://127.0.0.1:8000/gone-soon." in Read(answer).text
    assert Link.objects.get().deleted_at


def test_it_is_undone(signed_in, path):
    signed_in.post(path)
    answer = signed_in.post(f"{path}d", follow=True)
    assert answer.redirect_chain == [(path.removesuffix("delete"), 302)]
    assert "http://127.0.0.1:8000/gone-soon is back." in Read(answer).text
    assert Link.objects.get().deleted_at is None


def test_looking_at_what_was_deleted_does_not_bring_it_back(signed_in, path):
    signed_in.post(path)
    assert signed_in.get(f"{path}d").status_code == 200
    assert Link.objects.get().deleted_at


def test_what_stands_against_it_is_said(signed_in, path, workspace):
    signed_in.post(path)
    workspace.link_limit = 0
    workspace.save()
    assert Read(signed_in.post(f"{path}d")).all("button")
    assert Link.objects.get().deleted_at


def test_a_link_that_is_there_was_not_deleted(signed_in, path):
    assert signed_in.get(f"{path}d").status_code == 404


def test_others_bring_nothing_back(signed_in, intruder, stranger, workspace, path):
    signed_in.post(path)
    assert intruder.post(f"{path}d").status_code == 404
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.VIEWER)
    assert intruder.post(f"{path}d").status_code == 403
    assert Link.objects.get().deleted_at


def test_the_link_of_others_stays(intruder, path):
    assert intruder.post(path).status_code == 404
    assert Link.objects.get().deleted_at is None
