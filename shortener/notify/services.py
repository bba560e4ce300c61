"""Webhooks of a workspace: who is told of what. Nothing is sent from here."""

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.infra.errors import Conflict, FieldErrors, NotFound
from shortener.links.destinations import InvalidDestination
from shortener.notify.addresses import public_url
from shortener.notify.events import EVENTS
from shortener.notify.models import Webhook

NAME_LIMIT = 120  # characters
MOST = 50  # in a workspace
SECRET_BYTES = 32
Check = Callable[[Webhook], None]  # called with the webhook that is locked and about to change


def webhooks_in(workspace: Workspace) -> QuerySet[Webhook]:
    """The webhooks of `workspace`, newest first."""
    return Webhook.objects.filter(workspace=workspace).order_by("-created_at", "-pk")


def pick_webhook(workspace: Workspace, webhook_id: str) -> Webhook:
    """The webhook of `workspace` with this public ID. Raises `NotFound`."""
    found = webhooks_in(workspace).filter(pk=public_id.decode("webhook", webhook_id) or 0).first()
    if found is None:
        raise NotFound(webhook_id)
    return found


def create_webhook(
    workspace: Workspace, *, url: str, events: Iterable[str], by: Actor, name: str = "", is_enabled: bool = True
) -> Webhook:
    """A new webhook with a new secret. Raises `Refused` naming every wrong field, `Conflict` for one too many."""
    columns = _checked({"url": url, "events": events, "name": name, "is_enabled": is_enabled})
    if webhooks_in(workspace).count() >= MOST:
        raise Conflict("too_many", _("There are %(most)d already. Delete some first.") % {"most": MOST})
    with transaction.atomic():
        webhook = Webhook.objects.create(workspace=workspace, secret=_new_secret(), **columns)
        _note(by, "created", webhook)
    return webhook


def update_webhook(webhook: Webhook, *, changes: Mapping[str, Any], by: Actor, check: Check | None = None) -> Webhook:
    """Change `url`, `events`, `name` or `is_enabled`. Raises `Refused`; then nothing was changed."""
    columns = _checked(changes)
    with transaction.atomic():
        current = _locked(webhook, check)
        changed = {field: (old, new) for field, new in columns.items() if (old := getattr(current, field)) != new}
        if changed:
            for field, (_old, new) in changed.items():
                setattr(current, field, new)
            _save(current)
            _note(by, "updated", current, changed)
    return current


def rotate_secret(webhook: Webhook, *, by: Actor) -> Webhook:
    """Give `webhook` another secret; what is sent from now on is signed with it."""
    with transaction.atomic():
        current = _locked(webhook)
        current.secret = _new_secret()
        _save(current)
        _note(by, "secret_replaced", current)
    return current


def delete_webhook(webhook: Webhook, *, by: Actor, check: Check | None = None) -> None:
    """Tell it of nothing any more."""
    with transaction.atomic():
        current = _locked(webhook, check)
        _note(by, "deleted", current)
        current.delete()


def id_of(webhook: Webhook) -> str:
    """The public ID of `webhook`."""
    return public_id.encode("webhook", webhook.pk)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _checked(wanted: Mapping[str, Any]) -> dict[str, Any]:
    errors, columns = FieldErrors(), dict(wanted)
    if "url" in wanted:
        try:
            columns["url"] = public_url(wanted["url"])
        except InvalidDestination as error:
            errors.add("url", str(error))
    if "events" in wanted:
        columns["events"] = sorted(set(wanted["events"]))
        if unknown := [name for name in columns["events"] if name not in EVENTS]:
            errors.add("events", _("There is no event “%(name)s”.") % {"name": unknown[0]})
        elif not columns["events"]:
            errors.add("events", _("Choose at least one event."))
    if "name" in wanted:
        columns["name"] = wanted["name"].strip()
        if len(columns["name"]) > NAME_LIMIT or "\x00" in columns["name"]:
            errors.add("name", _("A name has at most %(most)d characters.") % {"most": NAME_LIMIT})
    errors.raise_if_any()
    return columns


def _locked(webhook: Webhook, check: Check | None = None) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",)).select_related("workspace")
    current = rows.filter(pk=webhook.pk).first()
    if current is None:
        raise NotFound(id_of(webhook))
    if check is not None:
        check(current)
    return current


def _save(webhook: Webhook) -> None:
    webhook.updated_at = timezone.now()
    webhook.save()


def _note(by: Actor, verb: str, webhook: Webhook, changed: Mapping[str, tuple[Any, Any]] | None = None) -> None:
    audit.record(
        by, f"webhook.{verb}", workspace=webhook.workspace, target_id=id_of(webhook), target_name=str(webhook),
        changes=changed,
    )  # fmt: skip
