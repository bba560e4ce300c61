"""What the links of a workspace can be filtered by, to choose from."""

from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from shortener.accounts.models import Member, Workspace
from shortener.infra.public_id import encode
from shortener.links.domains import domains_for
from shortener.links.models import Folder, Tag

MOST_TAGS = 500


class Choices(NamedTuple):
    """`folders`: names by public ID; `domains`: hosts, the default one first; `creators`: e-mail addresses."""

    folders: dict[str, str]
    tags: list[str]
    domains: list[str]
    creators: list[str]


def choices_of(workspace: Workspace) -> Choices:
    """The folders, tags, domains and members of `workspace`, by one query."""
    parts = [
        _named("folder", Folder.objects.filter(workspace=workspace), "pk", "name"),
        _named("tag", Tag.objects.filter(workspace=workspace), "name", "name").order_by("name")[:MOST_TAGS],
        _named("domain", domains_for(workspace), "is_default", "host"),
        _named("creator", Member.objects.filter(workspace=workspace), "pk", "user__email"),
    ]
    found = [tuple(map(str, row)) for row in parts[0].union(*parts[1:], all=True)]
    by_name = sorted(found, key=lambda row: (row[2].lower(), row[2]))

    def of(kind: str) -> list[tuple[str, str]]:
        return [(key, name) for said, key, name in by_name if said == kind]

    return Choices(
        {encode("folder", int(key)): name for key, name in of("folder")},
        [name for _key, name in of("tag")],
        [name for _key, name in sorted(of("domain"), key=lambda pair: pair[0] != "true")],
        [name for _key, name in of("creator")],
    )


def _named(kind: str, rows: QuerySet[Any], key: str, name: str) -> QuerySet[Any]:
    text = CharField()
    return rows.values_list(Value(kind, text), Cast(key, text), Cast(name, text)).order_by()
