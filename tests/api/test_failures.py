"""The problems that the OpenAPI document names for each operation are those that it answers with."""

import json
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from shortener.links.models import Domain
from shortener.links.services import delete_link
from tests.api.document import BEFORE_API, PROBLEM_TYPE, current
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
API = "/api/v1"
USUAL = {
    "bad_request", "invalid_json", "too_deep", "invalid_header", "invalid_key", "missing_scope", "idempotency_in_progress",
    "idempotency_answer_gone", "length_required", "precondition_failed", "too_large", "idempotency_key_reused",
    "invalid_fields", "rate_limited", "internal_error", "unavailable",
}  # fmt: skip
OPERATIONS = current().operations
BY_ID = {operation["operationId"]: name for name, operation in OPERATIONS.items()}


def examples(operation, status):
    """Problems by code."""
    content = current().resolved(operation["responses"][status])["content"][PROBLEM_TYPE]
    return {code: current().resolved(example)["value"] for code, example in content["examples"].items()}


def ask(client, name, query=""):
    """What the operation of this name, as `get /api/v1/tags`, answers to the body that is its example."""
    method, _, path = name.partition(" ")
    parameters = [of for of in OPERATIONS[name]["parameters"] if of.get("required")]
    needed = {of["name"]: of["example"] for of in parameters if of["in"] == "query"}
    address = path.format(**{of["name"]: of["example"] for of in parameters}) + (query or f"?{urlencode(needed)}")
    content = OPERATIONS[name].get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        form = content["multipart/form-data"]["example"]
        return Client.post(client, address, {**form, "file": SimpleUploadedFile("links.csv", form["file"].encode())})
    body = json.dumps(content["application/json"]["example"]) if content else ""
    return client.generic(method.upper(), address, body, content_type="application/json")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_key_without_the_scope_gets_the_example_of_it_whatever_else_is_right(name, workspace, owner):
    key, secret = create_api_key(workspace=workspace, name="nothing", author=owner, scopes=["links:read"])
    key.scopes = []
    key.save()
    answer = ask(ApiClient(secret), name)
    assert answer.json() == examples(OPERATIONS[name], "403")["missing_scope"]
    assert ask(Client(), name).json() == examples(OPERATIONS[name], "401")["invalid_key"]


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.startswith("get ")])
def test_a_parameter_too_many_gets_the_example_of_it(api, name):
    assert ask(api, name, "?colour=blue").json() == examples(OPERATIONS[name], "422")["invalid_fields"]


@pytest.mark.parametrize("name", [name for name, of in OPERATIONS.items() if "requestBody" in of])
def test_a_wrong_body_gets_the_example_of_it(api, name):
    method, _, path = name.partition(" ")
    wrong = examples(OPERATIONS[name], "422")["invalid_fields"]["errors"][0]
    body = {} if wrong["message"] == "Field required." else {"colour": "blue"}
    answer = api.generic(method.upper(), path.replace("{", "").replace("}", ""), json.dumps(body), "application/json")
    assert wrong in answer.json()["errors"]


def limited(workspace, owner, **limits):
    return ApiClient(create_api_key(workspace=workspace, name="limited", author=owner, **limits)[1])


class World:
    """Where each of an operation's own problems happens."""

    def __init__(self, api, workspace, owner, make_link, stranger, monkeypatch):
        self.api, self.workspace, self.owner, self.make_link = api, workspace, owner, make_link
        self.stranger, self.patch = stranger, monkeypatch

    def made(self, path, **body):
        return self.api.post(f"{API}{path}", body).json()["id"]

    def upload(self, **form):
        file = SimpleUploadedFile("links.csv", b"url\nhttps://example.com/\n")
        return Client.post(self.api, f"{API}/imports", {"file": file, **form})

    def link_limit(self):
        gone = self.make_link()
        delete_link(gone)
        self.workspace.link_limit = 0
        self.workspace.save()
        url = {"url": "https://example.com/"}
        yield "createLink", self.api.post(f"{API}/links", url)
        yield "createLinks", self.api.post(f"{API}/links/bulk", {"links": [url]})
        yield "upsertLink", self.api.put(f"{API}/links/external/new", url)
        yield "restoreLink", self.api.post(f"{API}/links/{gone.public_id}/restore")

    def conflict(self):
        owner = self.api.get(f"{API}/members").json()["data"][0]["id"]
        yield "removeMember", self.api.delete(f"{API}/members/{owner}")
        new = {"email": "new@example.org", "role": "viewer"}
        yield "createInvitation", self.api.post(f"{API}/invitations", new)
        self.workspace.kind = "team"
        self.workspace.save()
        yield "resendInvitation", self.api.post(f"{API}/invitations/{self.made('/invitations', **new)}/resend")

    def external_id_taken(self):
        gone = self.make_link(external_id="e")
        delete_link(gone)
        self.make_link(external_id="e")
        yield "restoreLink", self.api.post(f"{API}/links/{gone.public_id}/restore")

    def not_allowed(self):
        own = limited(self.workspace, self.owner, own_links_only=True)
        yield "getStats", own.get(f"{API}/stats")
        yield "exportClicks", own.get(f"{API}/clicks")
        yield "listen", own.get(f"{API}/live")
        self.make_link()
        [shared] = self.api.get(f"{API}/domains").json()["data"]
        some = limited(self.workspace, self.owner, domain_ids=[Domain.objects.get().pk])
        yield "createDomain", some.post(f"{API}/domains", {"host": "go.example.org"})
        yield "changeDomain", self.api.patch(f"{API}/domains/{shared['id']}", {"robots": "x"})
        yield "verifyDomain", self.api.post(f"{API}/domains/{shared['id']}/verify")
        yield "deleteDomain", self.api.delete(f"{API}/domains/{shared['id']}")

    def not_found(self):
        yield "lookUpLink", self.api.get(f"{API}/links/lookup?url=go.example.org/nothing")
        yield "getStats", self.api.get(f"{API}/stats?domain=nothing.example.org")

    def too_many(self):
        for place in ("links.named", "links.domain_services", "notify.services"):
            self.patch.setattr(f"shortener.{place}.MOST", 0)
        for thing in ("Tag", "Folder", "Template", "Domain", "Webhook"):
            yield f"create{thing}", ask(self.api, BY_ID[f"create{thing}"])

    def domain_taken(self):
        theirs = personal_workspace(self.stranger)
        Domain.objects.create(host="go.example.org", workspace=theirs, verified_at=timezone.now())
        yield "createDomain", self.api.post(f"{API}/domains", {"host": "go.example.org"})

    def domain_in_use(self):
        Domain.objects.create(host="go.example.org", workspace=self.workspace, verified_at=timezone.now())
        self.make_link(domain="go.example.org")
        [mine] = [one for one in self.api.get(f"{API}/domains").json()["data"] if not one["is_shared"]]
        yield "deleteDomain", self.api.delete(f"{API}/domains/{mine['id']}")

    def key_over(self):
        key = self.made("/keys", name="x", scopes=["links:read"])
        self.api.post(f"{API}/keys/{key}/revoke")
        yield "changeKey", self.api.patch(f"{API}/keys/{key}", {"name": "y"})
        yield "rotateKey", self.api.post(f"{API}/keys/{key}/rotate", {})

    def key_replaced(self):
        key = self.made("/keys", name="x", scopes=["links:read"])
        self.api.post(f"{API}/keys/{key}/rotate", {})
        yield "rotateKey", self.api.post(f"{API}/keys/{key}/rotate", {})

    def import_state(self):
        number = self.upload().json()["id"]
        yield "runImport", self.api.post(f"{API}/imports/{number}/run", {})
        yield "resumeImport", self.api.post(f"{API}/imports/{number}/resume")
        self.api.post(f"{API}/imports/{number}/cancel")
        yield "cancelImport", self.api.post(f"{API}/imports/{number}/cancel")

    def imports_running(self):
        self.patch.setattr("shortener.links.transfer.jobs.AT_ONCE", 0)
        number = self.upload(later="true").json()["id"]
        yield "startImport", self.upload()
        yield "fetchImport", ask(self.api, BY_ID["fetchImport"])
        yield "runImport", self.api.post(f"{API}/imports/{number}/run", {})
        yield "resumeImport", self.api.post(f"{API}/imports/{number}/resume")

    def all_failed(self):
        yield "createLinks", self.api.post(f"{API}/links/bulk", {"links": [{"url": ""}], "atomic": False})
        yield "changeLinks", self.api.patch(f"{API}/links/bulk", {"links": [{"id": "link_x"}], "atomic": False})
        yield "deleteLinks", self.api.post(f"{API}/links/bulk/delete", {"ids": ["link_x"], "atomic": False})


@pytest.fixture
def world(api, workspace, owner, make_link, stranger, monkeypatch):
    return World(api, workspace, owner, make_link, stranger, monkeypatch)


def own_codes():
    """Operations by each code that they have besides the usual ones, and that does not follow from their paths."""
    found = {}
    for name, operation in OPERATIONS.items():
        named = {
            code
            for status in operation["responses"]
            if status >= "400" and status not in BEFORE_API
            for code in examples(operation, status)
        }
        for code in named - USUAL - ({"not_found"} if "{" in name else set()):
            found.setdefault(code, set()).add(operation["operationId"])
    return found


@pytest.mark.parametrize("code", sorted(own_codes()))
def test_every_problem_of_its_own_can_happen(world, code):
    asked = list(getattr(world, code)())
    assert [answer.json()["code"] for _, answer in asked] == [code] * len(asked)
    assert {operation for operation, _ in asked} == own_codes()[code]


@pytest.mark.parametrize("name", ["get /api/v1/links", "post /api/v1/links"])
def test_while_the_database_is_away_the_api_says_so(api, away, name):
    answer = ask(api, name)
    assert answer.json() == examples(OPERATIONS[name], "503")["unavailable"]
    assert answer.headers["Retry-After"] == "5"
