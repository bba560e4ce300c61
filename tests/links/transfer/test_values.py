from datetime import UTC, datetime

import pytest

from shortener.links.fields import Wrong
from shortener.links.transfer import values


@pytest.mark.parametrize(
    "text",
    ["2027-01-31T09:30:00Z", "2027-01-31 09:30:00", "2027-01-31T10:30:00+01:00", "1801387800", 1801387800,
     "1801387800000", "31 Jan 2027 09:30", "2027/01/31 09:30:00"],
)  # fmt: skip
def test_times_are_read_as_they_are_written(text):
    assert values.moment(text) == datetime(2027, 1, 31, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2027-13-01", "0001-01-01T00:00:00+14:00", True])
def test_what_is_no_time_is_told(text):
    with pytest.raises(Wrong):
        values.moment(text)


@pytest.mark.parametrize(
    ("text", "number"), [("1,234", 1234), ("12 345", 12345), (7, 7), ("3.0", 3), ("", None), (None, None)]
)
def test_numbers_may_have_separators(text, number):
    assert values.number(text) == number


@pytest.mark.parametrize("value", ["3.5", "x", True, "9" * 30, "１"])
def test_what_is_no_whole_number_is_told(value):
    with pytest.raises(Wrong):
        values.number(value)


@pytest.mark.parametrize("value", ["a,b", "a; b", "a|b", '["a", "b"]', ["a", "b"]])
def test_lists_come_in_many_forms(value):
    assert values.words(value) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "answer"), [("Yes", True), ("0", False), (True, True), (False, False), ("", False), (1, True)]
)
def test_yes_and_no(value, answer):
    assert values.truth(value) is answer


def test_campaigns_are_queries_or_objects():
    assert values.campaign("utm_source=a&medium=b") == values.campaign('{"utm_source": "a", "medium": "b"}')
    with pytest.raises(Wrong):
        values.campaign([1])
