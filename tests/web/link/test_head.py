import pytest
from django.utils import timezone

from shortener.accounts.models import Member
from shortener.links.models import Link
from shortener.links.services import delete_link
from tests.web.reading import Read
from tests.web.test_design import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(make_link):
    return f"/app/links/{make_link(slug='town').public_id}/"


@pytest.fixture
def viewer(intruder, stranger, workspace):
    """A browser of somebody who may look at the owner's links."""
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.VIEWER)
    return intruder


@pytest.mark.parametrize("tab", ["", "edit", "rules", "qr", "history"])
def test_the_tab_of_the_page_at_hand_is_marked(signed_in, path, tab):
    page = Read(signed_in.get(f"{path}{tab}"))
    assert page.all("a", **{"aria-current": "page", "href": f"{path}{tab}"})
    assert page.all("a", href="http://127.0.0.1:8000/town")


@pytest.mark.parametrize("tab", ["edit", "rules", "rules.json", "qr", "history", "delete", "deleted"])
def test_its_pages_have_nothing_inline_and_take_few_queries(signed_in, path, tab, django_assert_max_num_queries):
    if tab == "deleted":
        delete_link(Link.objects.get())
    with django_assert_max_num_queries(15):
        answer = signed_in.get(f"{path}{tab}")
    assert answer.status_code == 200
    check(tab, Read(answer))


def test_a_viewer_sees_no_way_to_edit(viewer, path):
    page = Read(viewer.get(path))
    assert page.all("a", href=f"{path}qr")
    assert not page.all("a", href=f"{path}edit")
    assert viewer.get(f"{path}edit").status_code == 403


def test_it_says_why_a_link_was_switched_off(signed_in, path):
    Link.objects.update(disabled_at=timezone.now(), disabled_reason="It collects passwords.")
    text = Read(signed_in.get(path)).text
    assert "An administrator of this site switched this link off" in text
    assert "The reason: It collects passwords." in text
