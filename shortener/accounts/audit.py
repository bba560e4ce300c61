"""The audit trail. Services call `record` inside the transaction of the change, so that neither is there alone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shortener.accounts.actors import Actor
from shortener.accounts.models import AuditEvent, Workspace

NAME_LIMIT = 300  # characters of a target's name


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
    return AuditEvent.objects.create(
        workspace=workspace,
        actor=by.user,
        actor_name=by.name,
        api_key=by.api_key,
        impersonator=by.impersonator,
        via=by.via,
        action=action,
        target_id=target_id,
        target_name=target_name[:NAME_LIMIT],
        changes={name: [_plain(old), _plain(new)] for name, (old, new) in (changes or {}).items()},
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
