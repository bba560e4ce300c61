from datetime import UTC, datetime

import pytest

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.history import history_of, restore_version, tombstone_of
from shortener.links.models import Folder, Link
from shortener.links.services import delete_link, password_opens, update_link

pytestmark = pytest.mark.django_db
END = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
RULES = [{"conditions": [], "targets": [{"url": "https://example.com/rule", "weight": 1}]}]


@pytest.fixture
def link(make_link):
    return make_link("https://example.com/first", title="First", tags=["a"], active_until=END, rules=RULES)


@pytest.fixture
def change(link):
    def change(**changes):
        update_link(link, changes=changes)
        return history_of(link)[0]

    return change


def made(link):
    return history_of(link).last()


def test_it_is_told_newest_first(link, change):
    change(title="Second")
    assert [event.action for event in history_of(link)] == ["link.updated", "link.created"]


def test_it_tells_of_no_other_link(link, change, make_link):
    make_link()
    assert history_of(link).count() == 1


def test_all_fields_come_back_as_they_were_made(link, change):
    change(url="https://example.com/second", title="Second")
    change(url="https://example.com/third", tags=["b"], active_until=None, rules=[])
    change(archived=True, click_limit=5)
    restored = restore_version(link, made(link))
    link = Link.objects.get()
    assert (link.destination, link.title, link.active_until) == ("https://example.com/first", "First", END)
    assert (link.rules, link.archived_at, link.click_limit) == (RULES, None, None)
    assert [tag.name for tag in link.tags.all()] == ["a"]
    assert restored.fields == ["active_until", "archived", "click_limit", "rules", "tags", "title", "url"]


def test_a_version_in_between_comes_back(link, change):
    second = change(title="Second")
    change(title="Third", click_limit=5)
    restore_version(link, second)
    assert (Link.objects.get().title, Link.objects.get().click_limit) == ("Second", None)


def test_restoring_is_an_event_and_can_be_undone(link, change, owner):
    latest = change(title="Second")
    restore_version(link, made(link), by=Actor(Via.FORM, owner))
    event = history_of(link)[0]
    assert (event.action, event.actor, event.changes) == ("link.reverted", owner, {"title": ["Second", "First"]})
    restore_version(link, latest)
    assert Link.objects.get().title == "Second"


def test_what_is_so_already_is_not_changed(link, change):
    version = change(title="Second")
    before = Link.objects.get().version
    assert restore_version(link, version).fields == []
    assert Link.objects.get().version == before


def test_a_password_cannot_come_back_and_that_is_said(link, change):
    change(password="old secret")
    change(password="new secret", title="Second")
    restored = restore_version(link, made(link))
    assert restored.secrets == ["password"]
    assert restored.fields == ["title"]
    assert password_opens(Link.objects.get(), "new secret")


def test_what_is_not_allowed_any_more_is_refused_as_a_whole(link, change):
    event = change(title="Second")
    change(title="Third", url="https://example.com/second")
    AuditEvent.objects.filter(pk=history_of(link)[0].pk).update(
        changes={
            "title": ["Second", "Third"],
            "destination": ["https://127.0.0.1:8000/own", "https://example.com/second"],
        }
    )
    with pytest.raises(LinkError):
        restore_version(link, event)
    assert Link.objects.get().title == "Third"


def test_a_link_that_was_switched_off_stays_off(link, change):
    Link.objects.update(disabled_at=END)
    change(title="Second")
    restore_version(link, made(link))
    assert Link.objects.get().disabled_at == END


def test_a_link_goes_back_into_its_folder(link, change, workspace):
    folder = Folder.objects.create(workspace=workspace, name="Autumn")
    inside = change(folder=folder.public_id)
    change(folder=None, external_id="a-1")
    restored = restore_version(link, inside)
    assert (Link.objects.get().folder, Link.objects.get().external_id) == (folder, "")
    assert restored.fields == ["external_id", "folder"]


def test_a_folder_that_is_gone_is_no_way_back(link, change, workspace):
    inside = change(folder=Folder.objects.create(workspace=workspace, name="Autumn").public_id)
    change(folder=None)
    Folder.objects.all().delete()
    with pytest.raises(LinkError):
        restore_version(link, inside)


def test_what_was_deleted_is_found_by_its_members(link, owner, stranger):
    delete_link(link)
    assert tombstone_of(owner, link.public_id) == link
    for user, link_id in ((stranger, link.public_id), (owner, "link_nonsense")):
        with pytest.raises(LinkNotFound):
            tombstone_of(user, link_id)
