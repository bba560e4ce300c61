"""CSV files that nothing in is a formula to a spreadsheet: cells hold texts of strangers (OWASP, CSV injection)."""

import csv
import io
from collections.abc import Iterable

CONTENT_TYPE = "text/csv; charset=utf-8"
GUARDED = ("=", "+", "-", "@", "\t", "\r", "'")  # what spreadsheets would run, and the guard itself


def as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """`rows` as lines of a file; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerows(["" if cell is None else guarded(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(GUARDED) else text


def unguarded(text: str) -> str:
    """The reverse."""
    return text.removeprefix("'")
