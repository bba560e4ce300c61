"""How far a key reaches: one that is limited to some domains, or to the links that were made with it, sees and changes
no others."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from shortener.accounts.models import ApiKey

Row = TypeVar("Row", bound=Model)


def within(key: ApiKey | None, path: str = "") -> Q:
    """The links that `key` reaches; all of them without a key. `path` leads from the rows that are filtered to their
    link, as `link__`."""
    if key is None:
        return Q()
    reached = Q(**{f"{path}workspace": key.workspace_id})
    if key.domain_ids:
        reached &= Q(**{f"{path}domain__in": key.domain_ids})
    if key.own_links_only:
        reached &= Q(**{f"{path}created_with__in": lineage(key)})
    return reached


def is_limited(key: ApiKey | None) -> bool:
    """Whether there are links of its workspace that `key` does not reach."""
    return key is not None and bool(key.domain_ids or key.own_links_only)


def lineage(key: ApiKey) -> list[int]:
    """`key` and those that it has replaced: what was made with them is its own."""
    found, last = [key.pk], [key.pk]
    while last:
        older = ApiKey.objects.filter(replaced_by__in=last).exclude(pk__in=found)
        last = list(older.values_list("pk", flat=True))
        found += last
    return found


def reached_by(key: ApiKey | None, rows: QuerySet[Row], path: str = "") -> QuerySet[Row]:
    """Those of `rows` that `key` reaches."""
    return rows.filter(within(key, path)) if key is not None else rows
