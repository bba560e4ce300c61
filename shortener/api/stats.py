"""Statistics of a link, of a workspace, and of one of its domains."""

from typing import Annotated

from ninja import Query, Router

from shortener.api.auth import ApiRequest, needs_scope, whole_workspace
from shortener.api.description import fails
from shortener.api.stats_schemas import StatsOut, StatsQuery, WorkspaceStatsQuery
from shortener.clicks.models import Scope
from shortener.clicks.stats import Subject, stats
from shortener.links.domains import domain_id_in
from shortener.links.queries import links_with, pick

router = Router(tags=["Statistics"])


@router.get(
    "/links/{link_id}/stats", response={200: StatsOut}, operation_id="getLinkStats", summary="Get statistics of a link"
)
@needs_scope("stats:read")
def of_link(request: ApiRequest, link_id: str, query: Annotated[StatsQuery, Query()]) -> StatsOut:
    """Statistics of a link. Filters are answered from single clicks, as far back as those are kept."""
    link = pick(links_with(request.auth), link_id)
    return _answer(Subject(Scope.LINK, link.pk), query)


@router.get("/stats", response={200: StatsOut}, operation_id="getStats", summary="Get statistics")
@needs_scope("stats:read")
@fails("not_allowed", "not_found")
def of_workspace(request: ApiRequest, query: Annotated[WorkspaceStatsQuery, Query()]) -> StatsOut:
    """Statistics of all links of the key's workspace, or of those of one domain that belongs to it."""
    workspace = whole_workspace(request)
    if not query.domain:
        return _answer(Subject(Scope.WORKSPACE, workspace.pk), query)
    return _answer(Subject(Scope.DOMAIN, domain_id_in(workspace, query.domain)), query)


def _answer(subject: Subject, query: StatsQuery) -> StatsOut:
    found = stats(subject, query.period(), filters=query.filters(), compare=query.compare, top=query.top)
    return StatsOut.of_stats(found)
