"""Compiles plans from PostgreSQL. Plain SQL: the redirect path never loads the ORM, and the writers that publish a
plan read it by the same query as the processes that look one up."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from shortener.redirects.forwarding import with_parameters
from shortener.redirects.passes import lock_of
from shortener.redirects.plan import NO_DETAILS, UNKNOWN, Details, RedirectPlan, Rule, cache_key
from shortener.redirects.sites import Site

LOAD_PLANS = """
SELECT wanted.domain_id, wanted.slug, link.id, link.version, link.status, link.destination,
    coalesce(extract(epoch FROM link.active_from), 0)::float8,
    coalesce(extract(epoch FROM link.active_until), 0)::float8,
    coalesce(link.click_limit, 0), coalesce(use.used, 0), link.archived_at IS NOT NULL,
    CASE WHEN link.deleted_at IS NOT NULL THEN 'deleted' WHEN link.disabled_at IS NOT NULL THEN 'disabled' ELSE '' END,
    link.expired_url, link.forward_query, link.forward_path, link.rules::text, link.utm::text, link.password_hash,
    link.notice, link.ios_url, link.android_url,
    link.card_title || link.card_description || link.card_image <> ''
FROM unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, slug)
JOIN links_link AS link USING (domain_id, slug)
LEFT JOIN links_linkuse AS use ON use.link_id = link.id
"""
LOAD_SITES = """
SELECT host, id, is_default, root_url, not_found_url, expired_url, robots, NOT case_sensitive
FROM links_domain WHERE is_default OR verified_at IS NOT NULL
"""
# One row update grants one redirect, and a row count of 0 says that none is left; no lock is taken then.
GRANT_USE = """
INSERT INTO links_linkuse AS use (link_id, used) SELECT %(link)s, 1 FROM links_link WHERE id = %(link)s
ON CONFLICT (link_id) DO UPDATE SET used = use.used + 1 WHERE use.used < %(limit)s
"""

# The same and the notes in one snapshot: a note that comes later is of a change that these plans need not contain.
TO_PUBLISH = f"""
SELECT found.*, noted.numbers FROM ({LOAD_PLANS}) AS found
LEFT JOIN (
    SELECT domain_id, slug, array_agg(id) AS numbers FROM links_publication
    JOIN unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, slug) USING (domain_id, slug) GROUP BY 1, 2
) AS noted USING (domain_id, slug)
"""  # noqa: S608
NOTES_DUE = """
SELECT id, domain_id, slug FROM links_publication WHERE since < now() - make_interval(secs => %s) ORDER BY id LIMIT %s
"""
# In one statement, whose commit waits for no disk: a note that comes back does no harm.
REMOVE_NOTES = """
WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM links_publication USING quickly WHERE id = ANY(%s::bigint[])
"""

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# Of conditions (`links.rules`): what the functions in `rules.TESTS` take, in order. The others take their `values`.
ARGUMENTS = {
    "query": ("name", "values"),
    "bot": ("value",),
    "between": ("start", "end"),
    "time": ("start", "end", "zone"),
    "weekday": ("values", "zone"),
}


class Cursor(Protocol):
    """What Django's cursors and psycopg's have in common."""

    def execute(self, query: Any, params: Any = None) -> Any: ...
    def fetchall(self) -> list[Any]: ...


def load_plans(cursor: Cursor, keys: Sequence[bytes]) -> dict[bytes, RedirectPlan]:
    """The plans of `keys` (see `cache_key`); `UNKNOWN` for those that no link has."""
    cursor.execute(LOAD_PLANS, _columns(keys))
    found = {cache_key(row[0], row[1]): compile_plan(row) for row in cursor.fetchall()}
    return {key: found.get(key, UNKNOWN) for key in keys}


def to_publish(cursor: Cursor, keys: Sequence[bytes]) -> tuple[dict[bytes, RedirectPlan], list[int]]:
    """The plans of `keys`, and the IDs of notes that these are to be published."""
    columns = _columns(keys)
    cursor.execute(TO_PUBLISH, (*columns, *columns))
    rows = cursor.fetchall()
    found = {cache_key(row[0], row[1]): compile_plan(row[:-1]) for row in rows}
    return {key: found.get(key, UNKNOWN) for key in keys}, [number for row in rows for number in row[-1] or ()]


def notes_due(cursor: Cursor, seconds: float, most: int) -> dict[int, bytes]:
    """At most `most` notes that are older than `seconds`: keys by the note's ID."""
    cursor.execute(NOTES_DUE, (seconds, most))
    return {number: cache_key(domain, slug) for number, domain, slug in cursor.fetchall()}


def remove_notes(cursor: Cursor, numbers: Sequence[int]) -> None:
    """What the notes of these IDs asked for is done."""
    cursor.execute(REMOVE_NOTES, (list(numbers),))


def load_sites(cursor: Cursor) -> list[Site]:
    """The domains that are verified, and the default one."""
    cursor.execute(LOAD_SITES)
    return [Site(*row) for row in cursor.fetchall()]


def _columns(keys: Sequence[bytes]) -> tuple[list[int], list[str]]:
    pairs = [key.decode().split("/", 1) for key in keys]
    return [int(domain) for domain, _ in pairs], [slug for _, slug in pairs]


def compile_plan(row: Sequence[Any]) -> RedirectPlan:
    """The plan of a row of `LOAD_PLANS`."""
    _, _, number, version, status, destination, start, end, limit, used, archived, taken, *rest = row
    if taken:  # deleted or disabled: nothing else of it matters, and it leads nowhere
        return RedirectPlan(number, version, status, location="", extra=Details(gone=taken))
    ended, forward, paths, rules, utm, password_hash, notice, ios, android, card = rest
    campaign = msgspec.json.decode(utm, type=dict[str, str])
    parameters = [(name, campaign[name]) for name in UTM if name in campaign]  # jsonb keeps no order
    apps = (("ios", ios), ("android", android))
    details = Details(
        active_from=start,
        active_until=end,
        click_limit=limit,
        gone="archived" if archived else "exhausted" if limit and used >= limit else "",
        ended=ended,
        forward=forward,
        paths=paths,
        rules=(
            *(_app_rule(system, url, parameters) for system, url in apps if url.startswith("http")),
            *(rule_of(rule, parameters) for rule in msgspec.json.decode(rules)),
        ),
        apps=tuple(system for system, url in apps if url and not url.startswith("http")),
        lock=lock_of(password_hash),
        notice=notice,
        card=card,
    )
    location = with_parameters(destination, parameters) if parameters else destination
    return RedirectPlan(number, version, status, location, None if details == NO_DETAILS else details)


def _app_rule(system: str, url: str, parameters: list[tuple[str, str]]) -> Rule:
    """A page that the system opens in an app, if there is one for it (universal links, app links)."""
    return Rule((("device", [system]),), ((1, with_parameters(url, parameters)),))


def rule_of(rule: Mapping[str, Any], parameters: Sequence[tuple[str, str]]) -> Rule:
    """A rule as `links.rules` keeps it, with campaign `parameters` on its targets."""
    return Rule(
        conditions=tuple(_condition(condition) for condition in rule["conditions"]),
        targets=tuple((target["weight"], with_parameters(target["url"], parameters)) for target in rule["targets"]),
    )


def _condition(condition: Mapping[str, Any]) -> tuple[Any, ...]:
    kind = condition["type"]
    return kind, *(condition[name] for name in ARGUMENTS.get(kind, ("values",)))
