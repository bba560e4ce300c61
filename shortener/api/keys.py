"""`/api/v1/keys`: API keys. A key makes, changes and replaces only keys that can do no more than itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from shortener.accounts.keys import (
    OVERLAPS,
    create_api_key,
    keys_in,
    pick_key,
    revoke_api_key,
    rotate_api_key,
    update_api_key,
)
from shortener.accounts.models import ApiKey, Workspace
from shortener.accounts.policy import SCOPES
from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.exchange import exchange
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc
from shortener.api.writing import etag_of
from shortener.infra.moments import Rfc3339
from shortener.links.domains import domain_ids, named_hosts

router = Router(tags=["API keys"])

SORTING = Sorting({"created_at": "pk"}, default="-created_at")
Scopes = Annotated[
    list[str],
    Field(
        description=f"What it may do, of {', '.join(SCOPES)}", examples=[["links:read", "links:write"]], max_length=60
    ),
]
Hosts = Annotated[list[str], Field(description="Hosts that it may use; empty: all of the workspace's", max_length=100)]
Expiry = Annotated[Rfc3339 | None, Field(description="When it ends; null: never", examples=["2028-01-01T00:00:00Z"])]
Own = Annotated[bool, Field(description="It sees and changes only links that were made with it")]


class KeyIn(Body):
    """A key to be made."""

    model_config = example({"name": "Deploy script", "scopes": ["links:write"]})

    name: Annotated[str, Field(description="What it is for, 1 to 120 characters")]
    scopes: Scopes
    domains: Hosts = []
    own_links_only: Own = False
    expires_at: Expiry = None


class KeyChange(Body):
    """Fields to change; what is left out stays."""

    model_config = example({"scopes": ["links:read"]})

    name: str = ""
    scopes: Scopes = []
    domains: Hosts = []
    own_links_only: Own = False
    expires_at: Expiry = None


class KeyRotation(Body):
    """How a key is replaced."""

    model_config = example({"overlap_hours": 24})

    overlap_hours: Annotated[
        int, Field(ge=0, le=OVERLAPS[-1], description="For how long the old key goes on", examples=[24])
    ] = 24


EXAMPLE: dict[str, Any] = {
    "id": "key_x8Kd9aQ2", "name": "Deploy script", "prefix": "sk_3f9a01bc", "scopes": ["links:write"], "domains": [],
    "own_links_only": False, "created_by": "ada@example.org", "created_at": "2027-01-01T09:00:00Z",
    "expires_at": None, "last_used_at": "2027-01-02T09:00:00Z", "revoked_at": None, "replaced_by": None,
}  # fmt: skip


class KeyOut(Schema):
    """A key, without its secret. `prefix` is how the secret begins; `replaced_by` the ID of its successor."""

    model_config = example(EXAMPLE)

    id: str
    name: str
    prefix: str
    scopes: list[str]
    domains: list[str]
    own_links_only: bool
    created_by: str | None
    created_at: Utc
    expires_at: Utc | None
    last_used_at: Utc | None
    revoked_at: Utc | None
    replaced_by: str | None

    @classmethod
    def of(cls, key: ApiKey, hosts: Mapping[int, str] | None = None, **more: Any) -> Self:
        """`key` as the API shows it; `hosts`: of the domains it is limited to, if they are known already."""
        hosts = named_hosts(key.domain_ids) if hosts is None else hosts
        return cls(
            id=key.public_id,
            name=key.name,
            prefix=f"sk_{key.prefix}",
            scopes=key.scopes,
            domains=sorted(hosts[number] for number in key.domain_ids if number in hosts),
            own_links_only=key.own_links_only,
            created_by=key.created_by.email if key.created_by else None,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
            replaced_by=key.replaced_by.public_id if key.replaced_by else None,
            **more,
        )


class NewKeyOut(KeyOut):
    """A new key. `secret` is what programs send; it is shown this once."""

    model_config = example({**EXAMPLE, "secret": "sk_3f9a01bc_…"})

    secret: str


class KeyPage(Schema):
    """Keys, newest first; `next` asks for those behind, None at the end."""

    data: list[KeyOut]
    next: Next


@router.post("", response={201: NewKeyOut}, operation_id="createKey", summary="Create an API key")
@needs_scope("keys:write")
def create(request: ApiRequest, body: KeyIn) -> Status[NewKeyOut]:
    """Make a key of the workspace. The answer holds its secret, which cannot be read again."""
    key, secret = create_api_key(workspace=_home(request), by=actor_of(request), **_wanted(request, body))
    return _shown_once(request, 201, key, secret)


@router.get("", response={200: KeyPage}, operation_id="listKeys", summary="List API keys")
@needs_scope("keys:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> KeyPage:
    """The keys of the workspace, newest first, those that are over included."""
    page = page_of(request, keys_in(_home(request)), query, SORTING)
    hosts = named_hosts(number for key in page.rows for number in key.domain_ids)
    return KeyPage(data=[KeyOut.of(key, hosts) for key in page.rows], next=page.next)


@router.get("/{key_id}", response={200: KeyOut}, operation_id="getKey", summary="Get an API key")
@needs_scope("keys:read")
def get(request: ApiRequest, key_id: str) -> KeyOut:
    """One key, without its secret."""
    return _shown(request, _pick(request, key_id))


@router.patch(
    "/{key_id}", response={200: KeyOut}, operation_id="changeKey", summary="Change an API key",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("keys:write")
@fails("key_over")
def change(request: ApiRequest, key_id: str, body: KeyChange) -> KeyOut:
    """Change the fields that the body names. Takes effect within a second."""
    key, check = _pick(request, key_id), unchanged(request, _without_use)
    return _shown(request, update_api_key(key, changes=_wanted(request, body), by=actor_of(request), check=check))


@router.post(
    "/{key_id}/rotate", response={201: NewKeyOut}, operation_id="rotateKey",
    summary="Replace an API key",
)  # fmt: skip
@needs_scope("keys:write")
@fails("key_over", "key_replaced")
def rotate(request: ApiRequest, key_id: str, body: KeyRotation) -> Status[NewKeyOut]:
    """Make a key in the place of this one, which goes on for `overlap_hours`. The answer holds the new secret."""
    by, hours = actor_of(request), body.overlap_hours
    return _shown_once(request, 201, *rotate_api_key(_pick(request, key_id), by=by, overlap_hours=hours))


@router.post(
    "/{key_id}/revoke", response={200: KeyOut}, operation_id="revokeKey",
    summary="Revoke an API key",
)  # fmt: skip
@needs_scope("keys:write")
def revoke(request: ApiRequest, key_id: str) -> KeyOut:
    """End a key, everywhere within a second."""
    revoke_api_key(_pick(request, key_id), by=actor_of(request))
    return _shown(request, _pick(request, key_id))


@router.delete("/{key_id}", response={204: None}, operation_id="deleteKey", summary="Revoke an API key (DELETE)")
@needs_scope("keys:write")
def delete(request: ApiRequest, key_id: str) -> Status[None]:
    """The same as revoking it: what a key has done stays told, so it stays listed."""
    revoke_api_key(_pick(request, key_id), by=actor_of(request))
    return Status(204, None)


def _home(request: ApiRequest) -> Workspace:
    return request.auth.workspace


def _pick(request: ApiRequest, key_id: str) -> ApiKey:
    return pick_key(keys_in(_home(request)), key_id)


def _wanted(request: ApiRequest, body: KeyIn | KeyChange) -> dict[str, Any]:
    """What the body says, with domains by their numbers."""
    wanted = body.model_dump(include=body.model_fields_set)
    if "domains" in wanted:
        wanted["domain_ids"] = domain_ids(_home(request), wanted.pop("domains"))
    return wanted


def _shown(request: HttpRequest, key: ApiKey) -> KeyOut:
    exchange(request).headers["ETag"] = etag_of(_without_use(key))
    return KeyOut.of(key)


def _without_use(key: ApiKey) -> KeyOut:
    """What makes the `ETag`: a key that is used is no other key."""
    return KeyOut.of(key).model_copy(update={"last_used_at": None})


def _shown_once(request: HttpRequest, status: int, key: ApiKey, secret: str) -> Status[NewKeyOut]:
    exchange(request).headers.update({"Cache-Control": "no-store", "ETag": etag_of(_without_use(key))})
    return Status(status, NewKeyOut.of(key, secret=secret))
