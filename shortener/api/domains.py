"""`/api/v1/domains`: the hosts that short links live under."""

from typing import Annotated, Any, Literal, Self

from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc
from shortener.infra.errors import Conflict, NotFound
from shortener.links.domain_services import (
    add_domain,
    domains_seen_by,
    id_of,
    is_preferred,
    pick_domain,
    remove_domain,
    update_domain,
    verify_domain,
)
from shortener.links.models import Domain
from shortener.links.verification import record_of

router = Router(tags=["Domains"])

SORTING = Sorting({"host": "host"}, default="host")
RECORD: dict[str, Any] = {"type": "TXT", "name": "_shortener.go.example.org", "value": "shortener-verification=…"}
SETTINGS: dict[str, Any] = {
    "default_status": 302, "root_url": "https://example.org/", "not_found_url": "", "expired_url": "", "robots": "",
    "case_sensitive": True, "is_preferred": True,
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "id": "domain_x8Kd9aQ2", "host": "go.example.org", "is_shared": False, "is_default": False,
    "verified_at": "2027-01-01T09:00:00Z", "record": RECORD, **SETTINGS, "created_at": "2027-01-01T08:00:00Z",
}  # fmt: skip
RedirectStatus = Literal[301, 302, 307, 308]
Address = Annotated[str, Field(max_length=8192)]


class DomainIn(Body):
    """A domain to be added."""

    model_config = example({"host": "go.example.org"})

    host: Annotated[str, Field(description="A host name, with a port where it has one", max_length=253)]


class DomainChange(Body):
    """Fields to change; what is left out stays."""

    model_config = example(SETTINGS)

    default_status: Annotated[RedirectStatus, Field(description="Of new links that say none")] = 302
    root_url: Annotated[Address, Field(description="Where the bare domain leads")] = ""
    not_found_url: Annotated[Address, Field(description="Where unknown slugs lead")] = ""
    expired_url: Annotated[Address, Field(description="Where links lead that are over")] = ""
    robots: Annotated[str, Field(description="robots.txt", max_length=10_000)] = ""
    case_sensitive: Annotated[bool, Field(description="Slug and slug are two links; only before the first one")] = True
    is_preferred: Annotated[bool, Field(description="New links get it when none is chosen")] = False


class RecordOut(BaseModel):
    """The DNS record that proves a domain."""

    model_config = example(RECORD)

    type: Literal["TXT"]
    name: str
    value: str


class DomainOut(BaseModel):
    """A domain. `is_shared`: it belongs to the site, and all workspaces may use it; `record`: what proves it, null for
    those."""

    model_config = example(EXAMPLE)

    id: str
    host: str
    is_shared: bool
    is_default: bool
    verified_at: Utc | None
    record: RecordOut | None
    default_status: int
    root_url: str
    not_found_url: str
    expired_url: str
    robots: str
    case_sensitive: bool
    is_preferred: bool
    created_at: Utc

    @classmethod
    def of(cls, domain: Domain) -> Self:
        """`domain` as the API shows it."""
        name, value = record_of(domain)
        shared = domain.workspace_id is None
        same = ("host", "is_default", "verified_at", "created_at", *SETTINGS)
        return cls(
            id=id_of(domain),
            is_shared=shared,
            record=None if shared else RecordOut(type="TXT", name=name, value=value),
            is_preferred=is_preferred(domain),
            **{field: getattr(domain, field) for field in same if field != "is_preferred"},
        )


class DomainPage(BaseModel):
    """Domains by host; `next` asks for those behind, None at the end."""

    data: list[DomainOut]
    next: Next


class VerifiedOut(BaseModel):
    """Whether the proof was found, and the domain as it is now."""

    model_config = example({"is_verified": True, "domain": EXAMPLE})

    is_verified: bool
    domain: DomainOut


@router.post("", response={201: DomainOut}, operation_id="createDomain", summary="Add a domain")
@needs_scope("domains:write")
@fails("not_allowed", "too_many", "domain_taken")
def create(request: ApiRequest, body: DomainIn) -> Status[DomainOut]:
    """Begin to use a domain. Publish the TXT record of the answer, then ask for it to be verified."""
    if request.auth.domain_ids:
        raise Conflict("not_allowed", "This key is limited to some domains, and adds none.")
    return Status(201, DomainOut.of(add_domain(request.auth.workspace, host=body.host, by=actor_of(request))))


@router.get("", response={200: DomainPage}, operation_id="listDomains", summary="List domains")
@needs_scope("domains:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> DomainPage:
    """The domains of the workspace, proved or not, and those that it shares with others; of a key that is limited to
    some, those."""
    domains = domains_seen_by(request.auth.workspace).select_related("workspace")
    if request.auth.domain_ids:
        domains = domains.filter(pk__in=request.auth.domain_ids)
    page = page_of(request, domains, query, SORTING)
    return DomainPage(data=[DomainOut.of(domain) for domain in page.rows], next=page.next)


@router.get("/{domain_id}", response={200: DomainOut}, operation_id="getDomain", summary="Get a domain")
@needs_scope("domains:read")
def get(request: ApiRequest, domain_id: str) -> DomainOut:
    """One domain."""
    return DomainOut.of(_pick(request, domain_id))


@router.patch(
    "/{domain_id}", response={200: DomainOut}, operation_id="changeDomain",
    summary="Set up a domain", openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("domains:write")
@fails("not_allowed")
def change(request: ApiRequest, domain_id: str, body: DomainChange) -> DomainOut:
    """Change the fields that the body names. Domains that are shared belong to the site, and stay as they are."""
    domain, check = _pick(request, domain_id), unchanged(request, DomainOut.of)
    changes = body.model_dump(include=body.model_fields_set)
    return DomainOut.of(update_domain(domain, changes=changes, by=actor_of(request), check=check))


@router.post(
    "/{domain_id}/verify", response={200: VerifiedOut}, operation_id="verifyDomain",
    summary="Verify a domain",
)  # fmt: skip
@needs_scope("domains:write")
@fails("not_allowed")
def check_proof(request: ApiRequest, domain_id: str) -> VerifiedOut:
    """Look for the TXT record, or for the same text in `/.well-known/shortener-verification` on the host. Takes some
    seconds."""
    found = verify_domain(_pick(request, domain_id), by=actor_of(request))
    return VerifiedOut(is_verified=found, domain=DomainOut.of(_pick(request, domain_id)))


@router.delete(
    "/{domain_id}", response={204: None}, operation_id="deleteDomain", summary="Remove a domain",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("domains:write")
@fails("not_allowed", "domain_in_use")
def delete(request: ApiRequest, domain_id: str) -> Status[None]:
    """Stop using a domain. Refused while links live on it."""
    domain = _pick(request, domain_id)
    remove_domain(domain, by=actor_of(request), check=unchanged(request, DomainOut.of))
    return Status(204, None)


def _pick(request: ApiRequest, domain_id: str) -> Domain:
    domain = pick_domain(request.auth.workspace, domain_id)
    if request.auth.domain_ids and domain.pk not in request.auth.domain_ids:
        raise NotFound(domain_id)
    return domain
