"""Whatever the code records has a text for people."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from shortener.accounts import workspaces
from shortener.accounts.actors import Via
from shortener.accounts.models import AuditEvent
from shortener.links import changing, domain_services
from shortener.links.transfer import files
from shortener.web.audit_words import ACTIONS, DOORS, FIELDS, SOURCES, target_of

SOURCE = Path(workspaces.__file__).parents[1]
RECORDERS = {"record", "record_all", "note", "_note", "_note_member", "save_all", "update_link", "_save", "_deleted"}
# What stands for the first half of an action that is put together where it is recorded.
ABOUT = {"named.py": ("tag", "folder", "template"), "domain_services.py": ("domain",), "services.py": ("webhook",)}
UNSEEN = {"version", "updated_at", "deleted_at"}  # columns of a link that no change names


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in RECORDERS:
                yield path, node


def words_in(call: ast.Call) -> list[str]:
    values = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "action")]
    inner = (part for value in values if not isinstance(value, ast.Call) for part in ast.walk(value))
    return [node.value for node in inner if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def recorded_actions() -> set[str]:
    found = set()
    for path, call in calls():
        for word in words_in(call):
            if re.fullmatch(r"[a-z]+\.[a-z_]+", word):
                found.add(word)
            elif word.isidentifier() and path.name in ABOUT and call.func.id == "_note":
                found |= {f"{about}.{word}" for about in ABOUT[path.name]}
    return found


def recorded_fields() -> set[str]:
    """Keys of the changes that are written down as they stand."""
    return {
        key.value
        for _path, call in calls()
        if getattr(call.func, "id", "") != "update_link"  # is told names of the service
        for value in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "changes")]
        if isinstance(value, ast.Dict)
        for key in value.keys
        if isinstance(key, ast.Constant)
    }


def test_every_action_has_a_text():
    actions = recorded_actions()
    assert len(actions) > 50
    assert actions - ACTIONS.keys() == set()


@pytest.mark.parametrize(
    "fields",
    [
        recorded_fields(),
        {*changing.COLUMNS, "tags"} - UNSEEN,
        workspaces.CHANGEABLE,
        domain_services.CHANGEABLE,
        {"url", "events", "name", "is_enabled"},  # of a webhook
        {"name", "scopes", "expires_at", "domain_ids", "own_links_only"},  # of a key
        {"name", "values"},
        {"first_name", "last_name", "time_zone", "language"},
        {"signup", "anonymous_links", "anonymous_notice", "announcement"},
    ],
)
def test_every_field_has_a_text(fields):
    assert fields
    assert set(fields) - FIELDS.keys() == set()


def test_every_door_has_a_text():
    assert {via.value for via in Via} == DOORS.keys()


def test_every_source_of_imports_has_a_name():
    assert set(files.SOURCES) == SOURCES.keys()


@pytest.mark.parametrize(
    ("recorded", "english", "german"),
    [
        ("csv, 1 rows", "CSV, 1 row", "CSV, 1 Zeile"),
        ("yourls, 12345 rows", "YOURLS, 12,345 rows", "YOURLS, 12.345 Zeilen"),
        ("elsewhere, 0 rows", "elsewhere, 0 rows", "elsewhere, 0 Zeilen"),
        ("old.csv", "old.csv", "old.csv"),
    ],
)
def test_an_import_is_called_by_its_source_and_its_rows(recorded, english, german):
    event = AuditEvent(action="import.finished", target_name=recorded)
    for language, expected in (("en-gb", english), ("de", german)):
        with override(language):
            assert target_of(event) == expected


def test_what_else_looks_like_an_import_keeps_its_name():
    assert target_of(AuditEvent(action="tag.created", target_name="csv, 3 rows")) == "csv, 3 rows"
