import pytest


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


def test_every_operation_says_how_it_fails_and_what_is_left(client):
    document = client.get("/api/v1/openapi.json").json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        responses = operation["responses"]
        name = operation["operationId"]
        assert {"401", "403", "414", "422", "429"} <= set(responses), name
        assert ("413" in responses) >= ("requestBody" in operation), name
        assert "Retry-After" in responses["429"]["headers"], name
        assert {"RateLimit", "RateLimit-Policy", "X-Request-Id"} <= set(responses["401"]["headers"]), name
        assert list(responses["422"]["content"]) == ["application/problem+json"], name


@pytest.mark.django_db
def test_the_documentation_loads_nothing_from_elsewhere_and_runs_nothing_inline(client):
    response = client.get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "https://" not in page
    assert page.count("<script") == page.count('<script src="/static/') + page.count('<script type="application/json"')
