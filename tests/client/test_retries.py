from datetime import UTC, datetime

import pytest

from shortener.client.retries import retry_after

NOW = datetime(2027, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Fri, 01 Jan 2027 12:00:30 GMT", 30.0),
        ("Fri, 01 Jan 2027 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("１", None),
        ("", None),
        (None, None),
    ],
)
def test_both_forms_of_retry_after_are_read(header, seconds):
    assert retry_after(header, NOW) == seconds
