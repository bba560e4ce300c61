"""Logos inside QR codes: read with care, because they come from outside, and placed where the code can spare it."""

import io
import warnings
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
MOST_BYTES = 512 * 1024
MOST_PIXELS = 4096 * 4096  # more than any logo needs; a small file can claim to be very large
KEPT = 512  # pixels of the longer side
# Of the code's side. At level H about 30 % of a code may be missing; this hides 6 %.
SHARE = 0.25


class LogoError(ValueError):
    """The picture cannot be used; the message says why, for people."""


def read_logo(data: bytes) -> bytes:
    """The picture in `data` as a square PNG file with a transparent margin. Raises `LogoError`."""
    if len(data) > MOST_BYTES:
        raise LogoError(_("A logo has at most %(most)d KiB.") % {"most": MOST_BYTES // 1024})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise LogoError(_("The picture is too large. Make it at most 4096 pixels wide and high."))
                picture.thumbnail((KEPT, KEPT))
                return _squared(picture.convert("RGBA"))
    except LogoError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LogoError(_("This is not a PNG, JPEG or WebP picture that can be read.")) from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for damaged files
        raise LogoError(_("The picture is damaged.")) from error


def plate_of(modules: int, border: int) -> tuple[int, int]:
    """Where the plate behind a logo begins, and its side, in modules: in the middle, whole modules."""
    symbol = modules - 2 * border
    side = int(symbol * SHARE) // 2 * 2 + 1  # odd, as the symbol is: so it lies in the middle
    return (modules - side) // 2, side


def site_logo() -> bytes:
    """This site's logo as a square PNG file: that of SITE_LOGO, or ours. Nothing at hand draws SVG: a PNG file of the
    same name beside it stands in for it. Raises `LogoError`."""
    return _read_from(settings.SITE_LOGO) if settings.SITE_LOGO else _ours()


@cache
def _read_from(path: str) -> bytes:
    named = Path(path)
    stand_in = named.with_suffix(".png")
    picture = named if named.suffix.lower() in SUFFIXES else stand_in
    if not picture.is_file():
        words = _("This site’s logo cannot be drawn here. Who runs the site can put %(name)s beside it.")
        raise LogoError(words % {"name": stand_in.name})
    return read_logo(picture.read_bytes())


@cache
def _ours() -> bytes:
    """`web/logo.svg`: it is three shapes."""
    unit = 4 * KEPT // 32  # drawn four times as large, for smooth edges
    picture = Image.new("RGBA", (32 * unit, 32 * unit))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, 32 * unit - 1, 32 * unit - 1), 8 * unit, fill="#0b6b4a")
    pen.line((10 * unit, 25 * unit, 17.5 * unit, 7 * unit), fill="#ffffff", width=4 * unit)
    for x, y, radius, color in ((10, 25, 2, "#ffffff"), (17.5, 7, 2, "#ffffff"), (21.5, 22.5, 3, "#8fe3bd")):
        pen.ellipse(tuple(unit * edge for edge in (x - radius, y - radius, x + radius, y + radius)), fill=color)
    return _file(picture.resize((KEPT, KEPT), Image.Resampling.LANCZOS))


def _squared(picture: Image.Image) -> bytes:
    side = max(picture.size)
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return _file(square)


def _file(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
