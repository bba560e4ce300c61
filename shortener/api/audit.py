"""`/api/v1/audit-events`: who changed what."""

from typing import Annotated, Any, Self

from ninja import Query, Router
from pydantic import BaseModel, Field

from shortener.accounts.models import AuditEvent
from shortener.accounts.queries import audit_trail
from shortener.api.auth import ApiRequest, needs_scope
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Utc
from shortener.infra import public_id
from shortener.infra.errors import NotFound
from shortener.infra.moments import Rfc3339

router = Router(tags=["Audit events"])

SORTING = Sorting({"at": "at"}, default="-at")
EXAMPLE: dict[str, Any] = {
    "id": "event_x8Kd9aQ2", "at": "2027-01-01T09:00:00Z", "action": "link.updated", "actor": "ada@example.org",
    "impersonator": None, "key": "key_x8Kd9aQ2", "via": "api", "target_id": "link_x8Kd9aQ2",
    "target_name": "go.example.org/page", "changes": {"title": ["Old", "New"]},
}  # fmt: skip


class EventQuery(PageQuery):
    """Which events."""

    action: Annotated[
        str, Field(max_length=40, description="One action, or the beginning of several", examples=["link"])
    ] = ""
    actor: Annotated[str, Field(max_length=254, description="Part of a name or e-mail address", examples=["ada"])] = ""
    target: Annotated[
        str, Field(max_length=300, description="ID of a target, or part of its name", examples=["link_x8Kd9aQ2"])
    ] = ""
    since: Annotated[Rfc3339 | None, Field(description="From then on", examples=["2027-01-01T00:00:00Z"])] = None
    until: Annotated[Rfc3339 | None, Field(description="Before then", examples=["2027-02-01T00:00:00Z"])] = None


class EventOut(BaseModel):
    """One change. `actor` did it (as it was called then), `key` says with which API key, `impersonator` on whose
    behalf it looked; `changes`: before and after, by field."""

    model_config = example(EXAMPLE)

    id: str
    at: Utc
    action: str
    actor: str
    impersonator: str | None
    key: str | None
    via: str
    target_id: str
    target_name: str
    changes: dict[str, list[Any]]

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """`event` as the API shows it."""
        return cls(
            id=public_id.encode("event", event.pk),
            at=event.at,
            action=event.action,
            actor=event.actor_name,
            impersonator=event.impersonator.email if event.impersonator else None,
            key=event.api_key.public_id if event.api_key else None,
            via=event.via,
            target_id=event.target_id,
            target_name=event.target_name,
            changes=event.changes,
        )


class EventPage(BaseModel):
    """Events, newest first; `next` asks for those behind, None at the end."""

    data: list[EventOut]
    next: Next


@router.get("", response={200: EventPage}, operation_id="listAuditEvents", summary="List audit events")
@needs_scope("audit:read")
def list_(request: ApiRequest, query: Annotated[EventQuery, Query()]) -> EventPage:
    """What was changed in the workspace, newest first. It is never changed itself."""
    events = audit_trail(
        request.auth.workspace, action=query.action, actor=query.actor, target=query.target, since=query.since,
        until=query.until,
    )  # fmt: skip
    page = page_of(request, events, query, SORTING)
    return EventPage(data=[EventOut.of(event) for event in page.rows], next=page.next)


@router.get("/{event_id}", response={200: EventOut}, operation_id="getAuditEvent", summary="Get an audit event")
@needs_scope("audit:read")
def get(request: ApiRequest, event_id: str) -> EventOut:
    """One event."""
    event = audit_trail(request.auth.workspace).filter(pk=public_id.decode("event", event_id) or 0).first()
    if event is None:
        raise NotFound(event_id)
    return EventOut.of(event)
