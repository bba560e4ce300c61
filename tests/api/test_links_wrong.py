"""Bad input of every kind gets the 4xx that is documented for it, and changes nothing."""

# ruff: noqa: UP031  the braces are JSON's
import pytest
from django.utils import timezone

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace
from shortener.links.models import Domain, Folder, Link, Publication
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links"
OK = '"url": "https://example.com/"'

# Method, path behind LINKS, body, status, and where the mistake is. `{own}` is a link of the key's workspace,
# `{foreign}` one of another, `{folder}` a folder of another.
CASES = [
    # Wrong types
    ("post", "", "[]", 422, ""),
    ("post", "", "null", 422, ""),
    ("post", "", '"x"', 422, ""),
    ("post", "", '{"url": 7}', 422, "/url"),
    ("post", "", '{"url": ["https://example.com"]}', 422, "/url"),
    ("post", "", "{%s, \"title\": null}" % OK, 422, "/title"),
    ("post", "", '{%s, "tags": {"a": 1}}' % OK, 422, "/tags"),
    ("post", "", '{%s, "tags": [null]}' % OK, 422, "/tags/0"),
    ("post", "", '{%s, "click_limit": "many"}' % OK, 422, "/click_limit"),
    ("post", "", '{%s, "click_limit": 1.5}' % OK, 422, "/click_limit"),
    ("post", "", '{%s, "archived": "perhaps"}' % OK, 422, "/archived"),
    ("post", "", '{%s, "utm": []}' % OK, 422, "/utm"),
    ("post", "", '{%s, "rules": {}}' % OK, 422, "/rules"),
    ("post", "", '{%s, "folder": 7}' % OK, 422, "/folder"),
    ("post", "", '{%s, "active_from": 99999999999999999999}' % OK, 422, "/active_from"),
    # Too long, out of range
    ("post", "", '{"url": "https://example.com/%s"}' % ("a" * 9000), 422, "/url"),
    ("post", "", '{%s, "slug": "%s"}' % (OK, "a" * 65), 422, "/slug"),
    ("post", "", '{%s, "slug": "a"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "title": "%s"}' % (OK, "a" * 301), 422, "/title"),
    ("post", "", '{%s, "external_id": "%s"}' % (OK, "a" * 101), 422, "/external_id"),
    ("post", "", '{%s, "tags": ["%s"]}' % (OK, "a" * 51), 422, "/tags"),
    ("post", "", '{%s, "tags": [%s]}' % (OK, ",".join(f'"t{n}"' for n in range(21))), 422, "/tags"),
    ("post", "", '{%s, "click_limit": 0}' % OK, 422, "/click_limit"),
    ("post", "", '{%s, "click_limit": 9223372036854775808}' % OK, 422, "/click_limit"),
    ("post", "", '{%s, "password": "abc"}' % OK, 422, "/password"),
    ("post", "", '{%s, "utm": {"source": "%s"}}' % (OK, "a" * 201), 422, "/utm"),
    # Names
    ("post", "", '{%s, "slug": "a b"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "slug": "ü-ü"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "slug": "../etc"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "slug": "api"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "slug": "ADMIN"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "slug": "taken"}' % OK, 422, "/slug"),
    ("post", "", '{%s, "external_id": "taken"}' % OK, 422, "/external_id"),
    ("post", "", '{%s, "external_id": "a\\nb"}' % OK, 422, "/external_id"),
    ("post", "", '{%s, "domain": "nowhere.test"}' % OK, 422, "/domain"),
    ("post", "", '{%s, "domain": "foreign.test"}' % OK, 422, "/domain"),
    ("post", "", '{%s, "folder": "{folder}"}' % OK, 422, "/folder"),
    ("post", "", '{%s, "folder": "nonsense"}' % OK, 422, "/folder"),
    # Destinations
    ("post", "", "{}", 422, "/url"),
    ("post", "", '{"url": ""}', 422, "/url"),
    ("post", "", '{"url": "javascript:alert(1)"}', 422, "/url"),
    ("post", "", '{"url": "https://user:secret@example.com/"}', 422, "/url"),
    ("post", "", '{"url": "http://127.0.0.1:8000/taken"}', 422, "/url"),
    ("post", "", '{%s, "expired_url": "data:text/html,x"}' % OK, 422, "/expired_url"),
    # Times
    ("post", "", '{%s, "active_from": "2027-01-01T00:00:00"}' % OK, 422, "/active_from"),
    ("post", "", '{%s, "active_from": "2027-02-30T00:00:00Z"}' % OK, 422, "/active_from"),
    ("post", "", '{%s, "active_from": "2027-02-01T00:00:00Z", "active_until": "2027-01-01T00:00:00Z"}' % OK, 422, "/active_until"),
    # Fields that do not exist, or that only we set
    ("post", "", '{%s, "colour": "red"}' % OK, 422, "/colour"),
    ("post", "", '{%s, "id": "link_x"}' % OK, 422, "/id"),
    ("post", "", '{%s, "imported_clicks": 7}' % OK, 422, "/imported_clicks"),
    ("post", "?dry_run=1", "{%s}" % OK, 422, "/dry_run"),
    # What is no JSON
    ("post", "", "", 422, ""),
    ("post", "", "{", 400, ""),
    ("post", "", b'{"url": "\xff"}', 400, ""),
    ("post", "", '{%s, "title": "a\\u0000b"}' % OK, 422, "/title"),
    ("post", "", '{%s, "rules": %s}' % (OK, "[" * 50 + "]" * 50), 400, ""),
    ("post", "", '{%s, "title": "%s"}' % (OK, "x" * 1_100_000), 413, None),
    # Links that are not there, or not ours
    ("get", "/link_nothing", None, 404, None),
    ("get", "/{foreign}", None, 404, None),
    ("get", "/%00", None, 404, None),
    ("patch", "/{foreign}", '{"title": "x"}', 404, None),
    ("delete", "/{foreign}", None, 404, None),
    ("post", "/{foreign}/restore", "", 404, None),
    ("get", "/external/nothing", None, 404, None),
    ("get", "/lookup?url=nothing", None, 404, None),
    ("get", "/lookup", None, 422, "/url"),
    ("put", "/external/%00", "{%s}" % OK, 404, None),
    ("patch", "/bulk", '{"links": [{"id": "{foreign}", "title": "x"}]}', 422, "/links/0"),
    ("post", "/bulk/delete", '{"ids": ["{foreign}"]}', 422, "/ids/0"),
    ("post", "/bulk", '{"links": []}', 422, "/links"),
    ("post", "/bulk", '{"links": {}}', 422, "/links"),
    ("post", "/bulk", '{"links": [{%s, "find_existing": true}]}' % OK, 422, "/links/0/find_existing"),
    # Changes
    ("patch", "/{own}", '{"slug": "another"}', 422, "/slug"),
    ("patch", "/{own}", '{"domain": "x.test"}', 422, "/domain"),
    ("patch", "/{own}", '{"status": 303}', 422, "/status"),
    ("patch", "/{own}", '{"external_id": "taken"}', 422, "/external_id"),
    ("patch", "/{own}", '{"forward_query": "maybe"}', 422, "/forward_query"),
    # Lists
    ("get", "?limit=0", None, 422, "/limit"),
    ("get", "?limit=101", None, 422, "/limit"),
    ("get", "?limit=many", None, 422, "/limit"),
    ("get", "?cursor=nonsense", None, 422, "/cursor"),
    ("get", "?cursor=AAAAAAAAAAAAAAAA", None, 422, "/cursor"),
    ("get", "?sort=colour", None, 422, "/sort"),
    ("get", "?state=tired", None, 422, "/state"),
    ("get", "?fields=colour", None, 422, "/fields"),
    ("get", "?created_from=yesterday", None, 422, "/created_from"),
    ("get", "?created_from=2027-01-01", None, 422, "/created_from"),
    ("get", "?q=%FF", None, 422, "/q"),
    ("get", "?q=a%00b", None, 422, "/q"),
    ("get", "?colour=red", None, 422, "/colour"),
    ("get", "?a/b=red", None, 422, "/a~1b"),
    ("get", "/{own}/stats?time_zone=Mars/Base", None, 422, "/time_zone"),
    ("get", "/{own}/stats?start=2027-02-01&end=2027-01-01", None, 422, "/end"),
    ("get", "/{own}/stats?days=0", None, 422, "/days"),
]  # fmt: skip


@pytest.fixture
def stage(make_link, stranger):
    """Links, a domain and a folder, of ours and of others; what the cases call them."""
    theirs = personal_workspace(stranger)
    Domain.objects.create(host="foreign.test", workspace=theirs, verified_at=timezone.now())
    folder = Folder.objects.create(workspace=theirs, name="F")
    own, foreign = make_link(slug="taken"), make_link(workspace=theirs)
    make_link(external_id="taken")
    return {"{own}": own.public_id, "{foreign}": foreign.public_id, "{folder}": folder.public_id}


def everything():
    return (
        list(Link.objects.order_by("pk").values()), Publication.objects.count(),
        AuditEvent.objects.exclude(action__startswith="key.").count(),
    )  # fmt: skip


def named(text, names):
    for name, value in names.items():
        text = text.replace(
            name.encode() if isinstance(text, bytes) else name, value.encode() if isinstance(text, bytes) else value
        )
    return text


@pytest.mark.parametrize(("method", "path", "body", "status", "pointer"), CASES)
def test_bad_input_is_told_where_it_is_bad_and_changes_nothing(api, stage, method, path, body, status, pointer):
    before = everything()
    response = getattr(api, method)(LINKS + named(path, stage), *([] if body is None else [named(body, stage)]))
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status), problem
    assert response.headers["Content-Type"] == "application/problem+json"
    if pointer is not None:
        assert problem["errors"][0]["pointer"].startswith(pointer), problem
    assert everything() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", ""), ("get", ""), ("get", "/{own}"), ("patch", "/{own}"), ("delete", "/{own}"), ("post", "/bulk"),
     ("patch", "/bulk"), ("post", "/bulk/delete"), ("put", "/external/e"), ("post", "/{own}/restore"), ("get", "/lookup?url=x")],
)  # fmt: skip
def test_a_key_without_the_scope_or_none_at_all_gets_nowhere(stage, workspace, client, method, path):
    before = everything()
    _key, secret = create_api_key(workspace=workspace, name="weak", scopes=["tags:read"])
    address = LINKS + named(path, stage)
    body = [] if method in {"get", "delete"} else ["{}"]
    assert getattr(ApiClient(secret), method)(address, *body).json()["code"] in {"missing_scope", "invalid_fields"}
    assert getattr(ApiClient("sk_00000000_x"), method)(address, *body).status_code == 401
    assert everything() == before
