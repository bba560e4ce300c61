import json
import re

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from shortener.accounts.policy import SCOPES
from tests.api.document import Document, missing, wrong_examples

# Codes of what is no operation, headers that none has now, and codes that each operation says in its own words.
UNUSED = {
    *(f"#/components/examples/{code}" for code in ("method_not_allowed", "missing_scope", "invalid_fields", "all_failed")),
    *(f"#/components/headers/{name}" for name in ("Deprecation", "Sunset", "Retry-After")),
}  # fmt: skip


def crud(resource: str, one: str) -> set[str]:
    """The operations that most resources have."""
    every = f"/api/v1/{resource}"
    return {f"post {every}", f"get {every}", *(f"{verb} {every}/{{{one}}}" for verb in ("get", "patch", "delete"))}


RESOURCES = {
    *crud("tags", "tag_id"), "post /api/v1/tags/{tag_id}/merge", *crud("folders", "folder_id"),
    *crud("templates", "template_id"), *crud("keys", "key_id"), "post /api/v1/keys/{key_id}/rotate",
    "post /api/v1/keys/{key_id}/revoke", *crud("domains", "domain_id"), "post /api/v1/domains/{domain_id}/verify",
    "get /api/v1/links/{link_id}/rules", "put /api/v1/links/{link_id}/rules", "post /api/v1/links/{link_id}/rules/try",
    "get /api/v1/links/{link_id}/qr", "post /api/v1/links/{link_id}/qr", *crud("webhooks", "webhook_id"),
    "get /api/v1/webhooks/events", "post /api/v1/webhooks/{webhook_id}/rotate-secret", "get /api/v1/members",
    "get /api/v1/members/{member_id}", "patch /api/v1/members/{member_id}", "delete /api/v1/members/{member_id}",
    "post /api/v1/invitations", "get /api/v1/invitations", "get /api/v1/invitations/{invitation_id}",
    "delete /api/v1/invitations/{invitation_id}", "post /api/v1/invitations/{invitation_id}/resend",
    "get /api/v1/workspace", "patch /api/v1/workspace", "get /api/v1/workspace/usage", "get /api/v1/audit-events",
    "get /api/v1/audit-events/{event_id}",
}  # fmt: skip


def test_the_description_names_every_operation(client):
    document = client.get("/api/v1/openapi.json").json()
    operations = {f"{method} {path}" for path, methods in document["paths"].items() for method in methods}
    assert operations == {
        "post /api/v1/links", "get /api/v1/links", "get /api/v1/links/{link_id}", "patch /api/v1/links/{link_id}",
        "delete /api/v1/links/{link_id}", "post /api/v1/links/{link_id}/restore", "get /api/v1/links/lookup",
        "get /api/v1/links/external/{external_id}", "put /api/v1/links/external/{external_id}",
        "post /api/v1/links/bulk", "patch /api/v1/links/bulk", "post /api/v1/links/bulk/delete",
        "get /api/v1/links/{link_id}/stats", "get /api/v1/stats",
        "get /api/v1/links/{link_id}/clicks", "delete /api/v1/links/{link_id}/clicks", "get /api/v1/clicks",
        "get /api/v1/links/{link_id}/live", "get /api/v1/live",
        "post /api/v1/imports", "get /api/v1/imports", "post /api/v1/imports/fetch", "get /api/v1/imports/{import_id}",
        "post /api/v1/imports/{import_id}/run", "post /api/v1/imports/{import_id}/cancel",
        "post /api/v1/imports/{import_id}/resume", "get /api/v1/export",
    } | RESOURCES  # fmt: skip
    assert document["components"]["securitySchemes"]


@pytest.fixture
def document(client):
    return Document(client.get("/api/v1/openapi.json").json())


def test_nothing_is_missing(document):
    assert list(missing(document)) == []


def test_what_is_missing_is_noticed(document):
    one = document.operations["post /api/v1/links"]
    del one["summary"], one["requestBody"]["content"]["application/json"]["example"], one["responses"]["422"]
    del one["responses"]["201"]["headers"]["X-Request-Id"], one["parameters"][0]["example"]
    assert [words.removeprefix("post /api/v1/links: ") for words in missing(document)] == [
        "summary", "example of parameter Idempotency-Key", "example of the body (application/json)", "status 422",
        "headers of 201",
    ]  # fmt: skip


def test_every_example_is_what_it_is_an_example_of(document):
    assert list(wrong_examples(document)) == []


def test_a_wrong_example_is_noticed(document):
    document.raw["components"]["examples"]["not_found"]["value"]["colour"] = "blue"
    document.operations["post /api/v1/tags"]["requestBody"]["content"]["application/json"]["example"] = {"name": 1}
    found = list(wrong_examples(document))
    assert any("blue" in words or "colour" in words for words in found)
    assert any(words.startswith("post /api/v1/tags: body") for words in found)


def test_the_document_is_valid(document):
    assert [f"{error.instance_path} {error.message}" for error in OPENAPI_31_VALIDATOR.iter_errors(document.raw)] == []
    for name, schema in document.raw["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_names_and_summaries_tell_operations_apart(document):
    for part in ("operationId", "summary"):
        said = [operation[part] for operation in document.operations.values()]
        assert len(set(said)) == len(said)


def test_every_reference_leads_somewhere_and_every_component_is_referred_to(document):
    text = json.dumps(document.raw)
    named = {
        f"#/components/{kind}/{name}"
        for kind, things in document.raw["components"].items()
        for name in things
        if kind != "securitySchemes"
    }
    used = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert used <= named
    assert {name for name in named - used if "/schemas/" not in name} <= UNUSED


def test_every_tag_is_explained_and_used(document):
    used = [operation["tags"] for operation in document.operations.values()]
    assert {tag for tags in used for tag in tags} == {tag["name"] for tag in document.raw["tags"] if tag["description"]}


def test_every_operation_says_which_scope_it_needs(document):
    for name, operation in document.operations.items():
        [scopes] = [scopes for way in operation["security"] for scopes in way.values()]
        assert set(scopes) <= set(SCOPES), name
        assert len(scopes) == 1, name


def test_operations_that_heed_if_match_and_no_others_answer_412(document):
    for name, operation in document.operations.items():
        heeds = any(parameter.get("name") == "If-Match" for parameter in operation["parameters"])
        assert heeds == ("412" in operation["responses"]), name


@pytest.mark.django_db
def test_the_documentation_loads_nothing_from_elsewhere_and_runs_nothing_inline(client):
    response = client.get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "https://" not in page
    assert page.count("<script") == page.count('<script src="/static/') + page.count('<script type="application/json"')
