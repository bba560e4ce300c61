"""What holds for every page: contrast, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

import shortener.web
from shortener.web import brand
from tests.web.reading import Read

STATIC = Path(shortener.web.__file__).parent / "static" / "web"
TEXT, GRAPHICS = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
PAIRS = [
    *((ink, paper, TEXT) for ink in ("ink", "ink-soft", "accent") for paper in ("ground", "surface", "sunken")),
    *((ink, paper, TEXT) for ink in ("ink", "accent-strong") for paper in ("accent-soft",)),
    ("ink-soft", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    *((name, f"{name}-soft", TEXT) for name in ("danger", "warning", "notice")),
    *(("ink", f"{name}-soft", TEXT) for name in ("danger", "warning", "notice")),
    *(("danger", paper, TEXT) for paper in ("ground", "surface", "sunken")),
    *(("line-strong", paper, GRAPHICS) for paper in ("ground", "surface", "sunken")),
    ("data", "ground", GRAPHICS),
    ("data", "data-soft", GRAPHICS),
]


def palettes() -> dict[str, dict[str, str]]:
    css = (STATIC / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)
    return {scheme: {name: colours[at] for name, *colours in found} for at, scheme in enumerate(("light", "dark"))}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_have_enough_contrast(scheme, front, back, least):
    palette = palettes()[scheme]
    assert brand.contrast(palette[front], palette[back]) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "accent", ["#0b6b4a", "#ffee00", "#ffffff", "#000000", "#ff0000", "#1d4ed8", "#888888", "#00ffff"]
)
def test_any_accent_has_enough_contrast(scheme, accent):
    palette = {**palettes()[scheme], **brand.palette(accent, scheme)}
    assert not [pair for pair in PAIRS if brand.contrast(palette[pair[0]], palette[pair[1]]) < pair[2]]


def test_contrast_is_what_the_guidelines_say():
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert brand.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_only_the_tokens_name_colours():
    for path in STATIC.glob("*.css"):
        if path.name not in {"tokens.css", "admin.css"}:
            assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", path.read_text()), path.name


def test_nothing_knows_left_from_right():
    physical = r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)|left|right)\s*:|text-align: (?:left|right)"
    for path in STATIC.glob("*.css"):
        assert not re.findall(physical, path.read_text()), path.name


def test_every_token_that_is_used_exists():
    css = "".join(path.read_text() for path in STATIC.glob("*.css") if path.name != "admin.css")
    assert set(re.findall(r"var\(--([\w-]+)", css)) <= set(re.findall(r"--([\w-]+):", css))


def test_what_every_page_loads_stays_light():
    loaded = ("tokens.css", "base.css", "forms.css", "components.css", "parts.css", "pages.css", "web.js", "parts.js")
    assert sum((STATIC / name).stat().st_size for name in loaded) < 50_000  # bytes, before compression


@pytest.fixture
def addresses(make_link):
    link = f"/app/links/{make_link().public_id}/"
    accounts = ("login", "logout", "password/change", "password/reset", "password/reset/done", "email", "confirm-email")
    return ["/", "/app/", link, f"{link}edit", f"{link}delete", *(f"/accounts/{page}/" for page in accounts)]


@pytest.mark.django_db
def test_no_page_has_anything_inline_or_from_elsewhere(addresses, signed_in):
    from django.test import Client

    for address in (*addresses, "/accounts/signup/", "/accounts/login/"):
        for browser in (signed_in, Client()):
            answer = browser.get(address)
            if answer.status_code == 200:
                check(address, Read(answer))


@pytest.mark.parametrize("name", ["500", "redirects/not_found", "redirects/gone"])
def test_no_error_page_has_either(name):
    class Answer:
        content = render_to_string(f"{name}.html").encode()

    check(name, Read(Answer()))


def check(address: str, page: Read) -> None:
    assert len(page.all("h1")) == 1, address
    assert page.all("html", lang="en-gb"), address
    assert "<style" not in page.html, address
    for tag, found in page.elements:
        assert "style" not in found, (address, tag)
        assert not [name for name in found if name.startswith("on")], (address, tag)
        for name in ("src", "action", *(("href",) if tag == "link" else ())):
            assert re.match(r"/|#|\?|data:image/|$", found.get(name, "")), (address, tag, found)
        if tag == "script" and found.get("type") != "application/json":
            assert found.get("src"), (address, found)
        if tag == "img":
            assert "alt" in found, address
        if tag == "input" and found.get("type") != "hidden":
            assert found.get("aria-label") or page.all("label", **{"for": found.get("id", "")}), (address, found)
