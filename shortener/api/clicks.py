"""Single clicks: as a file, as they come in, and no more."""

import json
from typing import Annotated, Literal

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope, whole_workspace
from shortener.api.description import fails, files
from shortener.api.examples import example
from shortener.api.stats_schemas import PeriodQuery
from shortener.clicks.erase import erase_clicks
from shortener.clicks.export import CONTENT_TYPES, FIELDS, Selection, export
from shortener.clicks.live import live_header
from shortener.clicks.periods import period_of
from shortener.infra.csv_files import as_csv
from shortener.links.models import Link
from shortener.links.queries import links_in, links_with, pick, search

router = Router(tags=["Clicks"])

CLICK = (
    "2027-01-01T09:00:00.000Z", "link_x8Kd9aQ2", "https://go.example.org/spring", "click", "news.example.org", "", "DE",
    "Berlin", "Berlin", "Firefox", "Windows", "desktop", "de", "", "", "", "", "", "", "qr",
)  # fmt: skip
FILE = files(
    {
        CONTENT_TYPES["csv"]: as_csv([FIELDS, CLICK]).decode(),
        CONTENT_TYPES["ndjson"]: json.dumps(dict(zip(FIELDS, CLICK, strict=True))) + "\n",
    }
)
LIVE = (
    'retry: 2000\n\nevent: click\ndata: {"link":"link_x8Kd9aQ2","at":"2027-01-01T09:00:00Z","bot":false,"country":"DE",'
    '"city":"Berlin","referrer":"news.example.org","browser":"Firefox","os":"Windows","device":"desktop"}\n\n'
)
EVENTS = files({"text/event-stream": LIVE}, "Events, until the client hangs up", is_download=False)


class ExportQuery(PeriodQuery):
    """Which clicks, and how they are written."""

    format: Annotated[Literal["csv", "ndjson"], Field(description="Kind of file")] = "csv"


class WorkspaceExportQuery(ExportQuery):
    """The same, of many links."""

    tag: Annotated[str, Field(description="Of links with this tag", examples=["spring"])] = ""


class Erased(Schema):
    """How many clicks of every kind are forgotten."""

    model_config = example({"erased": 42})

    erased: int


@router.get(
    "/links/{link_id}/clicks", operation_id="exportLinkClicks", summary="Export clicks of a link", openapi_extra=FILE
)
@needs_scope("clicks:read")
def of_link(request: ApiRequest, link_id: str, query: Annotated[ExportQuery, Query()]) -> StreamingHttpResponse:
    """The single clicks of a link as a file, oldest first, as far back as they are kept."""
    return _file(request, query, [_pick(request, link_id).pk])


@router.get("/clicks", operation_id="exportClicks", summary="Export clicks", openapi_extra=FILE)
@needs_scope("clicks:read")
@fails("not_allowed")
def of_workspace(request: ApiRequest, query: Annotated[WorkspaceExportQuery, Query()]) -> StreamingHttpResponse:
    """The single clicks of the key's workspace, or of its links with a tag, as a file, oldest first."""
    workspace, links = whole_workspace(request), None
    if query.tag:
        links = list(search(links_in(workspace), tag=query.tag).values_list("pk", flat=True))
    return _file(request, query, links)


@router.delete(
    "/links/{link_id}/clicks", response={200: Erased}, operation_id="eraseLinkClicks", summary="Erase clicks of a link"
)
@needs_scope("clicks:write")
def erase(request: ApiRequest, link_id: str) -> Erased:
    """Forget all that was counted of a link until now, in every statistic."""
    return Erased(erased=erase_clicks(_pick(request, link_id), by=actor_of(request)))


@router.get(
    "/links/{link_id}/live", operation_id="listenToLink", summary="Listen to clicks of a link", openapi_extra=EVENTS
)
@needs_scope("clicks:read")
def live_of_link(request: ApiRequest, link_id: str) -> HttpResponse:
    """Clicks of a link as they come in: server-sent events named `click`, with JSON; `missed` says how many were left
    out because there were too many."""
    link = _pick(request, link_id)
    return HttpResponse(headers=live_header(link.workspace_id, link.pk))


@router.get("/live", operation_id="listen", summary="Listen to clicks", openapi_extra=EVENTS)
@needs_scope("clicks:read")
@fails("not_allowed")
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
