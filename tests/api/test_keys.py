"""API keys by API."""

import pytest

from shortener.accounts.keys import authenticate_api_key, create_api_key
from shortener.accounts.models import ApiKey
from shortener.accounts.services import personal_workspace
from shortener.links.domains import default_domain
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
KEYS = "/api/v1/keys"
WISHES = {"name": "ci", "scopes": ["links:read", "keys:read"]}


def test_a_key_is_made_and_its_secret_shown_once(api, workspace):
    answer = api.post(KEYS, {**WISHES, "domains": [default_domain().host], "own_links_only": True})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert authenticate_api_key(body["secret"]).public_id == body["id"]
    assert body["secret"].startswith(body["prefix"])
    assert (body["scopes"], body["domains"], body["own_links_only"]) == (
        ["keys:read", "links:read"], [default_domain().host], True,
    )  # fmt: skip
    shown = api.get(f"{KEYS}/{body['id']}").json()
    assert shown == {name: value for name, value in body.items() if name != "secret"}
    assert body["secret"] not in api.get(KEYS).content.decode()


def test_a_repeated_request_makes_one_key_and_does_not_repeat_the_secret(api):
    headers = {"Idempotency-Key": "one"}
    first, second = (api.post(KEYS, WISHES, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["code"] == "idempotency_answer_gone"
    assert ApiKey.objects.filter(name="ci").count() == 1


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"name": ""}, ["/name"]),
        ({"name": "x" * 121}, ["/name"]),
        ({"scopes": []}, ["/scopes"]),
        ({"scopes": ["links:fly"]}, ["/scopes"]),
        ({"scopes": "links:read"}, ["/scopes"]),
        ({"domains": ["stranger.test"]}, ["/domains"]),
        ({"expires_at": "2020-01-01T00:00:00Z"}, ["/expires_at"]),
        ({"expires_at": "2030-01-01T00:00:00"}, ["/expires_at"]),
        ({"own_links_only": "perhaps"}, ["/own_links_only"]),
        ({"secret": "mine"}, ["/secret"]),
    ],
)
def test_every_wrong_wish_is_named(api, change, pointers):
    refused = api.post(KEYS, {**WISHES, **change})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers
    assert ApiKey.objects.count() == 1


def test_a_key_is_changed_and_held_to_what_was_seen(api):
    made = api.post(KEYS, WISHES)
    one, seen = f"{KEYS}/{made.json()['id']}", made.headers["ETag"]
    ApiClient(made.json()["secret"]).get(KEYS)  # its use changes nothing that matters
    assert api.get(one).headers["ETag"] == seen
    changed = api.patch(one, {"name": "cd", "expires_at": "2099-01-01T00:00:00Z"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["name"]) == (200, "cd")
    assert changed.json()["scopes"] == sorted(WISHES["scopes"])
    assert api.patch(one, {"name": "x"}, headers={"If-Match": seen}).status_code == 412


def test_a_key_is_replaced_with_overlap(api):
    old = api.post(KEYS, WISHES).json()
    answer = api.post(f"{KEYS}/{old['id']}/rotate", {"overlap_hours": 1})
    new = answer.json()
    assert answer.status_code == 201
    assert ApiClient(new["secret"]).get(KEYS).status_code == ApiClient(old["secret"]).get(KEYS).status_code == 200
    shown = api.get(f"{KEYS}/{old['id']}").json()
    assert (shown["replaced_by"], shown["expires_at"] is None) == (new["id"], False)
    again = api.post(f"{KEYS}/{old['id']}/rotate", {})
    assert (again.status_code, again.json()["code"]) == (409, "key_replaced")
    assert api.post(f"{KEYS}/{new['id']}/rotate", {"overlap_hours": 721}).status_code == 422


@pytest.mark.parametrize("way", ["post", "delete"])
def test_a_revoked_key_is_over_and_stays_listed(api, way):
    key = api.post(KEYS, WISHES).json()
    one = f"{KEYS}/{key['id']}"
    assert (api.delete(one) if way == "delete" else api.post(f"{one}/revoke")).status_code in {200, 204}
    assert ApiClient(key["secret"]).get(KEYS).status_code == 401
    assert api.get(one).json()["revoked_at"] is not None
    refused = api.patch(one, {"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "key_over")


def test_a_key_gives_no_more_than_it_has(workspace, owner):
    weak = ApiClient(create_api_key(workspace=workspace, name="w", author=owner, scopes=["keys:write", "keys:read"])[1])
    strong, _ = create_api_key(workspace=workspace, name="s", author=owner)
    assert weak.post(KEYS, WISHES).json()["errors"][0]["pointer"] == "/scopes"
    assert weak.post(f"{KEYS}/{strong.public_id}/rotate", {}).status_code == 422
    assert weak.post(KEYS, {"name": "y", "scopes": ["keys:read"]}).status_code == 201


def test_another_workspaces_key_looks_like_none(api_key, stranger):
    other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
    one = f"{KEYS}/{api_key[0].public_id}"
    answers = [
        other.get(one), other.patch(one, {"name": "x"}), other.delete(one), other.post(f"{one}/revoke"),
        other.post(f"{one}/rotate", {}), other.get(f"{KEYS}/key_none"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_list_takes_no_more_queries_for_more(api, workspace, django_assert_max_num_queries):
    for number in range(8):
        create_api_key(workspace=workspace, name=str(number), domain_ids=[default_domain().pk])
    with django_assert_max_num_queries(4):
        assert len(api.get(KEYS).json()["data"]) == 9
