"""The QR designer."""

import base64
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from shortener.links.qr_logo import MOST_BYTES
from tests.web.link.filling import sent
from tests.web.reading import Read

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(make_link):
    return f"/app/links/{make_link(slug='town').public_id}/qr"


@pytest.fixture
def wish(signed_in, path):
    """Post the form as it is, with changes."""

    def wish(**changes):
        values = {name: value for name, value in sent(signed_in.get(path)).items() if name not in {"file", "logo"}}
        return signed_in.post(path, {**values, **changes})

    return wish


def picture(kind="PNG", side=64):
    out = io.BytesIO()
    Image.new("RGB", (side, side), "#cc2200").save(out, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", out.getvalue(), f"image/{kind.lower()}")


def code(answer):
    """The drawing in the preview."""
    [found] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', answer.content.decode())
    return base64.b64decode(found).decode()


def test_a_plain_code_is_there_at_once(signed_in, path):
    answer = signed_in.get(path)
    assert "<svg" in code(answer)
    assert "http://127.0.0.1:8000/town?" in Read(answer).text


def test_the_preview_has_the_colours_that_were_chosen(wish):
    drawn = code(wish(color="#0b6b4a", background="#fff3d6"))
    assert "#0b6b4a" in drawn
    assert "#fff3d6" in drawn


@pytest.mark.parametrize(("kind", "beginning"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_it_is_downloaded(wish, kind, beginning):
    answer = wish(do=kind, color="#0b6b4a", size="256")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="town.{kind}"'
    assert answer.content.startswith(beginning)


def test_a_file_has_the_size_that_was_asked_for(wish):
    assert Image.open(io.BytesIO(wish(do="png", size="320").content)).size == (320, 320)


@pytest.mark.parametrize(
    ("wishes", "field", "error"),
    [
        ({"color": "#cccccc"}, "color", "too much alike to scan"),
        ({"color": "#ffffff", "background": "#000000"}, "color", "has to be darker"),
        ({"color": "green"}, "color", "six hexadecimal digits"),
        ({"size": "9"}, "size", "A size is 64 to 4096."),
        ({"size": "large"}, "size", "Enter a whole number."),
        ({"border": "99"}, "border", "0 to 16 modules"),
        ({"level": "X"}, "level", "Select a valid choice"),
    ],
)
def test_what_would_not_scan_is_refused_at_its_field(wish, wishes, field, error):
    for do in ("preview", "png"):
        answer = wish(do=do, **wishes)
        page = Read(answer)
        assert answer.status_code == 422
        assert error in page.field(field)["error"]
        assert "No code like this" in page.text


def test_a_narrow_border_is_warned_about(wish):
    assert "leave a clear space" in Read(wish(border="1")).text
    assert "leave a clear space" not in Read(wish(border="4")).text


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_ones_own_goes_inside(wish, kind):
    assert "<image" in code(wish(logo="own", file=picture(kind)))


def test_it_goes_on_with_the_page_and_is_kept_nowhere_else(signed_in, path, wish):
    values = sent(wish(logo="own", file=picture()))
    again = signed_in.post(path, {**{name: value for name, value in values.items() if name != "file"}, "logo": "own"})
    assert "<image" in code(again)
    assert "<image" not in code(signed_in.get(path))


def test_the_sites_logo_goes_inside(wish):
    assert "<image" in code(wish(logo="site"))


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (SimpleUploadedFile("a.png", b"no picture"), "This is not a PNG, JPEG or WebP picture"),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "This is not a PNG"),
        (SimpleUploadedFile("a.png", b"\x89PNG" + bytes(MOST_BYTES)), "A logo has at most 512 KiB."),
        (None, "Choose a picture."),
    ],
)
def test_what_is_no_picture_is_refused(wish, file, error):
    if file:
        file.seek(0)
    page = Read(wish(logo="own", **({"file": file} if file else {})))
    assert error in page.field("file")["error"]


def test_nonsense_in_place_of_a_kept_picture_is_refused(wish):
    assert wish(logo="own", kept="data:image/png;base64,AAAA").status_code == 422


def test_our_script_gets_the_preview_alone(signed_in, path):
    answer = signed_in.post(path, {"do": "preview"}, headers={"X-Requested-With": "fetch"})
    assert answer.content.decode().strip().startswith('<div class="qr-preview"')


def test_that_of_others_does_not_exist(intruder, path):
    assert intruder.post(path, {"do": "png"}).status_code == 404
