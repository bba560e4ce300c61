"""Tags, folders and campaign templates: the same way for all three, and what is each one's own."""

import pytest

from shortener.accounts.actors import SYSTEM
from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace
from shortener.links.models import Folder, Tag, UtmTemplate
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
UTM = {"source": "s", "medium": "", "campaign": "", "term": "", "content": ""}
EACH = {"tags": (Tag, {}), "folders": (Folder, {}), "templates": (UtmTemplate, {"utm": UTM})}


@pytest.fixture(params=EACH)
def kind(request):
    return request.param


@pytest.fixture
def path(kind):
    return f"/api/v1/{kind}"


@pytest.fixture
def body(kind):
    return {"name": "One", **EACH[kind][1]}


@pytest.fixture
def made(api, path, body):
    answer = api.post(path, body)
    assert answer.status_code == 201
    return answer.json()


def test_is_made_read_listed_renamed_and_deleted(api, kind, path, body, made):
    assert {name: made[name] for name in body} == body
    one = f"{path}/{made['id']}"
    assert api.get(one).json() == made
    assert api.get(path).json() == {"data": [made], "next": None}
    assert api.patch(one, {"name": "Two"}).json() == {**made, "name": "Two"}
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    assert not EACH[kind][0].objects.exists()
    word = kind.removesuffix("s")
    actions = AuditEvent.objects.filter(target_id=made["id"]).order_by("id").values_list("action", flat=True)
    assert list(actions) == [f"{word}.created", f"{word}.updated", f"{word}.deleted"]


def test_are_listed_by_name_in_pages(api, path, body):
    for name in ("c", "a", "b"):
        assert api.post(path, {**body, "name": name}).status_code == 201
    first = api.get(f"{path}?limit=2")
    assert [one["name"] for one in first.json()["data"]] == ["a", "b"]
    assert 'rel="next"' in first.headers["Link"]
    last = api.get(f"{path}?limit=2&cursor={first.json()['next']}").json()
    assert ([one["name"] for one in last["data"]], last["next"]) == (["c"], None)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", 7, None, "ONE"])
def test_a_wrong_or_taken_name_is_refused(api, kind, path, body, made, name):
    refused = api.post(path, {**body, "name": name})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/name"]
    other = api.post(path, {**body, "name": "Other"}).json()
    assert api.patch(f"{path}/{other['id']}", {"name": name}).status_code == 422
    assert EACH[kind][0].objects.count() == 2


def test_another_workspaces_looks_like_none(api, path, body, made, stranger):
    other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
    for method, arguments in (("get", []), ("patch", [{"name": "Mine"}]), ("delete", [])):
        foreign = getattr(other, method)(f"{path}/{made['id']}", *arguments)
        missing = getattr(other, method)(f"{path}/{made['id'][:-1]}", *arguments)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
    assert other.get(path).json()["data"] == []
    assert other.post(path, body).status_code == 201


def test_a_change_is_held_to_what_was_seen(api, path, made):
    one = f"{path}/{made['id']}"
    seen = api.get(one).headers["ETag"]
    assert api.patch(one, {"name": "Two"}, headers={"If-Match": seen}).status_code == 200
    late = api.patch(one, {"name": "Three"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.delete(one, headers={"If-Match": seen}).status_code == 412
    assert api.get(one).json()["name"] == "Two"


@pytest.mark.parametrize(("scope", "may"), [("read", (200, 403)), ("write", (403, 201))])
def test_reading_and_writing_are_scopes_of_their_own(workspace, kind, path, body, scope, may):
    key = ApiClient(create_api_key(workspace=workspace, name="x", scopes=[f"{kind}:{scope}"])[1])
    assert (key.get(path).status_code, key.post(path, body).status_code) == may


def test_a_list_takes_no_more_queries_for_more(api, path, body, django_assert_max_num_queries):
    for number in range(8):
        api.post(path, {**body, "name": str(number)})
    with django_assert_max_num_queries(3):
        assert len(api.get(path).json()["data"]) == 8


class TestTags:
    def test_count_their_links(self, api, make_link):
        make_link(tags=["a", "b"])
        make_link(tags=["a"])
        assert [(tag["name"], tag["links"]) for tag in api.get("/api/v1/tags").json()["data"]] == [("a", 2), ("b", 1)]

    def test_are_renamed_on_their_links(self, api, make_link):
        link = make_link(tags=["old"])
        [tag] = api.get("/api/v1/tags").json()["data"]
        api.patch(f"/api/v1/tags/{tag['id']}", {"name": "new"})
        assert api.get(f"/api/v1/links/{link.public_id}").json()["tags"] == ["new"]

    def test_two_become_one(self, api, make_link):
        both, one, other = make_link(tags=["a", "b"]), make_link(tags=["a"]), make_link(tags=["b"])
        a, b = api.get("/api/v1/tags").json()["data"]
        merged = api.post(f"/api/v1/tags/{a['id']}/merge", {"into": b["id"]})
        assert (merged.status_code, merged.json()) == (200, {**b, "links": 3})
        assert api.get(f"/api/v1/tags/{a['id']}").status_code == 404
        for link in (both, one, other):
            assert list(Tag.objects.filter(links=link).values_list("name", flat=True)) == ["b"]
        assert AuditEvent.objects.get(action="tag.merged").changes == {"name": ["a", "b"]}

    def test_are_not_merged_with_themselves_or_strangers(self, api, workspace, stranger, make_link):
        from shortener.links.tags import create_tag

        make_link(tags=["a"])
        [a] = api.get("/api/v1/tags").json()["data"]
        foreign = create_tag(personal_workspace(stranger), name="f", by=SYSTEM)
        from shortener.infra.public_id import encode

        assert api.post(f"/api/v1/tags/{a['id']}/merge", {"into": a["id"]}).status_code == 422
        assert api.post(f"/api/v1/tags/{a['id']}/merge", {"into": encode("tag", foreign.pk)}).status_code == 404

    def test_that_are_deleted_leave_their_links(self, api, make_link):
        link = make_link(tags=["a"])
        [tag] = api.get("/api/v1/tags").json()["data"]
        api.delete(f"/api/v1/tags/{tag['id']}")
        assert api.get(f"/api/v1/links/{link.public_id}").json()["tags"] == []

    def test_have_no_commas(self, api):
        assert api.post("/api/v1/tags", {"name": "a,b"}).status_code == 422


def test_a_deleted_folder_leaves_its_links(api, make_link):
    from shortener.links.folders import KIND
    from shortener.links.named import pick_thing

    made = api.post("/api/v1/folders", {"name": "F"}).json()
    link = make_link()
    link.folder = pick_thing(KIND, link.workspace, made["id"])
    link.save(update_fields=["folder"])
    assert api.get(f"/api/v1/folders/{made['id']}").json()["links"] == 1
    assert api.delete(f"/api/v1/folders/{made['id']}").status_code == 204
    link.refresh_from_db()
    assert link.folder is None


@pytest.mark.parametrize("utm", [{}, {"source": ""}, {"colour": "red"}, {"source": "x" * 201}, {"source": 7}, None])
def test_a_template_has_campaign_parameters_that_a_link_can_have(api, utm):
    refused = api.post("/api/v1/templates", {"name": "T", "utm": utm})
    assert refused.status_code == 422
    assert all(error["pointer"].startswith("/utm") for error in refused.json()["errors"])
