"""Rate limits as clients meet them."""

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import Workspace
from shortener.api.limits import budgets_of, charge, kind_of
from shortener.infra.rate_plans import parse_plans
from shortener.links.models import Link
from tests.conftest import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
LINKS = "/api/v1/links"


@pytest.fixture(autouse=True)
def small_plans(settings):
    settings.RATE_PLANS = parse_plans(
        """{"standard": {"key": {"read": "3/minute", "create": "2/minute"}, "workspace": {"read": "4/minute"}},
            "large": {"key": {"read": "9/minute"}, "workspace": {"read": ""}},
            "anonymous": {"failures": "2/minute"}}"""
    )


def test_every_answer_says_what_holds_and_what_is_left(api):
    answer = api.get(LINKS)
    assert answer.headers["RateLimit-Policy"] == '"read";q=3;w=60, "read-workspace";q=4;w=60'
    first, second = answer.headers["RateLimit"].split(", ")
    assert first.startswith('"read";r=2;t=')
    assert second.startswith('"read-workspace";r=3;t=')
    assert 1 <= int(first.rpartition("=")[2]) <= 65


def test_too_many_are_refused_with_the_time_to_wait(api):
    for _ in range(3):
        assert api.get(LINKS).status_code == 200
    refused = api.get(LINKS)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 65
    assert refused.headers["RateLimit"].startswith('"read";r=0;')


def test_reading_and_creating_have_budgets_of_their_own(api):
    for _ in range(4):
        api.get(LINKS)
    made = [api.post(LINKS, {"url": "https://example.com"}).status_code for _ in range(3)]
    assert made == [201, 201, 429]
    assert Link.objects.count() == 2


def test_all_keys_of_a_workspace_share_a_budget(api, workspace):
    other = ApiClient(create_api_key(workspace=workspace, name="other")[1])
    for _ in range(3):
        api.get(LINKS)
    assert [other.get(LINKS).status_code for _ in range(2)] == [200, 429]


def test_a_workspaces_plan_decides(api, workspace):
    Workspace.objects.filter(pk=workspace.pk).update(plan="large")
    answers = [api.get(LINKS) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["RateLimit-Policy"] == '"read";q=9;w=60'


def test_what_is_refused_for_its_content_counts_too(api):
    answers = [api.post(LINKS, "nonsense").status_code for _ in range(3)]
    assert answers == [400, 400, 429]


def test_keys_that_are_none_are_counted_by_address(client):
    def ask(address):
        headers = {"Authorization": "Bearer sk_00000000_x"}
        return client.get(LINKS, headers=headers, REMOTE_ADDR=address).status_code

    assert [ask("203.0.113.9") for _ in range(3)] == [401, 401, 429]
    assert ask("203.0.113.10") == 401


def test_requests_without_any_key_too(client):
    assert [client.get(LINKS).status_code for _ in range(3)] == [401, 401, 429]


def test_a_valid_key_works_from_an_address_that_others_have_spent(client, api):
    for _ in range(3):
        client.get(LINKS)
    assert api.get(LINKS).status_code == 200


def test_an_idempotent_retry_costs_nothing(api):
    for _ in range(4):
        answer = api.post(LINKS, {"url": "https://example.com"}, headers={"Idempotency-Key": "a"})
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("scope", "kind"),
    [
        ("links:read", "read"), ("links:write", "create"), ("stats:read", "stats"), ("clicks:read", "stats"),
        ("clicks:write", "create"), ("audit:read", "read"),
    ],
)  # fmt: skip
def test_the_scope_says_which_budget(scope, kind):
    assert kind_of(scope) == kind


def test_bulk_requests_count_their_links(api, settings):
    settings.RATE_PLANS = parse_plans('{"standard": {"key": {"bulk": "5/minute"}}}')
    body = {"links": [{"url": "https://example.com"}] * 3}
    first = api.post(f"{LINKS}/bulk", body)
    assert first.headers["RateLimit"].startswith('"bulk";r=2;')
    assert [first.status_code, api.post(f"{LINKS}/bulk", body).status_code] == [201, 429]
    assert Link.objects.count() == 3


def test_work_that_the_body_tells_is_charged_by_its_size(rf, settings, api_key):
    settings.RATE_PLANS = parse_plans('{"standard": {"key": {"bulk": "10/minute"}}}')
    request = rf.post("/")
    request.auth = api_key[0]
    charge(request, "bulk", 8)
    from shortener.api.limits import TooManyRequests

    with pytest.raises(TooManyRequests):
        charge(request, "bulk", 3)
    charge(request, "bulk", 2)
    assert [budget.name for budget in budgets_of(api_key[0], "bulk")] == ["bulk", "bulk-workspace"]
