"""The QR code of a link: a designer with a preview, and the files."""

import base64

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from shortener.links.errors import LinkError
from shortener.links.models import Link
from shortener.links.qr import CONTENT_TYPES, Format, QrStyle, draw, qr_svg
from shortener.links.queries import scanned_url
from shortener.web.access import SignedInRequest, link_or_404, may
from shortener.web.qr_form import FORMATS, QrForm
from shortener.web.views.link.head import head

SVG_URL = "data:image/svg+xml;base64,"


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The designer. A POST shows what is wished for, or sends it as a file (`do`: svg, png, pdf)."""
    link = link_or_404(request, link_id)
    if request.method != "POST":
        return _page(request, link, QrForm(), QrStyle())
    form = QrForm(request.POST, request.FILES)
    style, wanted = form.style(), request.POST.get("do", "")
    if style is not None and wanted in FORMATS:
        try:
            return _file(link, wanted, style)
        except LinkError as error:
            form.take(error)
    return _page(request, link, form, style)


@may("stats:read")
@require_safe
def code(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The plain code as a file."""
    link = link_or_404(request, link_id)
    disposition = f'attachment; filename="{link.slug}.svg"'
    return HttpResponse(qr_svg(scanned_url(link)), "image/svg+xml", headers={"Content-Disposition": disposition})


def _file(link: Link, kind: Format, style: QrStyle) -> HttpResponse:
    disposition = f'attachment; filename="{link.slug}.{kind}"'
    content = draw(scanned_url(link), kind, style)
    return HttpResponse(content, CONTENT_TYPES[kind], headers={"Content-Disposition": disposition})


def _page(request: SignedInRequest, link: Link, form: QrForm, style: QrStyle | None) -> HttpResponse:
    """The whole page, or for our script the preview alone."""
    picture = SVG_URL + base64.b64encode(draw(scanned_url(link), "svg", style)).decode() if style else ""
    in_place = request.headers.get("X-Requested-With") == "fetch"
    context = {**head(request, link, "qr"), "form": form, "picture": picture, "text": scanned_url(link)}
    template = "web/_qr_preview.html" if in_place else "web/link_qr.html"
    return render(request, template, context, status=422 if form.errors else 200)
