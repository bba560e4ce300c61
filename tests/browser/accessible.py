"""Accessibility as axe-core sees it, and the weight of a page. For every page's tests."""

import json
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "preload": False}
OPTIONS = json.dumps({**RULES, "resultTypes": ["violations"]})
RUN = f"async () => (await axe.run({OPTIONS})).violations"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
BUDGET = 150_000  # bytes that a page may transfer when it is opened for the first time
AXE = Axe()
Scheme = Literal["light", "dark"]


def problems_of(page: Page, scheme: Scheme) -> list[str]:
    """What axe-core has to complain about on `page` as it is now, and whether something sticks out of it. Motion is
    reduced, so that nothing is measured while it is fading in."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found = [
        f"{violation['id']}: {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"])
        for violation in page.evaluate(RUN)
    ]
    return [f"{scheme}: {problem}" for problem in [*found, *_too_wide(page)]]


def problems_everywhere(page: Page) -> list[str]:
    """The same in light and wide, in dark and as narrow as a small phone, and there from right to left."""
    page.set_viewport_size({"width": 1280, "height": 800})
    problems = problems_of(page, "light")
    page.set_viewport_size({"width": 320, "height": 800})
    problems += problems_of(page, "dark")
    page.evaluate("document.documentElement.dir = 'rtl'")
    return problems + [f"from right to left: {problem}" for problem in _too_wide(page)]


def assert_accessible(page: Page) -> None:
    """Fail when `problems_of` finds something, in light or in dark."""
    problems = problems_of(page, "light") + problems_of(page, "dark")
    assert not problems, "\n".join(problems)


def _too_wide(page: Page) -> list[str]:
    wide, width = page.evaluate(WIDTHS)
    return [f"the page is {wide} px wide in a window of {width} px"] if wide > width else []


def transferred(page: Page) -> dict[str, int]:
    """Bytes that came over the wire for `page` and all it loaded, by path."""
    script = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
        .map((entry) => [new URL(entry.name).pathname, entry.transferSize])"""
    return dict(page.evaluate(script))


def assert_light(page: Page) -> None:
    """`page`, opened in a new profile, did not transfer more than the budget allows."""
    weights = transferred(page)
    assert sum(weights.values()) <= BUDGET, weights
