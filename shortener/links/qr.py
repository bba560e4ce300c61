"""QR codes (ISO/IEC 18004) of short links: SVG, PNG and PDF in colours of one's own, with a logo inside.

Page and API ask `checked_style` what a visitor's wishes amount to, and `draw` for the file.
"""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import segno
from django.utils.translation import gettext as _
from PIL import Image, ImageColor

from shortener.links.errors import FieldErrors
from shortener.links.qr_logo import LogoError, plate_of, read_logo, site_logo

Format = Literal["svg", "png", "pdf"]
CONTENT_TYPES: Mapping[str, str] = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
LEVELS = ("L", "M", "Q", "H")  # how much may be damaged: 7, 15, 25, 30 %
SIZES = range(64, 4097)  # pixels; of a PDF, points (1/72 inch)
BORDERS = range(17)  # modules; the standard asks for 4
LEAST_CONTRAST = 0.4  # difference of reflectance: grade C of ISO/IEC 15415
SITE = "site"  # in place of a picture: this site's own logo
COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
DATA_URL = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)


@dataclass(frozen=True)
class QrStyle:
    """How a code looks. `logo`: a PNG file, None for none; with one, the level is always H."""

    size: int = 512
    color: str = "#000000"
    background: str = "#ffffff"
    level: str = "M"
    border: int = 4
    logo: bytes | None = None


def qr_svg(url: str) -> str:
    """An SVG element without a fixed size: black on white, which scanners read in dark mode too."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, omitsize=True, svgclass="qr", lineclass=None, light="#fff", border=2
    )
    return out.getvalue().decode().strip()


def checked_style(
    *,
    size: int = 512,
    color: str = "#000000",
    background: str = "#ffffff",
    level: str = "M",
    border: int = 4,
    logo: str | bytes | None = None,
) -> QrStyle:
    """The style of these wishes. `logo`: the bytes of a PNG, JPEG or WebP file, the same as a `data:` URL, or `site`;
    empty for none. Raises `LinkError` naming every wrong one, colours that would not scan included."""
    errors = FieldErrors()
    if size not in SIZES:
        errors.add("size", _("A size is %(least)d to %(most)d.") % {"least": SIZES.start, "most": SIZES.stop - 1})
    if border not in BORDERS:
        errors.add("border", _("A border has 0 to %(most)d modules.") % {"most": BORDERS.stop - 1})
    if level.upper() not in LEVELS:
        errors.add("level", _("A level is one of L, M, Q and H."))
    dark, light = _color("color", color, errors), _color("background", background, errors)
    if dark and light:
        _check_contrast(dark, light, errors)
    picture = _logo(logo, errors) if logo else None
    errors.raise_if_any()
    return QrStyle(size, dark, light, "H" if picture else level.upper(), border, picture)


def draw(text: str, kind: Format, style: QrStyle) -> bytes:
    """The file of the code that says `text`. Raises `LinkError` when it has more modules than `style.size` pixels."""
    code = segno.make(text, error=style.level.lower(), micro=False, boost_error=False)
    modules = int(code.symbol_size(border=style.border)[0])
    if kind == "png" and modules > style.size:
        errors = FieldErrors()
        errors.add("size", _("This code needs at least %(modules)d pixels.") % {"modules": modules})
        errors.raise_if_any()
    if kind == "svg":
        return _svg(code, modules, style)
    if kind == "pdf" and style.logo is None:
        return _saved(code, style, kind="pdf", scale=style.size / modules, light=style.background, compresslevel=9)
    # A picture inside makes the whole file one; on paper, 300 dots an inch look sharp.
    pixels = style.size if kind == "png" else max(style.size * 300 // 72, modules)
    picture = _picture(code, modules, pixels, style)
    out = io.BytesIO()
    if kind == "png":
        picture.save(out, "PNG", optimize=True)
    else:
        picture.save(out, "PDF", resolution=pixels / style.size * 72)
    return out.getvalue()


def _saved(code: segno.QRCode, style: QrStyle, **options: Any) -> bytes:
    out = io.BytesIO()
    code.save(out, dark=style.color, border=style.border, **options)
    return out.getvalue()


def _svg(code: segno.QRCode, modules: int, style: QrStyle) -> bytes:
    # Drawn in modules and shown in pixels: a scale that is no whole number would leave a bare edge.
    drawn = _saved(code, style, kind="svg", xmldecl=False, omitsize=True, light=style.background, nl=False)
    size = f'<svg width="{style.size}" height="{style.size}" '
    drawn = drawn.replace(b"<svg ", size.encode(), 1)
    if style.logo is None:
        return drawn
    start, side = plate_of(modules, style.border)
    inside = (
        f'<rect x="{start}" y="{start}" width="{side}" height="{side}" fill="{style.background}"/>'
        f'<image x="{start + 0.5}" y="{start + 0.5}" width="{side - 1}" height="{side - 1}" '
        f'href="data:image/png;base64,{base64.b64encode(style.logo).decode()}"/></svg>'
    )
    return drawn.replace(b"</svg>", inside.encode())


def _picture(code: segno.QRCode, modules: int, pixels: int, style: QrStyle) -> Image.Image:
    """The code in `pixels` by `pixels`. Modules are whole pixels, so what is left over goes around them."""
    scale = pixels // modules
    drawn = Image.open(io.BytesIO(_saved(code, style, kind="png", scale=scale, light=style.background)))
    canvas = Image.new("RGB", (pixels, pixels), style.background)
    corner = (pixels - modules * scale) // 2
    canvas.paste(drawn.convert("RGB"), (corner, corner))
    if style.logo is not None:
        _paste_logo(canvas, style.logo, corner, scale, *plate_of(modules, style.border), style.background)
    return canvas


def _paste_logo(
    canvas: Image.Image, logo: bytes, corner: int, scale: int, start: int, plate: int, background: str
) -> None:
    x, side, inset = corner + start * scale, plate * scale, scale // 2
    canvas.paste(Image.new("RGB", (side, side), background), (x, x))
    inner = side - 2 * inset
    picture = Image.open(io.BytesIO(logo)).convert("RGBA").resize((inner, inner), Image.Resampling.LANCZOS)
    canvas.paste(picture, (x + inset, x + inset), picture)


def _color(field: str, value: str, errors: FieldErrors) -> str:
    """`value` as `#rrggbb`; empty, and a message, for anything else."""
    found = COLOR.match(value.strip())
    if found is None:
        errors.add(field, _("A colour is six hexadecimal digits, such as #0b6b4a."))
        return ""
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _check_contrast(dark: str, light: str, errors: FieldErrors) -> None:
    difference = _reflectance(light) - _reflectance(dark)
    if difference < 0:
        errors.add("color", _("The code has to be darker than its background, or scanners will not find it."))
    elif difference < LEAST_CONTRAST:
        errors.add(
            "color", _("These colours are too much alike to scan. Choose a darker one, or a lighter background.")
        )


def _reflectance(color: str) -> float:
    """How much light a colour gives back, from 0 to 1 (relative luminance of sRGB, IEC 61966-2-1)."""
    parts = [part / 255 for part in ImageColor.getrgb(color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _logo(given: str | bytes, errors: FieldErrors) -> bytes | None:
    try:
        if given == SITE:
            return site_logo()
        return read_logo(given if isinstance(given, bytes) else _data(given))
    except LogoError as error:
        errors.add("logo", str(error))
        return None


def _data(url: str) -> bytes:
    found = DATA_URL.match(url)
    if found is None:
        raise LogoError(_("A logo is “site”, or a picture as data:image/png;base64,…"))
    try:
        return base64.b64decode(url[found.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise LogoError(_("The picture is not valid base64.")) from error
