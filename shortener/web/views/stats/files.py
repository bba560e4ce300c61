"""Statistics to take away: what a page shows as CSV, and single clicks."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from shortener.clicks.export import CONTENT_TYPES, Selection, export
from shortener.clicks.models import Dimension, Scope
from shortener.clicks.stats import StatsTooWide, Subject, stats
from shortener.infra.csv_files import as_csv
from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.views.stats.asked import Asked
from shortener.web.views.stats.names import filter_value
from shortener.web.views.stats.pages import asked_of, subject_in

COLUMNS = ("start", "clicks", "visitors", "bots", "others")
MOST_LISTED = 1_000  # values of a dimension
LIST_COLUMNS = ("dimension", "value", "clicks")


@may("stats:read")
@require_safe
def series_of_link(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The chart of a link."""
    link = link_or_404(request, link_id, "stats:read")
    return _series(request, Subject(Scope.LINK, link.pk), link.slug)


@may("stats:read")
@require_safe
def lists_of_link(request: SignedInRequest, link_id: str) -> HttpResponse:
    """All lists of a link."""
    link = link_or_404(request, link_id, "stats:read")
    return _lists(request, Subject(Scope.LINK, link.pk), link.slug)


@may("stats:read")
@require_safe
def series_of_workspace(request: SignedInRequest) -> HttpResponse:
    """The chart of a workspace, or of one of its domains."""
    return _series(request, subject_in(request), request.workspace.slug)


@may("stats:read")
@require_safe
def lists_of_workspace(request: SignedInRequest) -> HttpResponse:
    """All lists of the same."""
    return _lists(request, subject_in(request), request.workspace.slug)


@may("clicks:read")
@require_safe
def clicks_of_link(request: SignedInRequest, link_id: str, kind: str) -> StreamingHttpResponse:
    """The single clicks of a link in the time that is asked for, `kind` being `csv` or `ndjson`."""
    link = link_or_404(request, link_id, "clicks:read")
    asked = asked_of(request, Subject(Scope.LINK, link.pk))
    return _clicks(
        Selection(link.workspace_id, [link.pk], asked.period.start, asked.period.end), asked, link.slug, kind
    )


@may("clicks:read")
@require_safe
def clicks_of_workspace(request: SignedInRequest, kind: str) -> StreamingHttpResponse:
    """The same of all links of the workspace."""
    workspace = request.workspace
    asked = asked_of(request, Subject(Scope.WORKSPACE, workspace.pk))
    return _clicks(Selection(workspace.pk, None, asked.period.start, asked.period.end), asked, workspace.slug, kind)


def _series(request: HttpRequest, subject: Subject, name: str) -> HttpResponse:
    asked = asked_of(request, subject)
    found = _counted(subject, asked, by=())
    rows = [
        (point.start.isoformat(), *(str(getattr(point, column)) for column in COLUMNS[1:])) for point in found.series
    ]
    return _csv([COLUMNS, *rows], f"clicks-{name}", asked)


def _lists(request: HttpRequest, subject: Subject, name: str) -> HttpResponse:
    asked = asked_of(request, subject)
    found = _counted(subject, asked, by=tuple(Dimension))
    rows = (
        (dimension.name.lower(), filter_value(dimension, part.value), str(part.clicks))
        for dimension in Dimension
        for part in found.dimensions.get(dimension.label, ())
    )
    return _csv([LIST_COLUMNS, *rows], f"lists-{name}", asked)


def _counted(subject: Subject, asked: Asked, by: tuple[Dimension, ...]) -> Any:
    try:
        return stats(subject, asked.period, filters=asked.filters, top=MOST_LISTED, by=by)
    except StatsTooWide as error:
        raise Http404 from error


def _csv(rows: Iterable[Iterable[str]], name: str, asked: Asked) -> HttpResponse:
    return HttpResponse(as_csv(rows), CONTENT_TYPES["csv"], headers=_named(name, asked, "csv"))


def _clicks(selection: Selection, asked: Asked, name: str, kind: str) -> StreamingHttpResponse:
    written: Iterator[bytes] = export(selection, "ndjson" if kind == "ndjson" else "csv")
    content_type = CONTENT_TYPES["ndjson" if kind == "ndjson" else "csv"]
    return StreamingHttpResponse(
        written, content_type=content_type, headers=_named(f"single-clicks-{name}", asked, kind)
    )


def _named(name: str, asked: Asked, suffix: str) -> dict[str, str]:
    days = f"{asked.period.first_day}-to-{asked.period.last_day}"
    return {"Content-Disposition": f'attachment; filename="{name}-{days}.{suffix}"'}
