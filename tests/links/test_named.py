"""Tags and folders while somebody else changes links that have them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from shortener.accounts.actors import Actor, Via
from shortener.infra.stores import autonomous_connection
from shortener.links.folders import delete_folder
from shortener.links.models import Folder, Link, Tag
from shortener.links.tags import delete_tag, merge_tags
from tests.servers import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def somebody_waits():
    with connection.cursor() as cursor:  # outside of the transaction, which would see the same each time
        cursor.execute(WAITING)
        return cursor.fetchone() == (1,)


def closing(change, *arguments):
    try:
        change(*arguments)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("change", "left"),
    [(lambda old, new, by: delete_tag(old, by=by), []), (lambda old, new, by: merge_tags(old, new, by=by), ["new"])],
    ids=["deleted", "merged"],
)
def test_whoever_changes_a_link_is_waited_for_and_waits_for_nobody(make_link, owner, workspace, change, left):
    link = make_link(tags=["old"])
    old, new = Tag.objects.get(name="old"), Tag.objects.create(workspace=workspace, name="new")

    with ThreadPoolExecutor(1) as another, autonomous_connection() as writer:
        with writer.transaction():
            writer.execute("SELECT FROM links_link WHERE id = %s FOR UPDATE", [link.pk])
            writer.execute("DELETE FROM links_link_tags WHERE link_id = %s", [link.pk])
            ending = another.submit(closing, change, old, new, Actor(Via.FORM, owner))
            wait_until(somebody_waits)
            writer.execute("INSERT INTO links_link_tags (link_id, tag_id) VALUES (%s, %s)", [link.pk, old.pk])
        ending.result(20)
    assert [tag.name for tag in Link.objects.get(pk=link.pk).tags.all()] == left
    assert not Tag.objects.filter(name="old").exists()


def test_so_is_whoever_puts_a_link_into_a_folder_that_is_deleted(make_link, owner, workspace):
    folder = Folder.objects.create(workspace=workspace, name="old")
    inside, outside = make_link(folder=folder), make_link()
    with ThreadPoolExecutor(1) as another, autonomous_connection() as writer:
        with writer.transaction():
            writer.execute("SELECT FROM links_link WHERE id = ANY(%s) FOR UPDATE", [[inside.pk, outside.pk]])
            writer.execute("UPDATE links_link SET folder_id = %s WHERE id = %s", [folder.pk, outside.pk])
            ending = another.submit(closing, lambda: delete_folder(folder, by=Actor(Via.FORM, owner)))
            wait_until(somebody_waits)
        ending.result(20)
    assert set(Link.objects.values_list("folder", flat=True)) == {None}
    assert not Folder.objects.exists()
