"""QR codes by API."""

import base64
import io

import pytest
from PIL import Image

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
STARTS = {"svg": (b"<svg", "image/svg+xml"), "png": (b"\x89PNG", "image/png"), "pdf": (b"%PDF-", "application/pdf")}


@pytest.fixture
def path(make_link):
    return f"/api/v1/links/{make_link(slug='code').public_id}/qr"


def logo() -> str:
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "#c00").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


@pytest.mark.parametrize("kind", STARTS)
def test_each_format_is_a_file_with_a_name(api, path, kind):
    answer = api.get(f"{path}?format={kind}")
    start, content_type = STARTS[kind]
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"] == f'inline; filename="code.{kind}"'


def test_wishes_are_fulfilled(api, path):
    answer = api.get(f"{path}?format=png&size=300&color=0b6b4a&background=%23ffffee&level=H&border=2&logo=site")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (300, 300)
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 238)


def test_a_logo_of_ones_own_comes_in_the_body(api, path):
    with_logo = api.post(path, {"format": "png", "logo": logo()})
    assert with_logo.status_code == 200
    assert with_logo.content != api.post(path, {"format": "png"}).content


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ("format=gif", "format"), ("size=10", "size"), ("size=9999", "size"), ("level=Z", "level"), ("border=99", "border"),
        ("color=red", "color"), ("color=ffffff", "color"), ("color=eeeeee", "color"), ("logo=other", "logo"),
        ("colour=000000", "colour"),
    ],
)  # fmt: skip
def test_every_wrong_wish_is_named(api, path, wish, field):
    refused = api.get(f"{path}?{wish}")
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{field}"]


@pytest.mark.parametrize(
    "given", ["data:image/png;base64,AAAA", "https://example.com/logo.png", "data:image/svg+xml;base64,PHN2Zy8+"]
)
def test_what_is_no_good_picture_is_refused(api, path, given):
    refused = api.post(path, {"logo": given})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/logo")


def test_anothers_link_looks_like_none(path, stranger):
    other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
    assert other.get(path).status_code == other.post(path, {}).status_code == 404


def test_a_file_that_is_given_again_has_its_name_again(api, make_link):
    path, key = f"/api/v1/links/{make_link().public_id}/qr", {"headers": {"Idempotency-Key": "draw-1"}}
    first, again = (api.post(path, {"format": "png"}, **key) for _ in range(2))
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Disposition"] == first.headers["Content-Disposition"]
