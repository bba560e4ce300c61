import pytest

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.links.services import delete_link, update_link

pytestmark = pytest.mark.django_db


def test_a_links_history_is_written_with_its_changes(make_link, owner, api_key):
    link = make_link(title="before", tags=["a"])
    by = Actor(Via.API, owner, api_key[0])
    update_link(
        link, changes={"title": "after", "url": link.destination, "tags": ["b"], "password": "open sesame"}, by=by
    )
    delete_link(link, by=by)
    created, updated, deleted = AuditEvent.objects.filter(target_id=link.public_id).order_by("id")
    assert [created.action, updated.action, deleted.action] == ["link.created", "link.updated", "link.deleted"]
    assert updated.changes == {"title": ["before", "after"], "tags": [["a"], ["b"]], "password_hash": ["", ""]}
    assert (updated.actor, updated.actor_name, updated.api_key, updated.via) == (owner, owner.email, api_key[0], "api")
    assert updated.workspace == link.workspace


def test_deleting_twice_is_noted_once(make_link):
    link = make_link()
    delete_link(link)
    delete_link(link)
    assert AuditEvent.objects.filter(action="link.deleted").count() == 1


def test_the_trail_outlives_who_is_in_it(make_link, owner):
    make_link()
    owner.delete()
    event = AuditEvent.objects.get(action="link.created")
    assert (event.actor, event.actor_name) == (None, "owner@example.org")
