"""Every operation for a key of every role: the table of roles and actions holds here as it does for pages."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import Member, User
from shortener.accounts.policy import SCOPES, role_allows
from shortener.api.router import api as the_api
from tests.conftest import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]

LINK = {"url": "https://example.com/"}
# What an operation needs: by the beginning of its path, the first that fits; `read` or `write` follows from the method.
AREAS = {
    "/links/{link_id}/stats": "stats", "/links/{link_id}/clicks": "clicks", "/links/{link_id}/live": "clicks",
    "/links": "links", "/stats": "stats", "/clicks": "clicks", "/live": "clicks", "/imports": "imports",
    "/export": "links", "/tags": "tags", "/folders": "folders", "/templates": "templates", "/domains": "domains",
    "/webhooks": "webhooks", "/keys": "keys", "/members": "members", "/invitations": "members",
    "/workspace": "workspace", "/audit-events": "audit",
}  # fmt: skip
ONLY_READ = {("POST", "/links/{link_id}/rules/try"), ("POST", "/links/{link_id}/qr")}
# Bodies that are right, so that it is the scope alone that stands in the way.
BODIES = {
    ("POST", "/links"): LINK,
    ("POST", "/links/bulk"): {"links": [LINK]},
    ("PATCH", "/links/bulk"): {"links": [{"id": "link_x"}]},
    ("POST", "/links/bulk/delete"): {"ids": ["link_x"]},
    ("PUT", "/links/external/{external_id}"): LINK,
    ("PUT", "/links/{link_id}/rules"): {"rules": []},
    ("POST", "/imports/fetch"): {"source": "shlink", "url": "http://10.0.0.1", "key": "x"},  # asks nobody
    ("POST", "/tags"): {"name": "press"},
    ("PATCH", "/tags/{tag_id}"): {"name": "press"},
    ("PATCH", "/folders/{folder_id}"): {"name": "Spring"},
    ("POST", "/tags/{tag_id}/merge"): {"into": "tag_x"},
    ("POST", "/folders"): {"name": "Spring"},
    ("POST", "/templates"): {"name": "Mail", "utm": {"source": "newsletter"}},
    ("POST", "/domains"): {"host": "go.example.org"},
    ("POST", "/webhooks"): {"url": "https://example.com/hook", "events": ["link.created"]},
    ("POST", "/keys"): {"name": "x", "scopes": ["links:read"]},
    ("PATCH", "/members/{member_id}"): {"role": "viewer"},
    ("POST", "/invitations"): {"email": "new@example.org", "role": "viewer"},
}


def operations():
    paths = the_api.get_openapi_schema()["paths"]
    return [(method.upper(), path.removeprefix("/api/v1")) for path, found in paths.items() for method in found]


def scope_of(method, path):
    area = next(area for start, area in AREAS.items() if path.startswith(start))
    reads = method in {"GET", "HEAD"} or (method, path) in ONLY_READ
    return f"{area}:{'read' if reads else 'write'}"


def ask(client, method, path):
    address = "/api/v1" + re.sub(r"\{(\w+)_id\}", r"\1_x8Kd9aQ2", path)
    if (method, path) == ("POST", "/imports"):
        body, kind = (
            encode_multipart("limit", {"file": SimpleUploadedFile("x.csv", b"url")}),
            "multipart/form-data; boundary=limit",
        )
    else:
        body, kind = json.dumps(BODIES.get((method, path), {})), "application/json"
    return client.generic(method, address, body if method in {"POST", "PUT", "PATCH"} else "", content_type=kind)


@pytest.mark.parametrize("role", Member.Role.values)
def test_every_operation_and_every_role(workspace, role):
    user = User.objects.create_user(f"the-{role}@example.org", "x")
    Member.objects.create(workspace=workspace, user=user, role=role)
    client = ApiClient(create_api_key(workspace=workspace, name="all", author=user, scopes=SCOPES)[1])
    wrong = {}
    for method, path in operations():
        status = ask(client, method, path).status_code
        if (status == 403) == role_allows(role, scope_of(method, path)):
            wrong[method, path] = status
    assert wrong == {}


def test_without_a_key_nothing_opens(client):
    opened = {pair: status for pair in operations() if (status := ask(client, *pair).status_code) != 401}
    assert opened == {}
