import pytest
from django.utils import timezone

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from shortener.links.models import Domain, Link
from shortener.links.services import delete_link
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links"


def test_creating_answers_with_the_link(api):
    response = api.post(LINKS, '{"url": "https://example.com/ü", "title": "Hello", "tags": ["b", "a"]}')
    assert response.status_code == 201
    body, link = response.json(), Link.objects.get()
    assert body["id"] == link.public_id
    assert body["short_url"] == f"http://127.0.0.1:8000/{link.slug}"
    assert (body["slug"], body["domain"]) == (link.slug, "127.0.0.1:8000")
    assert (body["url"], body["title"], body["tags"]) == ("https://example.com/%C3%BC", "Hello", ["a", "b"])
    assert (body["status"], body["state"], body["archived"], body["created_via"]) == (302, "active", False, "api")
    assert body["created_at"].endswith("Z")


def test_everything_can_be_given(api):
    sent = {
        "url": "https://example.com/", "slug": "sale", "status": 301, "click_limit": 7,
        "active_from": "2027-01-01T01:00:00+01:00", "active_until": "2027-02-01T00:00:00Z",
    }  # fmt: skip
    body = api.post(LINKS, sent).json()
    assert (body["slug"], body["status"], body["click_limit"], body["state"]) == ("sale", 301, 7, "scheduled")
    assert body["active_from"] == "2027-01-01T00:00:00Z"


RULES = [
    {
        "conditions": [{"type": "device", "values": ["ios"]}, {"type": "query", "name": "x", "values": []}],
        "targets": [{"url": "https://example.com/ios", "weight": 1}],
    }
]
MORE = {
    "expired_url": "https://example.com/over", "forward_query": "override", "forward_path": True, "rules": RULES,
    "utm": {"source": "s", "medium": "", "campaign": "", "term": "", "content": ""}, "ios_url": "app://x",
    "android_url": "https://example.com/android", "notice": True, "card_title": "T", "card_description": "D",
    "card_image": "https://example.com/i.png",
}  # fmt: skip


@pytest.mark.parametrize("changed", [False, True])
def test_every_kind_of_link_can_be_made_and_read(api, changed):
    url, password = {"url": "https://example.com/"}, {"password": "open sesame"}
    if changed:
        link = api.post(LINKS, url).json()
        body = api.patch(f"{LINKS}/{link['id']}", {**MORE, **password}).json()
    else:
        body = api.post(LINKS, {**url, **MORE, **password}).json()
    assert {name: body[name] for name in MORE} == MORE
    assert body["has_password"] is True
    assert "sesame" not in str(body)
    assert api.patch(f"{LINKS}/{body['id']}", {"password": ""}).json()["has_password"] is False


def test_a_link_can_be_made_on_another_domain(api, workspace):
    Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())
    body = api.post(LINKS, {"url": "https://example.com/", "slug": "x1", "domain": "go.test"}).json()
    assert (body["domain"], body["short_url"]) == ("go.test", "http://go.test/x1")
    refused = api.post(LINKS, {"url": "https://example.com/", "domain": "stranger.test"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/domain"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expired_url", "javascript:x"),
        ("forward_query", "maybe"),
        ("rules", [{"targets": []}]),
        ("rules", [{"conditions": [{"type": "planet"}], "targets": [{"url": "https://example.com/"}]}]),
        ("rules", [{"targets": [{"url": "javascript:x"}]}]),
        ("utm", {"colour": "red"}),
        ("password", "abc"),
        ("ios_url", "javascript:x"),
        ("card_title", "x" * 301),
        ("card_image", "data:x"),
    ],
)
def test_what_is_wrong_with_it_is_named(api, field, value):
    response = api.post(LINKS, {"url": "https://example.com/", field: value})
    assert response.status_code == 422
    assert all(error["pointer"].startswith(f"/{field}") for error in response.json()["errors"])
    assert not Link.objects.exists()


def test_a_link_can_be_fetched_changed_and_deleted(api):
    link = api.post(LINKS, {"url": "https://example.com/1"}).json()
    path = f"{LINKS}/{link['id']}"
    assert api.get(path).json() == link
    changed = api.patch(path, {"url": "https://example.com/2", "archived": True, "tags": ["x"]}).json()
    assert (changed["url"], changed["state"], changed["tags"]) == ("https://example.com/2", "archived", ["x"])
    assert changed["slug"] == link["slug"]
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_list_goes_through_all_links_once(api, make_link):
    made = [make_link().public_id for _ in range(7)]
    seen, query = [], "?limit=3"
    while query:
        page = api.get(LINKS + query).json()
        seen += [link["id"] for link in page["data"]]
        query = page["next"] and f"?limit=3&cursor={page['next']}"
    assert seen == made[::-1]


def test_a_link_made_while_paging_moves_nothing(api, make_link):
    made = [make_link().public_id for _ in range(4)]
    first = api.get(LINKS + "?limit=2").json()
    make_link()
    second = api.get(f"{LINKS}?limit=2&cursor={first['next']}").json()
    assert [link["id"] for link in first["data"] + second["data"]] == made[::-1]


def test_a_list_can_be_searched(api, make_link):
    found = make_link(title="needle", tags=["t"])
    make_link()
    for query in ("?q=NEEDLE", "?tag=T", "?q=need&tag=t"):
        assert [link["id"] for link in api.get(LINKS + query).json()["data"]] == [found.public_id]


def test_listing_many_takes_no_more_queries(api, make_link, django_assert_max_num_queries):
    for number in range(8):
        make_link(tags=[f"t{number}"], click_limit=5)
    with django_assert_max_num_queries(7):  # the key and its last use, links, tags, and three that limit the time
        assert len(api.get(LINKS).json()["data"]) == 8


def test_stats_are_those_of_the_rollups(api, make_link):
    from datetime import UTC, datetime

    from shortener.clicks.models import DailyClicks, Dimension

    link = make_link()
    DailyClicks.objects.create(
        scope=0, scope_id=link.pk, day=datetime.now(UTC).date(), slot=0, clicks=3, visitors=2, bots=1
    )
    body = api.get(f"{LINKS}/{link.public_id}/stats?days=7").json()
    assert body["totals"] == {"clicks": 3, "visitors": 2, "bots": 1, "others": 0}
    assert len(body["series"]) == 7
    assert set(body["dimensions"]) == set(Dimension.labels) - {"links"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/url"]),
        ({"url": 7}, ["/url"]),
        ({"url": None}, ["/url"]),
        ({"url": ""}, ["/url"]),
        ({"url": "ftp://example.com", "slug": "admin"}, ["/slug", "/url"]),
        ({"url": "https://example.com", "slug": "a b"}, ["/slug"]),
        ({"url": "https://example.com", "status": 200}, ["/status"]),
        ({"url": "https://example.com", "status": "found"}, ["/status"]),
        ({"url": "https://example.com", "tags": "a"}, ["/tags"]),
        ({"url": "https://example.com", "tags": [1]}, ["/tags/0"]),
        ({"url": "https://example.com", "click_limit": -1}, ["/click_limit"]),
        ({"url": "https://example.com", "click_limit": 1e30}, ["/click_limit"]),
        ({"url": "https://example.com", "active_from": "tomorrow"}, ["/active_from"]),
        ({"url": "https://example.com", "active_from": "2027-01-01T00:00:00"}, ["/active_from"]),
        (
            {
                "url": "https://example.com",
                "active_from": "2027-02-01T00:00:00Z",
                "active_until": "2027-01-01T00:00:00Z",
            },
            ["/active_until"],
        ),
        ({"url": "https://example.com", "destination": "x", "a/b": 1}, ["/a~1b", "/destination"]),
        ({"url": "https://example.com/\x00"}, ["/url"]),
        ({"url": "https://example.com", "title": "\x00"}, ["/title"]),
        ({"url": "https://example.com", "title": "x" * 301}, ["/title"]),
        ({"url": "https://example.com/" + "a" * 9000}, ["/url"]),
    ],
)
def test_every_wrong_field_is_named_and_nothing_is_made(api, body, pointers):
    response = api.post(LINKS, body)
    problem = response.json()
    assert response.status_code == problem["status"] == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == "invalid_fields"
    assert sorted(error["pointer"] for error in problem["errors"]) == pointers
    assert all(error["message"] for error in problem["errors"])
    assert not Link.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "\xff", "[" * 5000])
def test_a_body_that_is_no_object_is_refused(api, body):
    response = api.post(LINKS, body)
    assert response.status_code in {400, 422}
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_taken_slug_is_named(api):
    api.post(LINKS, {"url": "https://example.com", "slug": "taken"})
    problem = api.post(LINKS, {"url": "https://example.com", "slug": "taken"}).json()
    assert problem["errors"] == [{"pointer": "/slug", "message": "“taken” is taken. Choose another name."}]


@pytest.mark.parametrize("body", [{"url": "nonsense:"}, {"slug": "x"}, {"status": None}, {"archived": 7}])
def test_a_wrong_change_changes_nothing(api, make_link, body):
    link = make_link()
    assert api.patch(f"{LINKS}/{link.public_id}", body).status_code == 422
    before = link.version
    link.refresh_from_db()
    assert link.version == before


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense", "cursor=AAAA", "days=0"])
def test_wrong_queries_are_refused(api, make_link, query):
    path = f"{LINKS}/{make_link().public_id}/stats" if "days" in query else LINKS
    assert api.get(f"{path}?{query}").status_code == 422


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic abc", "Bearer sk_00000000_x"])
def test_without_a_valid_key_nothing_is_told(client, header):
    response = client.get(LINKS, headers={"Authorization": header} if header is not None else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "invalid_key"


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_another_workspaces_link_looks_like_none(make_link, stranger, method):
    link = make_link()
    _, secret = create_api_key(workspace=personal_workspace(stranger), name="x")
    body = ["{}"] if method == "patch" else []
    foreign = getattr(ApiClient(secret), method)(f"{LINKS}/{link.public_id}", *body)
    missing = getattr(ApiClient(secret), method)(f"{LINKS}/link_nothing", *body)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert ApiClient(secret).get(f"{LINKS}/{link.public_id}/stats").status_code == 404


def test_a_deleted_link_is_not_found(api, make_link):
    link = make_link()
    delete_link(link)
    assert api.get(f"{LINKS}/{link.public_id}").status_code == 404


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("links:read", "get", LINKS),
        ("links:write", "post", LINKS),
        ("links:write", "delete", LINKS + "/{id}"),
        ("stats:read", "get", LINKS + "/{id}/stats"),
    ],
)
def test_a_key_can_do_what_its_scopes_say(workspace, make_link, scope, method, path):
    path = path.format(id=make_link().public_id)
    body = [{"url": "https://example.com"}] if method == "post" else []
    others = {"links:read", "links:write", "stats:read"} - {scope}
    _, without = create_api_key(workspace=workspace, name="without", scopes=others)
    refused = getattr(ApiClient(without), method)(path, *body)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    _, with_it = create_api_key(workspace=workspace, name="with", scopes=[scope])
    assert getattr(ApiClient(with_it), method)(path, *body).status_code < 300


def test_an_unexpected_error_tells_nothing(api, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("password is hunter2")

    monkeypatch.setattr("shortener.api.links.create_link", fail)
    response = api.post(LINKS, {"url": "https://example.com"})
    assert response.status_code == 500
    assert "hunter2" not in response.content.decode()
    assert response.json()["code"] == "internal_error"
