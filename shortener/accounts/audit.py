"""The audit trail. Services call `record` inside the transaction of the change, so that neither is there alone."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from shortener.accounts.actors import Actor
from shortener.accounts.models import AuditEvent, Workspace

NAME_LIMIT = 300  # characters of a target's name

Target = tuple[str, str, Mapping[str, tuple[Any, Any]]]  # its public ID, its name, and what has changed


def record(
    by: Actor,
    action: str,
    *,
    workspace: Workspace | None,
    target_id: str = "",
    target_name: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> AuditEvent:
    """Note that `by` did `action` (as `link.updated`) to a target. `changes`: before and after, by field; secrets
    never go in."""
    event = _event(by, action, workspace, target_id, target_name, changes or {})
    event.save(force_insert=True)
    return event


def record_all(by: Actor, action: str, targets: Iterable[Target], *, workspace: Workspace | None) -> None:
    """Note the same of many targets."""
    AuditEvent.objects.bulk_create(_event(by, action, workspace, *target) for target in targets)


def _event(
    by: Actor,
    action: str,
    workspace: Workspace | None,
    target_id: str,
    target_name: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> AuditEvent:
    return AuditEvent(
        workspace=workspace,
        actor=by.user,
        actor_name=by.name,
        api_key=by.api_key,
        impersonator=by.impersonator,
        via=by.via,
        action=action,
        target_id=target_id,
        target_name=target_name[:NAME_LIMIT],
        changes={name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()},
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
