import base64
import io
import struct
import zlib
from xml.etree import ElementTree

import pytest
import segno
from PIL import Image

from shortener.links.errors import LinkError
from shortener.links.qr import QrStyle, checked_style, draw, qr_svg
from shortener.links.qr_logo import site_logo

URL = "https://go.example.org/abc?qr=1"


def modules_of(png: bytes, level: str, border: int) -> tuple[int, int]:
    """How many modules there are, and how many of them the picture shows wrongly."""
    matrix = [
        list(row) for row in segno.make(URL, error=level, micro=False, boost_error=False).matrix_iter(border=border)
    ]
    picture = Image.open(io.BytesIO(png)).convert("L")
    side = len(matrix)
    scale = picture.width // side
    corner = (picture.width - side * scale) // 2
    seen = [
        [
            picture.getpixel((corner + x * scale + scale // 2, corner + y * scale + scale // 2)) < 128
            for x in range(side)
        ]
        for y in range(side)
    ]
    wrong = sum(bool(is_dark) != seen[y][x] for y, row in enumerate(matrix) for x, is_dark in enumerate(row))
    return side * side, wrong


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#c00").save(out, kind)
    return out.getvalue()


def huge_png() -> bytes:
    """A few bytes that say they are a picture of 30,000 by 30,000 pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def wrong_fields(**wishes: object) -> list[str]:
    with pytest.raises(LinkError) as refused:
        checked_style(**wishes)
    return sorted(refused.value.errors)


def test_a_code_is_one_svg_without_anything_that_runs():
    svg = qr_svg("https://go.example.org/abc")
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert root.get("class") == "qr"
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib
    assert {element.tag.rpartition("}")[2] for element in root} == {"path"}


def test_different_links_have_different_codes():
    assert qr_svg("https://go.example.org/abc") != qr_svg("https://go.example.org/abd")


@pytest.mark.parametrize("size", [64, 300, 1000])
@pytest.mark.parametrize(("level", "border"), [("L", 4), ("H", 0)])
def test_a_picture_has_its_size_and_shows_every_module(size, level, border):
    png = draw(URL, "png", QrStyle(size=size, level=level, border=border))
    assert Image.open(io.BytesIO(png)).size == (size, size)
    assert modules_of(png, level, border)[1] == 0


def test_a_logo_hides_no_more_than_a_tenth():
    style = checked_style(logo=picture(size=(300, 300)), size=600, level="L")
    assert style.level == "H"
    modules, wrong = modules_of(draw(URL, "png", style), "H", 4)
    assert 0 < wrong < modules / 10


@pytest.mark.parametrize("logo", [None, "site"])
def test_every_format_is_a_file_of_its_kind(logo):
    style = checked_style(logo=logo, size=200, color="#0b6b4a")
    assert draw(URL, "png", style).startswith(b"\x89PNG")
    assert draw(URL, "pdf", style).startswith(b"%PDF-")
    root = ElementTree.fromstring(draw(URL, "svg", style))
    assert (root.get("width"), root.get("height")) == ("200", "200")
    drawn = {element.tag.rpartition("}")[2] for element in root}
    assert drawn == ({"path", "rect", "image"} if logo else {"path"})


def test_colours_are_taken_in_either_form():
    style = checked_style(color="0B6", background="#FFFFEE")
    assert (style.color, style.background) == ("#00bb66", "#ffffee")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_logos_come_as_pictures_and_as_data_urls(kind):
    data = picture(kind)
    url = f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"
    assert checked_style(logo=data).logo == checked_style(logo=url).logo
    assert Image.open(io.BytesIO(checked_style(logo=data).logo)).size == (40, 40)


@pytest.mark.parametrize(
    ("color", "background"),
    [
        ("#ffffff", "#000000"),
        ("#ffff00", "#ffffff"),
        ("#cccccc", "#ffffff"),
        ("#000000", "#333333"),
        ("#123456", "#123456"),
    ],
)
def test_what_would_not_scan_is_refused(color, background):
    assert wrong_fields(color=color, background=background) == ["color"]


def test_every_wrong_wish_is_named():
    wishes = {
        "size": 5000,
        "border": -1,
        "level": "X",
        "color": "red",
        "background": "#12",
        "logo": "https://x.example",
    }
    assert wrong_fields(**wishes) == sorted(wishes)


@pytest.mark.parametrize(
    "logo",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("GIF"),
        picture()[:60],
        picture() + bytes(600_000),
        huge_png(),
        "data:image/png;base64,!!",
        "data:text/html;base64,AAAA",
    ],
    ids=range(8),
)
def test_what_is_no_good_picture_is_refused(logo):
    assert wrong_fields(logo=logo or b"x") == ["logo"]


def test_a_code_too_fine_for_its_size_is_refused():
    with pytest.raises(LinkError, match="at least"):
        draw(URL * 10, "png", QrStyle(size=64))


def test_the_sites_logo_is_a_picture():
    assert Image.open(io.BytesIO(site_logo())).size == (512, 512)


def test_the_logo_of_the_organisation_goes_first(settings, tmp_path):
    Image.new("RGB", (40, 20), "#cc2200").save(tmp_path / "mark.png")
    for name in ("mark.png", "mark.svg"):  # of an SVG, what stands beside it
        settings.SITE_LOGO = str(tmp_path / name)
        assert Image.open(io.BytesIO(site_logo())).getpixel((20, 20))[:3] == (0xCC, 0x22, 0)


def test_a_logo_that_nothing_draws_is_refused_with_a_way_out(settings, tmp_path):
    settings.SITE_LOGO = str(tmp_path / "mark.svg")
    with pytest.raises(LinkError, match=r"can put mark\.png beside it"):
        checked_style(logo="site")
