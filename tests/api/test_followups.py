"""`links` in the description: where an answer leads."""

from typing import Any

import pytest


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from django.test import Client

    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def leads_to(document: dict[str, Any], method: str, path: str, status: str) -> dict[str, Any]:
    """Parameters by the operation that an answer leads to."""
    response = document["paths"][f"/api/v1{path}"][method]["responses"][status]
    kept = document["components"]["links"]
    links = [kept[link["$ref"].rpartition("/")[2]] for link in response.get("links", {}).values()]
    return {link["operationId"]: link["parameters"] for link in links}


def test_a_new_thing_leads_to_all_that_can_be_done_with_it(document):
    by_id = {"tag_id": "$response.body#/id"}
    guarded = {**by_id, "header.If-Match": "$response.header.ETag"}
    assert leads_to(document, "post", "/tags", "201") == {
        "getTag": by_id, "changeTag": guarded, "deleteTag": guarded, "mergeTag": by_id,
    }  # fmt: skip


def test_a_list_leads_to_its_first_thing(document):
    assert leads_to(document, "get", "/folders", "200") == {"getFolder": {"folder_id": "$response.body#/data/0/id"}}


def test_what_is_found_by_another_name_leads_on_by_its_id(document):
    found = leads_to(document, "get", "/links/external/{external_id}", "200")
    assert found["getLinkStats"] == {"link_id": "$response.body#/id"}


def test_what_is_deleted_leads_to_its_restoring_alone(document):
    assert leads_to(document, "delete", "/links/{link_id}", "204") == {
        "restoreLink": {"link_id": "$request.path.link_id"}
    }
    assert leads_to(document, "delete", "/tags/{tag_id}", "204") == {}


def test_refusals_and_what_has_no_id_lead_nowhere(document):
    assert leads_to(document, "post", "/tags", "422") == {}
    assert leads_to(document, "get", "/workspace", "200") == {}
    assert leads_to(document, "get", "/links/{link_id}/stats", "200") == {}


def test_everything_that_can_be_made_leads_on(document):
    for path, methods in document["paths"].items():
        if f"{path}/" in {f"{other.rpartition('/')[0]}/" for other in document["paths"] if other.endswith("_id}")}:
            for status in {"201", "202"} & set(methods.get("post", {}).get("responses", {})):
                assert leads_to(document, "post", path.removeprefix("/api/v1"), status), path
