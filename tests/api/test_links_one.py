"""Finding a link again, by whatever name, and making no second one."""

import pytest

from shortener.accounts.models import AuditEvent
from shortener.links.models import Folder, Link
from shortener.links.services import delete_link
from tests.api.test_idempotency import at_once
from tests.conftest import ApiClient

LINKS = "/api/v1/links"
URL = {"url": "https://example.com/"}


def ids(response):
    return [link["id"] for link in response.json()["data"]]


@pytest.fixture
def folder(workspace):
    return Folder.objects.create(workspace=workspace, name="Spring")


# --- New fields


@pytest.mark.django_db
def test_a_link_lies_in_a_folder_has_an_external_id_and_public_statistics(api, folder):
    sent = {**URL, "folder": folder.public_id, "external_id": "crm/7", "public_stats": True, "archived": True}
    body = api.post(LINKS, sent).json()
    assert {name: body[name] for name in sent} == sent
    assert body["state"] == "archived"
    changed = api.patch(f"{LINKS}/{body['id']}", {"folder": None, "external_id": "", "archived": False}).json()
    assert (changed["folder"], changed["external_id"], changed["state"]) == (None, "", "active")


@pytest.mark.django_db
def test_only_an_import_says_how_often_a_link_was_followed_before(api):
    assert api.post(LINKS, {**URL, "imported_clicks": 5}).json()["errors"][0]["pointer"] == "/imported_clicks"


@pytest.mark.django_db
def test_a_folder_of_others_looks_like_none(api, stranger):
    from shortener.accounts.services import personal_workspace

    theirs = Folder.objects.create(workspace=personal_workspace(stranger), name="x")
    foreign, missing = (api.post(LINKS, {**URL, "folder": name}).json() for name in (theirs.public_id, "folder_x"))
    assert foreign == missing
    assert foreign["errors"][0]["pointer"] == "/folder"


@pytest.mark.django_db
def test_an_external_id_is_given_once(api):
    first = api.post(LINKS, {**URL, "external_id": "a"}).json()
    second = api.post(LINKS, {**URL, "external_id": "a", "slug": "mine"})
    assert second.json()["errors"] == [
        {"pointer": "/external_id", "message": "Another link has this external ID already."}
    ]
    other = api.post(LINKS, URL).json()
    changed = api.patch(f"{LINKS}/{other['id']}", {"external_id": "a"})
    assert (changed.status_code, changed.json()["errors"][0]["pointer"]) == (422, "/external_id")
    assert ids(api.get(f"{LINKS}?external_id=a")) == [first["id"]]


# --- Names


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["http://{0}/{1}", "{0}/{1}", "https://{0}/{1}%2B", "http://{0}/{1}?x=1", "//{0}/{1}"])
def test_a_link_is_found_by_its_short_url(api, make_link, form):
    link = make_link()
    url = form.format(link.domain.host, link.slug)
    assert api.get(f"{LINKS}/lookup?url={url}").json()["id"] == link.public_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[::1/x", "http://elsewhere.test/abc", "http://127.0.0.1:8000/"]
)
def test_a_short_url_of_nothing_is_not_found(api, make_link, url):
    make_link()
    assert api.get(f"{LINKS}/lookup?url={url}").status_code == 404


@pytest.mark.django_db
def test_an_external_id_stands_wherever_an_id_does(api):
    link = api.post(LINKS, {**URL, "external_id": "crm/7 ü"}).json()
    assert api.get(f"{LINKS}/external/crm%2F7%20ü").json()["id"] == link["id"]
    simple = api.post(LINKS, {**URL, "external_id": "e1"}).json()
    assert api.get(f"{LINKS}/ext_e1").json()["id"] == simple["id"]
    assert api.patch(f"{LINKS}/ext_e1", {"title": "x"}).json()["title"] == "x"
    assert api.get(f"{LINKS}/ext_e1/stats").status_code == 200
    assert api.delete(f"{LINKS}/ext_e1").status_code == 204
    assert api.get(f"{LINKS}/ext_e1").status_code == api.get(f"{LINKS}/ext_").status_code == 404


# --- Upsert


@pytest.mark.django_db
def test_an_upsert_makes_a_link_and_then_changes_what_it_names(api):
    path = f"{LINKS}/external/e1"
    made = api.put(path, {**URL, "title": "one", "tags": ["a"]})
    assert (made.status_code, made.json()["external_id"]) == (201, "e1")
    changed = api.put(path, {"url": "https://example.com/2"})
    assert changed.status_code == 200
    body = changed.json()
    assert (body["id"], body["url"], body["title"], body["tags"]) == (
        made.json()["id"], "https://example.com/2", "one", ["a"],
    )  # fmt: skip
    assert changed.headers["ETag"] == api.get(path).headers["ETag"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"slug": "other"}, "/slug"), ({"domain": "x.test"}, "/domain"), ({"external_id": "x"}, "/external_id")],
)
def test_an_upsert_changes_no_names(api, body, pointer):
    api.put(f"{LINKS}/external/e1", {**URL, "slug": "mine"})
    assert api.put(f"{LINKS}/external/e1", body).json()["errors"][0]["pointer"] == pointer


@pytest.mark.django_db
@pytest.mark.parametrize("defaults", [{"status": None}, {"slug": "", "domain": ""}, {"title": "", "tags": []}])
def test_an_upsert_that_is_repeated_changes_nothing(api, defaults):
    made, again = (api.put(f"{LINKS}/external/e1", {**URL, **defaults}) for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()


def test_an_upsert_can_make_only(api):
    path, only_new = f"{LINKS}/external/e1", {"headers": {"If-None-Match": "*"}}
    made = api.put(path, URL, **only_new)
    refused = api.put(path, {**URL, "title": "x"}, **only_new)
    assert (made.status_code, refused.status_code, api.get(path).json()) == (201, 412, made.json())


@pytest.mark.parametrize("change", [{}, {"title": "x", "tags": ["B", "a"]}, {"archived": True}])
def test_a_change_of_nothing_is_none(api, make_link, change):
    link = make_link(title="x", tags=["a", "b"], archived=True)
    before = api.get(f"{LINKS}/{link.public_id}")
    after = api.patch(f"{LINKS}/{link.public_id}", change)
    assert (after.status_code, after.json(), after["ETag"]) == (200, before.json(), before["ETag"])
    assert not AuditEvent.objects.filter(action="link.updated").exists()


def test_an_upsert_of_nothing_says_what_is_missing(api):
    refused = api.put(f"{LINKS}/external/e1", {"title": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/url")


def test_upserts_at_once_make_one_link(stores, api_key):
    def upsert(number):
        return ApiClient(api_key[1]).put(f"{LINKS}/external/e1", {**URL, "title": f"t{number}"})

    answers = at_once(12, upsert)
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert Link.objects.get().version == 12


# --- Find


@pytest.mark.django_db
def test_a_link_just_like_the_wanted_one_is_found(api):
    sent = {**URL, "title": "T", "tags": ["b", "A"], "status": 307, "find_existing": True}
    made = api.post(LINKS, sent)
    found = api.post(LINKS, {**sent, "tags": ["a", "B"]})
    assert (made.status_code, found.status_code) == (201, 200)
    assert made.json() == found.json()
    assert Link.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [{"url": "https://example.com/2"}, {"title": "x"}, {"tags": ["x"]}, {"status": 301}, {"slug": "other"}, {"click_limit": 3},
     {"password": "open sesame"}, {"archived": True}, {"external_id": "x"}, {"utm": {"source": "x"}}],
)  # fmt: skip
def test_a_link_that_differs_is_not_found(api, other):
    api.post(LINKS, URL)
    assert api.post(LINKS, {**URL, **other, "find_existing": True}).status_code == 201


@pytest.mark.django_db
def test_a_link_that_is_archived_or_deleted_is_not_found(api, make_link):
    make_link(URL["url"], archived=True)
    delete_link(make_link(URL["url"]))
    assert api.post(LINKS, {**URL, "find_existing": True}).status_code == 201


def test_who_looks_at_once_makes_one_link(stores, api_key):
    answers = at_once(12, lambda _: ApiClient(api_key[1]).post(LINKS, {**URL, "find_existing": True}))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert Link.objects.count() == 1


# --- Restore


@pytest.mark.django_db
def test_a_deleted_link_can_be_brought_back_as_it_was(api):
    link = api.post(LINKS, {**URL, "slug": "mine", "tags": ["a"], "external_id": "e"}).json()
    path = f"{LINKS}/{link['id']}"
    api.delete(path)
    restored = api.post(f"{path}/restore")
    assert restored.status_code == 200
    assert {**restored.json(), "updated_at": link["updated_at"]} == link
    assert api.post(f"{path}/restore").json() == restored.json()
    actions = AuditEvent.objects.filter(target_id=link["id"]).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["link.created", "link.deleted", "link.restored"]


@pytest.mark.django_db
def test_a_link_whose_external_id_was_given_away_stays_deleted(api):
    link = api.post(LINKS, {**URL, "external_id": "e"}).json()
    api.delete(f"{LINKS}/{link['id']}")
    api.post(LINKS, {**URL, "external_id": "e"})
    refused = api.post(f"{LINKS}/{link['id']}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "external_id_taken")
    assert api.get(f"{LINKS}/{link['id']}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["link_nothing", "ext_a", "x"])
def test_nothing_cannot_be_restored(api, name):
    assert api.post(f"{LINKS}/{name}/restore").status_code == 404


# --- If-Match


@pytest.mark.django_db
def test_who_has_not_seen_the_last_change_changes_nothing(api):
    link = api.post(LINKS, URL)
    path = f"{LINKS}/{link.json()['id']}"
    seen = {"If-Match": link.headers["ETag"]}
    assert api.patch(path, {"title": "a"}, headers=seen).status_code == 200
    for refused in (api.patch(path, {"title": "b"}, headers=seen), api.delete(path, headers=seen)):
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert api.get(path).json()["title"] == "a"
    assert api.delete(path, headers={"If-Match": api.get(path).headers["ETag"]}).status_code == 204


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"tags": ["x"]}, {"rules": []}, {"active_until": "2030-01-01T00:00:00+02:00"}])
def test_what_a_change_answers_is_what_is_read_afterwards(api, change):
    path = f"{LINKS}/{api.post(LINKS, {**URL, 'tags': ['a', 'b'], 'click_limit': 3}).json()['id']}"
    changed, read = api.patch(path, change), api.get(path)
    assert (changed.content, changed.headers["ETag"]) == (read.content, read.headers["ETag"])


def test_of_two_changes_with_one_etag_one_is_made(stores, api_key):
    api = ApiClient(api_key[1])
    link = api.post(LINKS, URL)
    path, seen = f"{LINKS}/{link.json()['id']}", {"If-Match": link.headers["ETag"]}
    answers = at_once(2, lambda number: ApiClient(api_key[1]).patch(path, {"title": f"t{number}"}, headers=seen))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert Link.objects.get().version == 2


@pytest.mark.django_db
def test_an_upsert_is_held_to_what_was_seen_and_then_makes_nothing(api):
    path = f"{LINKS}/external/order-1042"
    seen = {"If-Match": '"seen"'}
    assert api.put(path, URL, headers=seen).json()["code"] == "precondition_failed"
    assert not Link.objects.exists()
    made = api.put(path, URL)
    assert api.put(path, {"title": "x"}, headers=seen).status_code == 412
    changed = api.put(path, {"title": "y"}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.json()["title"], Link.objects.get().title) == (200, "y", "y")
