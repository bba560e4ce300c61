"""Webhooks by API: who is told, and the secret that signs."""

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace
from shortener.notify import addresses
from shortener.notify.events import EVENTS
from shortener.notify.models import Webhook
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
HOOKS = "/api/v1/webhooks"
WISHES = {"url": "https://hooks.example.com/x", "events": ["link.created", "link.deleted"], "name": "Chat"}


@pytest.fixture(autouse=True)
def public_names(monkeypatch):
    """Every name leads to a public address: tests ask no name server."""
    monkeypatch.setattr(addresses, "addresses_of", lambda name: ["93.184.215.14"])


@pytest.fixture
def made(api):
    answer = api.post(HOOKS, WISHES)
    assert answer.status_code == 201
    return answer.json()


def test_the_secret_is_shown_once(api, made):
    assert made["secret"].startswith("whsec_")
    assert Webhook.objects.get().secret == made["secret"]
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert api.get(f"{HOOKS}/{made['id']}").json() == shown
    assert api.get(HOOKS).json() == {"data": [shown], "next": None}
    assert "whsec_" not in str(list(AuditEvent.objects.values()))


def test_a_webhook_is_changed_and_deleted(api, made):
    one = f"{HOOKS}/{made['id']}"
    changed = api.patch(one, {"is_enabled": False, "events": ["link.clicked"]}).json()
    assert (changed["is_enabled"], changed["events"], changed["url"]) == (False, ["link.clicked"], WISHES["url"])
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    actions = AuditEvent.objects.filter(target_id=made["id"]).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["webhook.created", "webhook.updated", "webhook.deleted"]


def test_another_secret_takes_the_place_of_the_first(api, made):
    answer = api.post(f"{HOOKS}/{made['id']}/rotate-secret")
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["secret"] == Webhook.objects.get().secret != made["secret"]


def test_a_change_is_held_to_what_was_seen(api, made):
    one = f"{HOOKS}/{made['id']}"
    seen = api.get(one).headers["ETag"]
    assert api.patch(one, {"name": "a"}, headers={"If-Match": seen}).status_code == 200
    assert api.patch(one, {"name": "b"}, headers={"If-Match": seen}).status_code == 412
    assert api.delete(one, headers={"If-Match": seen}).status_code == 412


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": 7}, "url"),
        ({"events": []}, "events"),
        ({"events": ["link.flown"]}, "events"),
        ({"events": "link.created"}, "events"),
        ({"name": "x" * 121}, "name"),
        ({"is_enabled": "perhaps"}, "is_enabled"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_every_wrong_wish_is_named(api, change, field):
    refused = api.post(HOOKS, {**WISHES, **change})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{field}"]
    assert not Webhook.objects.exists()


def test_the_events_are_listed(api):
    assert api.get(f"{HOOKS}/events").json() == {"events": EVENTS}


def test_anothers_webhook_looks_like_none(made, stranger):
    other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
    one = f"{HOOKS}/{made['id']}"
    answers = [other.get(one), other.patch(one, {}), other.delete(one), other.post(f"{one}/rotate-secret")]
    assert {answer.status_code for answer in answers} == {404}


def test_members_without_the_role_have_no_webhooks(workspace, stranger):
    from shortener.accounts.models import Member

    Member.objects.create(workspace=workspace, user=stranger, role="member")
    key = ApiClient(create_api_key(workspace=workspace, name="x", author=stranger)[1])
    assert key.get(HOOKS).status_code == key.post(HOOKS, WISHES).status_code == 403
