"""What an organisation makes its own: its logo, and an accent colour from which a palette is computed that can be read.

Colours are `#rrggbb`. Contrast is WCAG 2.2's: the ratio of relative luminances, 4.5 for text and 3 for graphics.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

TEXT, GRAPHICS = 4.5, 3.0  # least contrast
BLACK, WHITE = "#000000", "#ffffff"
STEPS = 50  # of a way from one colour to another
# What the accent has to be legible on, which is the hardest of our papers (`--sunken`), and what it is mixed into.
PAPER = {"light": "#f1f5f2", "dark": "#1b2521"}
SURFACE = {"light": WHITE, "dark": "#151d1a"}
TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".ico": "image/x-icon",
}

Scheme = Literal["light", "dark"]


class Logo(NamedTuple):
    """A picture, and the words that browsers need about it."""

    content: bytes
    content_type: str
    version: str


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (none) to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def palette(accent: str, scheme: Scheme) -> dict[str, str]:
    """The colours that follow from `accent`, by the name of their custom property."""
    towards = BLACK if scheme == "light" else WHITE
    surface = SURFACE[scheme]
    base = _legible(accent, PAPER[scheme], towards, TEXT)
    soft = _mixed(base, surface, 0.86)
    strong = _legible(_mixed(base, towards, 0.25), soft, towards, TEXT)
    return {
        "accent": base,
        "accent-strong": strong,
        "accent-soft": soft,
        "on-accent": WHITE if scheme == "light" else _legible(_mixed(base, BLACK, 0.8), base, BLACK, TEXT),
        "data": base,
        "data-soft": _legible(_mixed(base, surface, 0.55), base, surface, GRAPHICS),
    }


@cache
def accent_css(accent: str) -> str:
    """The style sheet that puts the palette of `accent` in the place of ours."""
    light, dark = palette(accent, "light"), palette(accent, "dark")
    lines = [f"  --{name}: light-dark({light[name]}, {dark[name]});" for name in light]
    return "\n".join((":root {", *lines, "}", ""))


@cache
def logo(path: str) -> Logo:
    """The picture at `path`, read once."""
    content = Path(path).read_bytes()
    return Logo(content, TYPES[Path(path).suffix.lower()], version(content))


def version(content: bytes) -> str:
    """A few letters that are others when `content` is, for addresses that browsers may keep for ever."""
    return hashlib.sha256(content).hexdigest()[:12]


def _legible(colour: str, paper: str, towards: str, least: float) -> str:
    """`colour`, or the first on its way to `towards` that has `least` contrast with `paper`."""
    for step in range(STEPS + 1):
        mixed = _mixed(colour, towards, step / STEPS)
        if contrast(mixed, paper) >= least:
            return mixed
    return towards


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with this `share` (0 to 1) of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in _channels(colour))]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
