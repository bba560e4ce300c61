"""The audit trail. Services call `record` inside the transaction of the change, so that neither is there alone."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace

NAME_LIMIT = 300  # characters of a target's name

Target = tuple[str, str, Mapping[str, tuple[Any, Any]]]  # its public ID, its name, and what has changed

_columns = (
    "workspace_id, at, actor_id, actor_name, api_key_id, impersonator_id, via, action, target_id, target_name, changes"
)
# For any number of events, as one JSON document (`events`). A writer may put it into its own statement.
INSERT = f"""
INSERT INTO accounts_auditevent ({_columns})
SELECT {_columns} FROM json_populate_recordset(NULL::accounts_auditevent, %s::json)
"""  # noqa: S608  names of columns
NO_EVENTS = "[]"


def record(
    by: Actor,
    action: str,
    *,
    workspace: Workspace | None,
    target_id: str = "",
    target_name: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Note that `by` did `action` (as `link.updated`) to a target. `changes`: before and after, by field; secrets
    never go in."""
    record_all(by, action, [(target_id, target_name, changes or {})], workspace=workspace)


def record_all(by: Actor, action: str, targets: Iterable[Target], *, workspace: Workspace | None) -> None:
    """Note the same of many targets."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [events(by, action, targets, workspace=workspace)])


def events(by: Actor, action: str, targets: Iterable[Target], *, workspace: Workspace | None) -> str:
    """The same as what `INSERT` takes."""
    common = {
        "workspace_id": workspace and workspace.pk,
        "at": timezone.now(),
        "actor_id": by.user and by.user.pk,
        "actor_name": by.name,
        "api_key_id": by.api_key and by.api_key.pk,
        "impersonator_id": by.impersonator and by.impersonator.pk,
        "via": by.via,
        "action": action,
    }
    rows = [
        {
            **common, "target_id": target_id, "target_name": name[:NAME_LIMIT],
            "changes": {field: [_plain(old), _plain(new)] for field, (old, new) in changes.items()},
        }
        for target_id, name, changes in targets
    ]  # fmt: skip
    return _encode(rows).decode()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


_encode = msgspec.json.Encoder(enc_hook=str).encode
