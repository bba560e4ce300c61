"""Cells that spreadsheets run are texts in our files, and come back as they were."""

import csv
import io

import pytest
from hypothesis import given, strategies

from shortener.infra.csv_files import as_csv, guarded, unguarded


@given(strategies.text())
def test_guarding_a_cell_can_be_undone(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(formula):
    [row] = csv.reader(io.StringIO(as_csv([[formula, "a=b", 7, None]]).decode(), newline=""))
    assert row == [f"'{formula}", "a=b", "7", ""]
