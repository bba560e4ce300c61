"""What keys and workspaces may not: links of others, domains of others, more links than there is room for."""

import pytest
from django.utils import timezone

from shortener.accounts.actors import SYSTEM, Actor, Via
from shortener.accounts.keys import create_api_key, rotate_api_key
from shortener.links.bulk import delete_links, update_links
from shortener.links.errors import LinkNotFound
from shortener.links.models import Domain, Link
from shortener.links.services import create_link, delete_link, restore_link, update_link
from tests.api.test_idempotency import at_once
from tests.api.test_links_one import ids
from tests.conftest import ApiClient

LINKS = "/api/v1/links"
URL = {"url": "https://example.com/"}


@pytest.fixture
def domain(workspace):
    return Domain.objects.create(host="go.test", workspace=workspace, verified_at=timezone.now())


def client_of(workspace, owner, **limits):
    key, secret = create_api_key(workspace=workspace, name="limited", author=owner, **limits)
    return ApiClient(secret), Actor(Via.API, owner, key)


@pytest.fixture(params=["own_links_only", "domain_ids"])
def limited(request, workspace, owner, domain):
    """A client that does not reach links on the default domain that others have made, and who it is."""
    limit = {"own_links_only": True} if request.param == "own_links_only" else {"domain_ids": [domain.pk]}
    return client_of(workspace, owner, **limit)


@pytest.mark.django_db
def test_a_limited_key_sees_and_changes_no_link_beyond_its_limits(limited, make_link):
    client, _by = limited
    link = make_link(slug="theirs", external_id="e", tags=["t"])
    number = link.public_id
    assert ids(client.get(LINKS)) == ids(client.get(f"{LINKS}?tag=t")) == ids(client.get(f"{LINKS}?q=theirs")) == []
    for path in (
        number,
        "ext_e",
        "external/e",
        f"lookup?url={link.domain.host}/theirs",
        f"{number}/stats",
        f"{number}/clicks",
        f"{number}/live",
    ):
        assert client.get(f"{LINKS}/{path}").status_code == 404, path
    for answer in (
        client.patch(f"{LINKS}/{number}", {"title": "x"}), client.delete(f"{LINKS}/{number}"),
        client.delete(f"{LINKS}/{number}/clicks"),
    ):  # fmt: skip
        assert answer.status_code == 404
    bulk = client.patch(f"{LINKS}/bulk", {"links": [{"id": number, "title": "x"}], "atomic": False})
    gone = client.post(f"{LINKS}/bulk/delete", {"ids": [number], "atomic": False})
    assert [answer.json()["results"][0]["status"] for answer in (bulk, gone)] == [404, 404]
    assert client.put(f"{LINKS}/external/e", {"title": "x"}).status_code == 422
    link.refresh_from_db()
    assert link.version == 1
    delete_link(link)
    assert client.post(f"{LINKS}/{number}/restore").status_code == 404


@pytest.mark.django_db
def test_services_hold_a_limited_key_back_whoever_calls_them(limited, make_link, workspace):
    _client, by = limited
    link = make_link()
    for refused in (lambda: update_link(link, changes={"title": "x"}, by=by), lambda: delete_link(link, by=by)):
        with pytest.raises(LinkNotFound):
            refused()
    [changed] = update_links(workspace, [(link.public_id, {"title": "x"})], by=by, atomic=False)
    [deleted] = delete_links(workspace, [link.public_id], by=by, atomic=False)
    assert isinstance(changed, LinkNotFound)
    assert isinstance(deleted, LinkNotFound)
    delete_link(link)
    with pytest.raises(LinkNotFound):
        restore_link(workspace, link.public_id, by=by)


@pytest.mark.django_db
def test_statistics_of_a_whole_workspace_are_not_for_a_limited_key(limited, workspace):
    client, _by = limited
    for path in ("stats", "clicks", "live"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), path


@pytest.mark.django_db
def test_an_export_has_what_the_key_reaches(limited, make_link):
    client, _by = limited
    make_link(slug="theirs")
    assert b"theirs" not in b"".join(client.get("/api/v1/export").streaming_content)


@pytest.mark.django_db
def test_a_key_reaches_what_was_made_with_it_and_with_those_it_replaced(workspace, owner, make_link):
    client, by = client_of(workspace, owner, own_links_only=True)
    make_link()
    own = client.post(LINKS, URL).json()["id"]
    _key, secret = rotate_api_key(by.api_key, by=SYSTEM)
    newer = ApiClient(secret)
    newest = newer.post(f"{LINKS}/bulk", {"links": [URL]}).json()["results"][0]["link"]["id"]
    assert ids(newer.get(LINKS)) == [newest, own]
    assert newer.patch(f"{LINKS}/{own}", {"title": "x"}).status_code == 200
    assert client.get(f"{LINKS}/{newest}").status_code == 404


@pytest.mark.django_db
def test_a_key_of_some_domains_makes_links_on_no_other(workspace, owner, domain):
    client, _by = client_of(workspace, owner, domain_ids=[domain.pk])
    assert client.post(LINKS, {**URL, "domain": "go.test"}).status_code == 201
    for body in (URL, {**URL, "domain": "127.0.0.1:8000"}):
        for answer in (client.post(LINKS, body), client.post(f"{LINKS}/bulk", {"links": [body]})):
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"].endswith("/domain")
            assert "go.test" in answer.json()["errors"][0]["message"]


@pytest.mark.django_db
def test_a_workspace_that_is_full_takes_no_more_links(api, workspace):
    workspace.link_limit = 2
    workspace.save()
    first = api.post(LINKS, URL).json()
    assert api.post(f"{LINKS}/bulk", {"links": [URL, URL], "atomic": False}).json()["code"] == "link_limit"
    assert api.post(LINKS, URL).status_code == 201
    full = api.post(LINKS, URL)
    assert (full.status_code, full.json()["code"]) == (403, "link_limit")
    assert "2 of 2" in full.json()["detail"]
    api.delete(f"{LINKS}/{first['id']}")
    assert api.post(LINKS, URL).status_code == 201
    assert api.post(f"{LINKS}/{first['id']}/restore").json()["code"] == "link_limit"


def test_who_comes_at_once_does_not_get_the_same_room(stores, api_key, workspace):
    workspace.link_limit = 3
    workspace.save()
    answers = at_once(8, lambda _: ApiClient(api_key[1]).post(LINKS, URL))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [403] * 5
    assert Link.objects.count() == 3


@pytest.mark.django_db
def test_a_link_remembers_the_key_it_was_made_with(workspace, owner):
    _client, by = client_of(workspace, owner)
    assert create_link(workspace=workspace, by=by, **URL).created_with == by.api_key
