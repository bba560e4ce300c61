from datetime import timedelta

import pytest
from django.utils import timezone

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace
from shortener.links import selection
from shortener.links.errors import LinkError
from shortener.links.models import Folder, Link, Publication
from shortener.links.queries import links_in
from shortener.links.signals import links_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(owner):
    return Actor(Via.FORM, owner)


@pytest.fixture
def three(make_link):
    return [make_link(slug=f"link-{number}") for number in range(3)]


def numbers(links):
    return [link.pk for link in links]


def there(workspace):
    return sorted(Link.objects.filter(workspace=workspace, deleted_at=None).values_list("slug", flat=True))


class TestWhichOnes:
    def test_those_that_are_picked(self, workspace, three):
        wanted = [three[2], three[0]]
        assert selection.picked(workspace, [link.public_id for link in wanted]) == sorted(numbers(wanted))

    def test_nonsense_and_deleted_ones_are_left_out(self, workspace, three, by):
        selection.delete_all(workspace, numbers(three[:1]), by=by)
        assert selection.picked(workspace, ["x", "link_\x00", *(link.public_id for link in three[:2])]) == [three[1].pk]

    def test_links_of_others_are_left_out(self, stranger, three):
        assert selection.picked(personal_workspace(stranger), [three[0].public_id]) == []

    def test_all_that_match(self, workspace, three):
        assert selection.all_of(links_in(workspace).filter(slug="link-1")) == [three[1].pk]

    def test_too_many_are_refused(self, workspace, three, monkeypatch):
        monkeypatch.setattr(selection, "MOST", 2)
        with pytest.raises(LinkError, match="more than 2 links"):
            selection.all_of(links_in(workspace))
        with pytest.raises(LinkError, match="more than 2 links"):
            selection.picked(workspace, [link.public_id for link in three])


class TestEveryChange:
    """As if each link had been changed by itself."""

    def test_raises_the_version_and_says_when(self, workspace, three, by):
        selection.archive_all(workspace, numbers(three), by=by)
        for link, before in zip(Link.objects.order_by("pk"), three, strict=True):
            assert link.version == before.version + 1
            assert link.updated_at > before.updated_at

    def test_is_noted_for_each(self, workspace, three, by, owner):
        selection.archive_all(workspace, numbers(three), by=by)
        events = AuditEvent.objects.filter(action="link.updated")
        assert {event.target_id for event in events} == {link.public_id for link in three}
        assert {(event.actor, event.workspace, *event.changes) for event in events} == {
            (owner, workspace, "archived_at")
        }

    def test_is_published_for_each(self, workspace, three, by, django_capture_on_commit_callbacks, monkeypatch):
        Publication.objects.all().delete()
        monkeypatch.setattr(selection, "CHUNK", 2)
        told = []
        links_changed.connect(lambda keys, **_: told.extend(keys), weak=False, dispatch_uid="told")
        try:
            with django_capture_on_commit_callbacks(execute=True):
                selection.archive_all(workspace, numbers(three), by=by)
                assert Publication.objects.count() == 3
        finally:
            links_changed.disconnect(dispatch_uid="told")
        assert [slug for _, slug in told] == [link.slug for link in three]

    def test_never_touches_links_of_others(self, stranger, three, by):
        theirs = personal_workspace(stranger)
        assert selection.delete_all(theirs, numbers(three), by=by).links == 0
        assert Link.objects.filter(deleted_at=None).count() == 3

    def test_leaves_alone_what_is_like_that_already(self, workspace, three, by):
        selection.archive_all(workspace, numbers(three[:1]), by=by)
        assert selection.archive_all(workspace, numbers(three), by=by).links == 2


class TestTags:
    def names(self, link):
        return sorted(Link.objects.get(pk=link.pk).tags.values_list("name", flat=True))

    def test_are_added_to_those_that_are_there(self, workspace, make_link, by):
        link, other = make_link(tags=["One"]), make_link()
        assert selection.tag_all(workspace, numbers([link, other]), ["one", " two "], by=by).links == 2
        assert (self.names(link), self.names(other)) == (["One", "two"], ["One", "two"])

    def test_are_taken_off(self, workspace, make_link, by):
        link, other = make_link(tags=["one", "two"]), make_link(tags=["two"])
        assert selection.untag_all(workspace, numbers([link, other]), ["ONE"], by=by).links == 1
        assert (self.names(link), self.names(other)) == (["two"], ["two"])

    @pytest.mark.parametrize("names", [[], [" "], ["t" * 51]])
    def test_have_to_be_tags(self, workspace, three, by, names):
        for act in (selection.tag_all, selection.untag_all):
            with pytest.raises(LinkError):
                act(workspace, numbers(three), names, by=by)

    def test_are_never_more_than_a_link_may_have(self, workspace, make_link, by):
        full, other = make_link(tags=[f"tag {number}" for number in range(20)]), make_link()
        assert selection.tag_all(workspace, numbers([full, other]), ["one more"], by=by).links == 1
        assert len(self.names(full)) == 20


class TestFolders:
    def test_links_are_moved_in_and_out(self, workspace, three, by):
        folder = selection.folder_named(workspace, "Press", by=by)
        assert selection.move_all(workspace, numbers(three), folder, by=by).links == 3
        assert folder.links.count() == 3
        selection.move_all(workspace, numbers(three[:1]), None, by=by)
        assert folder.links.count() == 2

    def test_a_name_is_taken_once(self, workspace, by):
        assert selection.folder_named(workspace, "Press", by=by) == selection.folder_named(workspace, " press ", by=by)

    @pytest.mark.parametrize("name", ["", " \x00 ", "x" * 81])
    def test_a_name_is_neither_empty_nor_endless(self, workspace, by, name):
        with pytest.raises(LinkError, match="1 to 80"):
            selection.folder_named(workspace, name, by=by)

    def test_folders_of_others_are_not_there(self, workspace, stranger):
        theirs = Folder.objects.create(workspace=personal_workspace(stranger), name="Private")
        for number in (theirs.public_id, "x", "folder_\x00"):
            with pytest.raises(LinkError, match="no such folder"):
                selection.folder_of(workspace, number)


class TestTakingBack:
    def test_a_deletion(self, workspace, three, by):
        selection.delete_all(workspace, numbers(three[:1]), by=by)
        done = selection.delete_all(workspace, numbers(three[1:]), by=by)
        assert there(workspace) == []
        assert selection.undo(workspace, done.token, by=by).links == 2
        assert there(workspace) == ["link-1", "link-2"]
        assert AuditEvent.objects.filter(action="link.restored").count() == 2

    def test_an_archiving(self, workspace, three, by):
        selection.archive_all(workspace, numbers(three[:1]), by=by)
        done = selection.archive_all(workspace, numbers(three), by=by)
        selection.undo(workspace, done.token, by=by)
        assert [bool(link.archived_at) for link in Link.objects.order_by("pk")] == [True, False, False]

    def test_twice_is_once(self, workspace, three, by):
        done = selection.delete_all(workspace, numbers(three), by=by)
        assert [selection.undo(workspace, done.token, by=by).links for _ in range(2)] == [3, 0]

    def test_not_by_a_made_up_token(self, workspace, three, by):
        done = selection.delete_all(workspace, numbers(three), by=by)
        for token in ("", "x", done.token[:-1]):
            with pytest.raises(LinkError, match="too long ago"):
                selection.undo(workspace, token, by=by)

    def test_not_from_another_workspace(self, workspace, stranger, three, by):
        done = selection.delete_all(workspace, numbers(three), by=by)
        with pytest.raises(LinkError, match="another workspace"):
            selection.undo(personal_workspace(stranger), done.token, by=by)
        assert there(workspace) == []

    def test_not_after_an_hour(self, workspace, three, by, monkeypatch):
        done = selection.delete_all(workspace, numbers(three), by=by)
        monkeypatch.setattr(selection, "UNDOABLE", timedelta(seconds=-1))
        with pytest.raises(LinkError, match="too long ago"):
            selection.undo(workspace, done.token, by=by)

    def test_a_name_that_another_link_has_by_now_stays_with_that(self, workspace, three, by):
        Link.objects.filter(pk=three[0].pk).update(external_id="one")
        done = selection.delete_all(workspace, numbers(three[:1]), by=by)
        Link.objects.filter(pk=three[1].pk).update(external_id="one")
        selection.undo(workspace, done.token, by=by)
        assert [link.external_id for link in Link.objects.order_by("pk")] == ["", "one", ""]


def test_times_are_kept_to_the_microsecond(workspace, three, by):
    before = timezone.now()
    selection.delete_all(workspace, numbers(three), by=by)
    [moment] = set(Link.objects.values_list("deleted_at", flat=True))
    assert before <= moment <= timezone.now()
