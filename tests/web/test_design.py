"""What holds for every page: contrast, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

import shortener.web
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
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    found = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
        for name, part in (("light", light), ("dark", dark))
    }
    assert found["light"].keys() == found["dark"].keys()
    return found


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_have_enough_contrast(scheme, front, back, least):
    palette = palettes()[scheme]
    assert contrast(palette[front], palette[back]) >= least


def test_only_the_tokens_name_colours():
    for sheet in ("base.css", "forms.css", "components.css", "pages.css"):
        assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", (STATIC / sheet).read_text())


def test_every_token_that_is_used_exists():
    css = "".join(path.read_text() for path in STATIC.glob("*.css") if path.name != "admin.css")
    assert set(re.findall(r"var\(--([\w-]+)", css)) <= set(re.findall(r"--([\w-]+):", css))


def test_the_pages_stay_light():
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < 50_000  # bytes, before compression


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
            assert re.match(r"/|#|\?|$", found.get(name, "")), (address, tag, found)
        if tag == "script" and found.get("type") != "application/json":
            assert found.get("src"), (address, found)
        if tag == "img":
            assert "alt" in found, address
        if tag == "input" and found.get("type") != "hidden":
            assert page.all("label", **{"for": found.get("id", "")}), (address, found)
