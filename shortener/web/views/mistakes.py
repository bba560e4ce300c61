"""Pages for requests that cannot be read, and for times when nothing can be."""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from shortener.infra.stores import POSTGRES_AWAY, RETRY_AFTER
from shortener.infra.uploads import UploadTooLarge

MEBIBYTE = 1024 * 1024


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`. What is too large gets a page that names the limit (413), anything else the one for 400,
    which knows nothing of the request: there is something wrong with it."""
    if not isinstance(exception, RequestDataTooBig):
        return HttpResponse(render_to_string("400.html"), status=400)
    limit = exception.limit if isinstance(exception, UploadTooLarge) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return render(request, "413.html", {"most": limit // MEBIBYTE}, status=413)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`. While PostgreSQL is away that is no mistake of ours, and over soon (503). Neither page
    needs a database."""
    if isinstance(sys.exception(), POSTGRES_AWAY):
        body = render_to_string("503.html")
        return HttpResponse(body, status=503, headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"})
    return HttpResponse(render_to_string("500.html"), status=500)
