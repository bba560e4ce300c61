"""Taking clicks away, so that every number agrees afterwards: a link's raw clicks and rollups go, and what they had
added to its domain, its workspace and the site is subtracted, in one transaction."""

from django.db import connection, transaction

from shortener.accounts import audit
from shortener.accounts.actors import SYSTEM, Actor
from shortener.clicks.models import Dimension
from shortener.clicks.ranking import rank
from shortener.clicks.rollups import WRITING_LOCK
from shortener.links.models import Link

SLOT = -1  # of what is subtracted; writers have theirs from 0 on

COUNTS = """
INSERT INTO {table} AS held (slot, scope, scope_id, {when}, clicks, bots, others, visitors)
SELECT %(slot)s, upper.scope, upper.id, {when}, -sum(clicks), -sum(bots), -sum(others), -sum(visitors)
FROM {table} AS own CROSS JOIN ({uppers}) AS upper (scope, id)
WHERE own.scope = 0 AND own.scope_id = %(link)s GROUP BY 2, 3, 4
ON CONFLICT (scope, scope_id, {when}, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks,
    bots = held.bots + excluded.bots, others = held.others + excluded.others,
    visitors = held.visitors + excluded.visitors
"""
VALUES = """
INSERT INTO clicks_dimensionclicks AS held (slot, scope, scope_id, dimension, day, value, clicks)
SELECT %(slot)s, upper.scope, upper.id, dimension, day, value, -sum(clicks)
FROM clicks_dimensionclicks AS own CROSS JOIN ({uppers}) AS upper (scope, id)
WHERE own.scope = 0 AND own.scope_id = %(link)s GROUP BY 2, 3, 4, 5, 6
ON CONFLICT (scope, scope_id, dimension, day, value, slot) DO UPDATE SET clicks = held.clicks + excluded.clicks
"""
# Among the links of a domain, a workspace or the site it is no more.
UNLIST = """
DELETE FROM clicks_dimensionclicks USING ({uppers}) AS upper (scope, id)
WHERE clicks_dimensionclicks.scope = upper.scope AND scope_id = upper.id AND dimension = %(links)s
    AND value = %(link)s::text
"""
UPPERS = """
SELECT 1, domain_id FROM links_link WHERE id = %(link)s UNION ALL
SELECT 2, workspace_id FROM links_link WHERE id = %(link)s UNION ALL
SELECT 3, 0 FROM links_link WHERE id = %(link)s
"""
# What filters have found is counted anew.
FORGET = f"""
DELETE FROM clicks_askedfilter USING (SELECT 0, %(link)s UNION ALL {UPPERS}) AS upper (scope, id)
WHERE clicks_askedfilter.scope = upper.scope AND scope_id = upper.id
"""  # noqa: S608  the names above
DELETES = (
    FORGET,
    "DELETE FROM clicks_quarterclicks WHERE scope = 0 AND scope_id = %(link)s",
    "DELETE FROM clicks_dailyclicks WHERE scope = 0 AND scope_id = %(link)s",
    "DELETE FROM clicks_dimensionclicks WHERE scope = 0 AND scope_id = %(link)s",
    "DELETE FROM clicks_linktotal WHERE link_id = %(link)s",
    "DELETE FROM clicks_visitor WHERE link_id = %(link)s",
    "DELETE FROM clicks_click WHERE link_id = %(link)s",
)


def erase_clicks(link: Link, *, by: Actor = SYSTEM) -> int:
    """Forget all that was counted of `link` until now; how many clicks of every kind that were. Clicks that are still
    on their way are counted when they arrive. No click is written meanwhile: they wait in their stream."""
    values = {"link": link.pk, "slot": SLOT, "links": Dimension.LINK.value}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING_LOCK])
        cursor.execute(
            "SELECT coalesce(sum(clicks + bots + others), 0) FROM clicks_linktotal WHERE link_id = %(link)s", values
        )
        erased = int(cursor.fetchone()[0])
        for table, when in (("clicks_quarterclicks", "at"), ("clicks_dailyclicks", "day")):
            cursor.execute(COUNTS.format(table=table, when=when, uppers=UPPERS), values)
        cursor.execute(VALUES.format(uppers=UPPERS), values)
        cursor.execute(UNLIST.format(uppers=UPPERS), values)
        for statement in DELETES:
            cursor.execute(statement, values)
        rank([link.pk])
        audit.record(
            by,
            "link.clicks_erased",
            workspace=link.workspace,
            target_id=link.public_id,
            target_name=str(link),
            changes={"clicks": (erased, 0)},
        )
    return erased
