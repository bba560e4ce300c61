"""`/api/v1/webhooks`: addresses that want to hear of events."""

from typing import Annotated, Any, Self

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.exchange import exchange
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc
from shortener.api.writing import etag_of
from shortener.notify.events import EVENTS
from shortener.notify.models import Webhook
from shortener.notify.services import (
    create_webhook,
    delete_webhook,
    id_of,
    pick_webhook,
    rotate_secret,
    update_webhook,
    webhooks_in,
)

router = Router(tags=["Webhooks"])

SORTING = Sorting({"created_at": "created_at"}, default="-created_at")
WISHES: dict[str, Any] = {"url": "https://hooks.example.com/links", "events": ["link.created"], "name": "Chat"}
EXAMPLE: dict[str, Any] = {
    "id": "webhook_x8Kd9aQ2", **WISHES, "is_enabled": True, "created_at": "2027-01-01T09:00:00Z",
    "updated_at": "2027-01-01T09:00:00Z",
}  # fmt: skip
Url = Annotated[str, Field(description="http or https, on the public internet", max_length=2048)]
Events = Annotated[list[str], Field(description=f"Of {', '.join(EVENTS)}", max_length=50)]
Name = Annotated[str, Field(description="For people, at most 120 characters")]


class WebhookIn(Body):
    """A webhook to be made."""

    model_config = example(WISHES)

    url: Url
    events: Events
    name: Name = ""
    is_enabled: bool = True


class WebhookChange(Body):
    """Fields to change; what is left out stays."""

    model_config = example({"is_enabled": False})

    url: Url = ""
    events: Events = []
    name: Name = ""
    is_enabled: bool = True


class WebhookOut(BaseModel):
    """A webhook, without its secret."""

    model_config = example(EXAMPLE)

    id: str
    name: str
    url: str
    events: list[str]
    is_enabled: bool
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, webhook: Webhook, **more: Any) -> Self:
        """`webhook` as the API shows it."""
        same = {name: getattr(webhook, name) for name in ("name", "url", "events", "is_enabled")}
        return cls(id=id_of(webhook), created_at=webhook.created_at, updated_at=webhook.updated_at, **same, **more)


class NewWebhookOut(WebhookOut):
    """A webhook with its `secret`, which signs what it is sent (Standard Webhooks) and is shown this once."""

    model_config = example({**EXAMPLE, "secret": "whsec_…"})

    secret: str


class WebhookPage(BaseModel):
    """Webhooks, newest first; `next` asks for those behind, None at the end."""

    data: list[WebhookOut]
    next: Next


class EventsOut(BaseModel):
    """Events by name, and what they tell."""

    model_config = example({"events": {"link.created": "A link was made"}})

    events: dict[str, str]


@router.post("", response={201: NewWebhookOut}, operation_id="createWebhook", summary="Create a webhook")
@needs_scope("webhooks:write")
@fails("too_many")
def create(request: ApiRequest, body: WebhookIn) -> Status[NewWebhookOut]:
    """Name an address that wants to hear of events. The answer holds the secret, which cannot be read again."""
    return _shown_once(request, create_webhook(request.auth.workspace, by=actor_of(request), **body.model_dump()))


@router.get("", response={200: WebhookPage}, operation_id="listWebhooks", summary="List webhooks")
@needs_scope("webhooks:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> WebhookPage:
    """The webhooks of the workspace, newest first."""
    page = page_of(request, webhooks_in(request.auth.workspace), query, SORTING)
    return WebhookPage(data=[WebhookOut.of(webhook) for webhook in page.rows], next=page.next)


@router.get("/events", response={200: EventsOut}, operation_id="listWebhookEvents", summary="List events")
@needs_scope("webhooks:read")
def events(request: ApiRequest) -> EventsOut:
    """What a webhook can be told of."""
    return EventsOut(events=EVENTS)


@router.get("/{webhook_id}", response={200: WebhookOut}, operation_id="getWebhook", summary="Get a webhook")
@needs_scope("webhooks:read")
def get(request: ApiRequest, webhook_id: str) -> WebhookOut:
    """One webhook, without its secret."""
    return WebhookOut.of(pick_webhook(request.auth.workspace, webhook_id))


@router.patch(
    "/{webhook_id}", response={200: WebhookOut}, operation_id="changeWebhook",
    summary="Change a webhook", openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("webhooks:write")
def change(request: ApiRequest, webhook_id: str, body: WebhookChange) -> WebhookOut:
    """Change the fields that the body names."""
    webhook, changes = pick_webhook(request.auth.workspace, webhook_id), body.model_dump(include=body.model_fields_set)
    check = unchanged(request, WebhookOut.of)
    return WebhookOut.of(update_webhook(webhook, changes=changes, by=actor_of(request), check=check))


@router.post(
    "/{webhook_id}/rotate-secret", response={201: NewWebhookOut}, operation_id="rotateWebhookSecret",
    summary="Replace a webhook's secret",
)  # fmt: skip
@needs_scope("webhooks:write")
def rotate(request: ApiRequest, webhook_id: str) -> Status[NewWebhookOut]:
    """Give a webhook another secret, which the answer holds. The one before signs nothing any more."""
    webhook = pick_webhook(request.auth.workspace, webhook_id)
    return _shown_once(request, rotate_secret(webhook, by=actor_of(request)))


@router.delete(
    "/{webhook_id}", response={204: None}, operation_id="deleteWebhook", summary="Delete a webhook",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("webhooks:write")
def delete(request: ApiRequest, webhook_id: str) -> Status[None]:
    """Tell it of nothing any more."""
    webhook = pick_webhook(request.auth.workspace, webhook_id)
    delete_webhook(webhook, by=actor_of(request), check=unchanged(request, WebhookOut.of))
    return Status(204, None)


def _shown_once(request: HttpRequest, webhook: Webhook) -> Status[NewWebhookOut]:
    exchange(request).headers.update({"Cache-Control": "no-store", "ETag": etag_of(WebhookOut.of(webhook))})
    return Status(201, NewWebhookOut.of(webhook, secret=webhook.secret))
