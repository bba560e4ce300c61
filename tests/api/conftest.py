"""What generated requests are reported by."""

from collections import Counter

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """schemathesis names its tests by their operations and leaves that out of their IDs, by which they are chosen and
    told from each other."""
    for item in items:
        if label := getattr(item, "operation_label", ""):
            item._id = item.id.with_params(label)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was asked, by status."""
    asked = [
        counts for report in terminalreporter.stats.get("", []) for name, counts in report.user_properties
        if name == "asked" and report.when == "teardown"
    ]  # fmt: skip
    total: Counter[str] = sum((Counter(counts) for counts in asked), Counter())
    if total:
        by_status = ", ".join(f"{status}: {number:,}" for status, number in sorted(total.items()))
        terminalreporter.write_line(f"{total.total():,} generated requests in {len(asked)} tests ({by_status})")
