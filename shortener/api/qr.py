"""`/api/v1/links/{id}/qr`: the QR code of a link as a file."""

from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from shortener.api.auth import ApiRequest, needs_scope
from shortener.api.description import files
from shortener.api.exchange import exchange
from shortener.links.qr import BORDERS, CONTENT_TYPES, SIZES, checked_style, draw
from shortener.links.queries import links_with, pick, scanned_url

router = Router(tags=["QR codes"])

# A PNG is the answer in most cases; all three are files, which no schema describes.
FILES = files(
    {
        CONTENT_TYPES["svg"]: '<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512">…</svg>\n',
        CONTENT_TYPES["png"]: "\x89PNG\r\n\x1a\n…",
        CONTENT_TYPES["pdf"]: "%PDF-1.4\n…",
    }
)
Color = Annotated[str, Field(max_length=10, pattern="^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", examples=["#0b6b4a"])]


class QrLook(BaseModel):
    """How the code looks."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[Literal["svg", "png", "pdf"], Field(description="Kind of file")] = "svg"
    size: Annotated[
        int, Field(ge=SIZES.start, le=SIZES.stop - 1, description="Width and height in pixels; of a PDF, in points")
    ] = 512
    color: Annotated[Color, Field(description="Of the modules; has to be the darker one")] = "#000000"
    background: Annotated[Color, Field(description="Behind the modules; has to be the lighter one")] = "#ffffff"
    level: Annotated[
        Literal["L", "M", "Q", "H"], Field(description="How much may be damaged: 7, 15, 25 or 30 %; H with a logo")
    ] = "M"
    border: Annotated[int, Field(ge=0, le=BORDERS.stop - 1, description="Modules around it; scanners like 4")] = 4


class QrQuery(QrLook):
    """The same, with this site's logo or none."""

    logo: Annotated[Literal["", "site"], Field(description="`site`: this site's logo in the middle")] = ""


class QrBody(QrLook):
    """The same, with a logo of one's own."""

    model_config = ConfigDict(strict=True, json_schema_extra={"examples": [{"format": "png", "size": 1000}]})

    logo: Annotated[
        str,
        Field(
            description="`site`, or a PNG, JPEG or WebP file of at most 512 KiB as `data:image/png;base64,…`",
            max_length=900_000,
            examples=["site"],
        ),
    ] = ""


@router.get(
    "/links/{link_id}/qr", operation_id="getQr", summary="Get a link's QR code",
    openapi_extra=FILES,
)  # fmt: skip
@needs_scope("links:read")
def get(request: ApiRequest, link_id: str, query: Annotated[QrQuery, Query()]) -> HttpResponse:
    """The code as a file. It says the short address with `?qr=1`, so that statistics tell scans from clicks."""
    return _file(request, link_id, query)


@router.post(
    "/links/{link_id}/qr", operation_id="drawQr",
    summary="Draw a link's QR code with a logo of your own", openapi_extra=FILES,
)  # fmt: skip
@needs_scope("links:read")
def post(request: ApiRequest, link_id: str, body: QrBody) -> HttpResponse:
    """The same with a logo in the body. Nothing is kept."""
    return _file(request, link_id, body)


def _file(request: ApiRequest, link_id: str, wishes: QrQuery | QrBody) -> HttpResponse:
    link = pick(links_with(request.auth), link_id)
    style = checked_style(**wishes.model_dump(exclude={"format"}))
    exchange(request).headers["Content-Disposition"] = f'inline; filename="{link.slug}.{wishes.format}"'
    return HttpResponse(draw(scanned_url(link), wishes.format, style), CONTENT_TYPES[wishes.format])
