import logging
import sys

from procrastinate.exceptions import ConnectorException

from shortener.infra.management.commands.jobs import outages_in_one_line


def record_of(error):
    try:
        raise error
    except (ConnectorException, ValueError):
        return logging.LogRecord("procrastinate", logging.ERROR, "", 1, "coroutine %s failed", ("x",), sys.exc_info())


def test_an_outage_is_a_line():
    record = record_of(ConnectorException("server closed\nthe connection"))
    assert outages_in_one_line(record)
    assert logging.Formatter().format(record) == "jobs wait: server closed the connection"


def test_a_mistake_keeps_its_traceback():
    record = record_of(ValueError("wrong"))
    assert outages_in_one_line(record)
    assert "Traceback" in logging.Formatter().format(record)
