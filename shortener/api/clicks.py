"""Single clicks: as a file, as they come in, and no more."""

from typing import Annotated, Literal

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema

from shortener.api.auth import ApiRequest, actor_of, needs_scope, whole_workspace
from shortener.api.description import files
from shortener.api.problems import ERRORS, ONE_ERRORS
from shortener.api.stats_schemas import PeriodQuery
from shortener.clicks.erase import erase_clicks
from shortener.clicks.export import CONTENT_TYPES, Selection, export
from shortener.clicks.live import live_header
from shortener.clicks.periods import period_of
from shortener.links.models import Link
from shortener.links.queries import links_in, links_with, pick, search

router = Router(tags=["Clicks"])

FILE = files(CONTENT_TYPES.values())
EVENTS = files(["text/event-stream"], "Events, until the client hangs up")


class ExportQuery(PeriodQuery):
    """Which clicks, and how they are written."""

    format: Literal["csv", "ndjson"] = "csv"


class WorkspaceExportQuery(ExportQuery):
    """The same, of many links."""

    tag: str = ""


class Erased(Schema):
    """How many clicks of every kind are forgotten."""

    erased: int


@router.get("/links/{link_id}/clicks", response=ONE_ERRORS, operation_id="exportLinkClicks", openapi_extra=FILE)
@needs_scope("clicks:read")
def of_link(request: ApiRequest, link_id: str, query: Annotated[ExportQuery, Query()]) -> StreamingHttpResponse:
    """The single clicks of a link as a file, oldest first, as far back as they are kept."""
    return _file(request, query, [_pick(request, link_id).pk])


@router.get("/clicks", response=ERRORS, operation_id="exportClicks", openapi_extra=FILE)
@needs_scope("clicks:read")
def of_workspace(request: ApiRequest, query: Annotated[WorkspaceExportQuery, Query()]) -> StreamingHttpResponse:
    """The single clicks of the key's workspace, or of its links with a tag, as a file, oldest first."""
    workspace, links = whole_workspace(request), None
    if query.tag:
        links = list(search(links_in(workspace), tag=query.tag).values_list("pk", flat=True))
    return _file(request, query, links)


@router.delete("/links/{link_id}/clicks", response={200: Erased, **ONE_ERRORS}, operation_id="eraseLinkClicks")
@needs_scope("clicks:write")
def erase(request: ApiRequest, link_id: str) -> Erased:
    """Forget all that was counted of a link until now, in every statistic."""
    return Erased(erased=erase_clicks(_pick(request, link_id), by=actor_of(request)))


@router.get("/links/{link_id}/live", response=ONE_ERRORS, operation_id="listenToLink", openapi_extra=EVENTS)
@needs_scope("clicks:read")
def live_of_link(request: ApiRequest, link_id: str) -> HttpResponse:
    """Clicks of a link as they come in: server-sent events named `click`, with JSON; `missed` says how many were left
    out because there were too many."""
    link = _pick(request, link_id)
    return HttpResponse(headers=live_header(link.workspace_id, link.pk))


@router.get("/live", response=ERRORS, operation_id="listen", openapi_extra=EVENTS)
@needs_scope("clicks:read")
def live_of_workspace(request: ApiRequest) -> HttpResponse:
    """The same for all links of the key's workspace."""
    return HttpResponse(headers=live_header(whole_workspace(request).pk))


def _file(request: ApiRequest, query: ExportQuery, links: list[int] | None) -> StreamingHttpResponse:
    start = end = None
    if {"start", "end", "days"} & query.model_fields_set:
        period = period_of(
            start=query.start, end=query.end, days=query.days, interval="month", time_zone=query.time_zone
        )
        start, end = period.start, period.end
    selection = Selection(request.auth.workspace.pk, links, start, end)
    disposition = f'attachment; filename="clicks.{query.format}"'
    return StreamingHttpResponse(
        export(selection, query.format),
        content_type=CONTENT_TYPES[query.format],
        headers={"Content-Disposition": disposition},
    )


def _pick(request: ApiRequest, link_id: str) -> Link:
    return pick(links_with(request.auth), link_id)
