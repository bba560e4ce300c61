"""API keys: what is kept of them, what limits them, how they are replaced and end."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from django.utils import timezone

from shortener.accounts import keys
from shortener.accounts.actors import SYSTEM, Actor, Via
from shortener.accounts.keys import (
    authenticate_api_key,
    create_api_key,
    keys_in,
    limits_of,
    pick_key,
    revoke_api_key,
    rotate_api_key,
    update_api_key,
    write_last_used,
)
from shortener.accounts.models import ApiKey, AuditEvent, Member
from shortener.accounts.services import personal_workspace
from shortener.infra.errors import Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def by(owner):
    return Actor(Via.FORM, owner)


def refused(call, *arguments, **options):
    with pytest.raises(Refused) as error:
        call(*arguments, **options)
    return error.value.errors


def test_a_key_opens_its_workspace(api_key):
    key, secret = api_key
    assert authenticate_api_key(secret) == key
    assert secret.startswith(f"sk_{key.prefix}_")


def test_what_is_kept_of_a_secret_takes_the_sites_key_to_make(api_key, settings):
    key, secret = api_key
    kept = bytes(ApiKey.objects.get().digest)
    assert secret not in str(vars(key))
    assert kept != hashlib.sha256(secret.encode()).digest()
    derived = hashlib.sha256(keys.SALT.encode() + settings.SECRET_KEY.encode()).digest()
    assert kept == hmac.new(derived, secret.encode(), "sha256").digest()
    settings.SECRET_KEY = "another key of the same site, long enough"
    assert authenticate_api_key(secret) is None


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: "", lambda s: "sk_"]
)
def test_another_secret_opens_nothing(api_key, spoil):
    assert authenticate_api_key(spoil(api_key[1])) is None


@pytest.mark.parametrize("secret", ["sk_\x00_x", "sk_" + "a" * 9000 + "_b", "sk_ab_\ud800"])
def test_nonsense_opens_nothing(secret):
    assert authenticate_api_key(secret) is None


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_key_that_is_over_opens_nothing(api_key, field):
    key, secret = api_key
    setattr(key, field, timezone.now() - timedelta(seconds=1))
    key.save()
    assert authenticate_api_key(secret) is None


def test_making_a_key_is_noted_without_its_secret(workspace, by):
    key, secret = create_api_key(workspace=workspace, name="ci", by=by)
    event = AuditEvent.objects.get(target_id=key.public_id)
    assert (event.action, event.actor, event.target_name) == ("key.created", by.user, f"ci (sk_{key.prefix})")
    assert secret.split("_", 2)[2] not in str(vars(event))


class TestUse:
    def test_is_noted_after_the_answer(self, api_key):
        authenticate_api_key(api_key[1])
        assert ApiKey.objects.get().last_used_at is None
        write_last_used()
        assert timezone.now() - ApiKey.objects.get().last_used_at < timedelta(minutes=1)

    def test_is_noted_by_a_request(self, api, api_key):
        api.get("/api/v1/links")
        assert ApiKey.objects.get().last_used_at is not None

    @pytest.mark.parametrize(("ago", "is_noted"), [(30, False), (90, True)])
    def test_is_noted_once_a_minute(self, api_key, ago, is_noted):
        before = timezone.now() - timedelta(seconds=ago)
        ApiKey.objects.update(last_used_at=before)
        authenticate_api_key(api_key[1])
        write_last_used()
        assert (ApiKey.objects.get().last_used_at != before) == is_noted

    def test_costs_no_query_while_the_key_is_remembered(self, api_key, settings, django_assert_num_queries):
        settings.API_KEY_SECONDS = 60
        authenticate_api_key(api_key[1])
        with django_assert_num_queries(0):
            assert authenticate_api_key(api_key[1]) == api_key[0]

    def test_of_a_remembered_key_ends_with_its_time(self, api_key, settings):
        settings.API_KEY_SECONDS = 60
        key, secret = api_key
        key.expires_at = timezone.now() + timedelta(milliseconds=50)
        key.save()
        assert authenticate_api_key(secret)
        while timezone.now() < key.expires_at:
            pass
        assert authenticate_api_key(secret) is None

    def test_of_a_remembered_key_ends_here_when_it_is_revoked(
        self, api_key, settings, django_capture_on_commit_callbacks
    ):
        settings.API_KEY_SECONDS = 60
        key, secret = api_key
        assert authenticate_api_key(secret)
        with django_capture_on_commit_callbacks(execute=True):
            revoke_api_key(key, by=SYSTEM)
        assert authenticate_api_key(secret) is None


class TestLimits:
    def test_every_wrong_one_is_named(self, workspace, by):
        wrong = {"name": " ", "scopes": ["links:fly"], "expires_at": timezone.now() - HOUR, "domain_ids": range(101)}
        errors = refused(create_api_key, workspace=workspace, by=by, **wrong)
        assert sorted(errors) == ["domains", "expires_at", "name", "scopes"]
        assert not ApiKey.objects.exists()

    def test_a_key_needs_a_scope(self, workspace, by):
        assert "scopes" in refused(create_api_key, workspace=workspace, name="x", by=by, scopes=[])

    @pytest.mark.parametrize(("role", "may"), [("viewer", False), ("member", True)])
    def test_nobody_gives_more_than_their_role(self, workspace, stranger, role, may):
        Member.objects.create(workspace=workspace, user=stranger, role=role)
        wishes = {"workspace": workspace, "name": "x", "by": Actor(Via.FORM, stranger), "scopes": ["links:write"]}
        if may:
            assert create_api_key(**wishes)[0].created_by == stranger
        else:
            assert "scopes" in refused(create_api_key, **wishes)

    def test_strangers_give_nothing(self, workspace, stranger):
        by = Actor(Via.FORM, stranger)
        assert "scopes" in refused(create_api_key, workspace=workspace, name="x", by=by, scopes=["links:read"])

    def test_a_key_makes_none_that_can_do_more_than_itself(self, workspace, owner):
        end = timezone.now() + DAY
        own, _ = create_api_key(
            workspace=workspace, name="own", author=owner, scopes=["keys:write", "links:read"], expires_at=end,
            domain_ids=[1, 2], own_links_only=True,
        )  # fmt: skip
        by = Actor(Via.API, owner, own)
        errors = refused(create_api_key, workspace=workspace, name="x", by=by, scopes=["links:write"])
        assert sorted(errors) == ["domains", "expires_at", "own_links_only", "scopes"]
        late = {"expires_at": end + HOUR, "domain_ids": [2, 3], "own_links_only": True, "scopes": ["links:read"]}
        assert sorted(refused(create_api_key, workspace=workspace, name="x", by=by, **late)) == [
            "domains",
            "expires_at",
        ]
        narrow = {"expires_at": end, "domain_ids": [2], "own_links_only": True, "scopes": ["links:read"]}
        key, _ = create_api_key(workspace=workspace, name="x", by=by, **narrow)
        assert key.domain_ids == [2]

    def test_a_key_neither_widens_nor_replaces_one_that_can_do_more(self, workspace, owner):
        strong, _ = create_api_key(workspace=workspace, name="strong", author=owner)
        weak, _ = create_api_key(workspace=workspace, name="weak", author=owner, scopes=["keys:write"])
        by = Actor(Via.API, owner, weak)
        assert "scopes" in refused(rotate_api_key, strong, by=by)
        assert "scopes" in refused(update_api_key, strong, changes={"name": "mine"}, by=by)
        assert "scopes" in refused(update_api_key, weak, changes={"scopes": ["keys:write", "links:write"]}, by=by)


class TestChange:
    def test_changes_what_is_named_and_is_noted(self, api_key, by):
        end = timezone.now() + DAY
        key = update_api_key(api_key[0], changes={"name": "new", "scopes": ["links:read"], "expires_at": end}, by=by)
        assert (key.name, key.scopes, key.expires_at, key.own_links_only) == ("new", ["links:read"], end, False)
        event = AuditEvent.objects.get(action="key.updated")
        assert event.changes["name"] == ["tests", "new"]

    def test_of_a_key_that_is_over_is_refused(self, api_key, by):
        revoke_api_key(api_key[0], by=by)
        with pytest.raises(Conflict, match="over"):
            update_api_key(api_key[0], changes={"name": "new"}, by=by)


class TestReplacement:
    def test_has_the_same_limits_and_both_work_for_a_while(self, workspace, by):
        limits = {"scopes": ["links:read"], "domain_ids": [3], "own_links_only": True}
        old, secret = create_api_key(workspace=workspace, name="ci", by=by, **limits)
        new, other = rotate_api_key(old, by=by, overlap_hours=2)
        assert (limits_of(new), new.name) == (limits_of(old), "ci")
        assert authenticate_api_key(other) == new
        found = authenticate_api_key(secret)
        assert (found.replaced_by, found.pk) == (new, old.pk)
        assert timedelta(hours=1) < found.expires_at - timezone.now() <= timedelta(hours=2)

    def test_without_overlap_ends_the_old_one(self, api_key, by):
        rotate_api_key(api_key[0], by=by, overlap_hours=0)
        assert authenticate_api_key(api_key[1]) is None

    def test_does_not_lengthen_the_old_one_and_gives_the_new_one_as_much_time_again(self, workspace, by):
        end = timezone.now() + HOUR
        old, _ = create_api_key(workspace=workspace, name="ci", by=by, expires_at=end)
        new, _ = rotate_api_key(old, by=by, overlap_hours=24)
        old.refresh_from_db()
        assert old.expires_at == end
        assert HOUR - timedelta(minutes=1) < new.expires_at - timezone.now() <= HOUR

    def test_belongs_to_whoever_made_it(self, api_key, workspace, stranger):
        Member.objects.create(workspace=workspace, user=stranger, role="admin")
        new, _ = rotate_api_key(api_key[0], by=Actor(Via.FORM, stranger))
        assert new.created_by == stranger

    def test_happens_once(self, api_key, by):
        rotate_api_key(api_key[0], by=by)
        with pytest.raises(Conflict, match="already"):
            rotate_api_key(api_key[0], by=by)
        revoke_api_key(api_key[0], by=by)
        with pytest.raises(Conflict, match="over"):
            rotate_api_key(api_key[0], by=by)

    @pytest.mark.parametrize("hours", [-1, 721])
    def test_overlaps_for_a_month_at_most(self, api_key, by, hours):
        assert "overlap_hours" in refused(rotate_api_key, api_key[0], by=by, overlap_hours=hours)


def test_revoking_is_noted_once(api_key, by):
    revoke_api_key(api_key[0], by=by)
    revoke_api_key(api_key[0], by=by)
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


def test_keys_are_found_in_their_workspace_alone(api_key, workspace, stranger):
    assert pick_key(keys_in(workspace), api_key[0].public_id) == api_key[0]
    with pytest.raises(NotFound):
        pick_key(keys_in(personal_workspace(stranger)), api_key[0].public_id)
    with pytest.raises(NotFound):
        pick_key(keys_in(workspace), "key_nonsense")
