import pytest
from django.utils import timezone

from shortener.accounts.models import Member
from shortener.links.choices import choices_of
from shortener.links.models import Domain, Folder

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_what_there_is_to_choose_from_in_one_query(workspace, owner, stranger, make_link, django_assert_num_queries):
    make_link(tags=["beta", "Alpha"])
    Folder.objects.create(workspace=workspace, name="Press")
    Domain.objects.create(host="go.test", workspace=workspace, verified_at=NOW)
    Domain.objects.create(host="not-yet.test", workspace=workspace)
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.MEMBER)
    with django_assert_num_queries(1):
        choices = choices_of(workspace)
    assert choices.folders == {Folder.objects.get().public_id: "Press"}
    assert choices.tags == ["Alpha", "beta"]
    assert choices.domains == ["127.0.0.1:8000", "go.test"]
    assert choices.creators == [owner.email, stranger.email]
