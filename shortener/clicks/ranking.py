"""Links by how often they were followed. Totals are kept in slots that are added up when they are read, and an index
cannot add: so each link has its sum in a table beside them, brought up to date every minute."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from shortener.accounts.models import Workspace
from shortener.clicks.models import Click
from shortener.links.models import Link

RECENT = timedelta(minutes=5)  # clicks older than that, as from a spool, are found by the hourly round
# In the order of links, so that two of them cannot wait for each other. Rows that say so already stay as they are.
UPDATE = """
INSERT INTO clicks_ranking AS held (link_id, workspace_id, clicks)
SELECT link.id, link.workspace_id, link.imported_clicks + coalesce(total.clicks, 0) FROM links_link AS link
LEFT JOIN (
    SELECT link_id, sum(clicks) AS clicks FROM clicks_linktotal {some_totals} GROUP BY link_id
) AS total ON total.link_id = link.id
{some_links} ORDER BY link.id
ON CONFLICT (link_id) DO UPDATE SET clicks = excluded.clicks WHERE held.clicks <> excluded.clicks
"""
ALL = UPDATE.format(some_totals="", some_links="")
SOME = UPDATE.format(some_totals="WHERE link_id = ANY(%(ids)s)", some_links="WHERE link.id = ANY(%(ids)s)")


def ranked(links: QuerySet[Link], workspace: Workspace) -> QuerySet[Link]:
    """`links`, all of `workspace`, with `ranked_clicks` and `ranked_number` to sort and page by: an index is in their
    order, the most clicked first."""
    found = links.filter(ranking__workspace_id=workspace.pk)
    return found.annotate(ranked_clicks=F("ranking__clicks"), ranked_number=F("ranking__link"))


def rank(links: Iterable[int]) -> None:
    """Bring what the ranking says of the links with these numbers up to date."""
    with connection.cursor() as cursor:
        cursor.execute(SOME, {"ids": list(links)})


def rank_recent() -> None:
    """The same for those that were followed in the last minutes."""
    since = timezone.now() - RECENT
    rank(Click.objects.filter(clicked_at__gte=since).values_list("link_id", flat=True).order_by().distinct())


def rank_all() -> None:
    """The same for every link, whatever has become of it."""
    with connection.cursor() as cursor:
        cursor.execute(ALL)
