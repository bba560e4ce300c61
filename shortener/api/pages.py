"""Pages of the API for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import Router

from shortener.api.codes import CODES

router = Router(auth=None)


@router.get("/errors", include_in_schema=False, url_name="errors")
def errors(request: HttpRequest) -> HttpResponse:
    """What the `type` of problem details leads to."""
    codes = sorted(CODES.items(), key=lambda item: (item[1].status, item[0]))
    return render(request, "api/errors.html", {"codes": codes})
