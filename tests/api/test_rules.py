"""Rules of a link, and trying them, by API."""

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
IOS = [
    {
        "conditions": [{"type": "device", "values": ["ios"]}],
        "targets": [{"url": "https://example.com/ios", "weight": 1}],
    }
]


@pytest.fixture
def path(make_link):
    return f"/api/v1/links/{make_link().public_id}/rules"


def test_rules_are_replaced_and_read(api, path):
    answer = api.put(path, {"rules": IOS})
    assert (answer.status_code, answer.json()) == (200, {"rules": IOS})
    assert api.get(path).json() == {"rules": IOS}
    assert api.put(path, {"rules": []}).json() == {"rules": []}


def test_the_etag_is_that_of_the_link(api, path):
    link = path.removesuffix("/rules")
    seen = api.get(path).headers["ETag"]
    assert seen == api.get(link).headers["ETag"]
    api.patch(link, {"title": "changed meanwhile"})
    late = api.put(path, {"rules": IOS}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert api.get(path).json() == {"rules": []}


@pytest.mark.parametrize(
    "rules",
    [
        7,
        [{"targets": []}],
        [{"targets": [{"url": "javascript:x"}]}],
        [{"conditions": [{"type": "planet"}], "targets": [{"url": "https://example.com"}]}],
        [{"targets": [{"url": "https://example.com"}]}] * 51,
    ],
)
def test_wrong_rules_are_named_and_neither_kept_nor_tried(api, path, rules):
    for refused in (
        api.put(path, {"rules": rules}),
        api.post(f"{path}/try", {"rules": rules}),
    ):
        assert refused.status_code == 422
        assert all(error["pointer"].startswith("/rules") for error in refused.json()["errors"])
    assert api.get(path).json() == {"rules": []}


def test_a_visitor_is_tried_with_reasons(api, path):
    api.put(path, {"rules": IOS})
    tried = api.post(f"{path}/try", {"visitor": {"device": "android", "country": "DE"}})
    body = tried.json()
    assert tried.status_code == 200
    assert (body["rule"], body["destination"], body["status"]) == (None, "https://example.com/page", 302)
    [outcome] = body["outcomes"]
    assert outcome["reasons"][0]["words"] == "The device “mobile, android” is not what the rule asks for."
    assert api.post(f"{path}/try", {"visitor": {"device": "ios"}}).json()["rule"] == 1


def test_other_rules_are_tried_without_being_kept(api, path):
    other = [{"targets": [{"url": "https://example.com/other"}]}]
    assert api.post(f"{path}/try", {"rules": other}).json()["destination"] == "https://example.com/other"
    assert api.get(path).json() == {"rules": []}


@pytest.mark.parametrize(
    "visitor", [{"device": "fridge"}, {"country": "DEU"}, {"at": "soon"}, {"shoe_size": 43}, 7, {"query": "x" * 2001}]
)
def test_an_impossible_visitor_is_named(api, path, visitor):
    refused = api.post(f"{path}/try", {"visitor": visitor})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/visitor")


def test_anothers_link_looks_like_none(path, stranger):
    other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
    answers = [
        other.get(path), other.put(path, {"rules": []}), other.post(f"{path}/try", {}),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}
