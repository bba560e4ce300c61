"""The QR code of a link."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.views.link.head import head


@may("links:read")
@require_safe
def page(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The code, and how to take it away."""
    return render(request, "web/link_qr.html", head(request, link_or_404(request, link_id), "qr"))
