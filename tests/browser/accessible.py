"""Accessibility as axe-core sees it, and the weight of a page. For every page's tests."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "preload": False}
BUDGET = 150_000  # bytes that a page may transfer when it is opened for the first time
AXE = Axe()


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing to complain about on `page` as it is now, and nothing sticks out of it. Reduce motion
    (`open_page(..., reduced_motion="reduce")`), so that nothing is measured while it is fading in."""
    found = AXE.run(page, options={**RULES, "resultTypes": ["violations"]}).response["violations"]
    said = [
        f"{violation['id']}: {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"])
        for violation in found
    ]
    assert not said, "\n".join(said)
    wide, width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= width, f"the page is {wide} px wide in a window of {width} px"


def transferred(page: Page) -> dict[str, int]:
    """Bytes that came over the wire for `page` and all it loaded, by path."""
    script = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
        .map((entry) => [new URL(entry.name).pathname, entry.transferSize])"""
    return dict(page.evaluate(script))


def assert_light(page: Page) -> None:
    """`page`, opened in a new profile, did not transfer more than the budget allows."""
    weights = transferred(page)
    assert sum(weights.values()) <= BUDGET, weights
