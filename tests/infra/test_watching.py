"""A server that hangs is noticed; one that is only busy is waited for."""

import os
import signal

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg.errors import ConnectionTimeout

from shortener.infra.postgres import watching
from shortener.infra.postgres.watching import WatchedConnection
from shortener.infra.stores import autonomous_connection


@pytest.fixture
def watch(monkeypatch):
    watch = watching.Watch()
    watch.is_on = True
    monkeypatch.setattr(watching, "watch", watch)
    monkeypatch.setattr(watching, "PATIENCE", 0.1)
    yield watch
    watch.is_on = False


@pytest.fixture
def hanging(stores):
    """A connection whose server process can be stopped."""
    with autonomous_connection() as asked:
        number = asked.info.backend_pid
        yield asked, lambda: os.kill(number, signal.SIGSTOP)
        os.kill(number, signal.SIGCONT)


def test_who_waits_for_a_busy_server_gets_the_answer(stores, watch, monkeypatch):
    knocked = []
    monkeypatch.setattr(psycopg, "connect", lambda real=psycopg.connect, **words: knocked.append(1) or real(**words))
    with autonomous_connection() as asked:
        assert asked.execute("SELECT 1 FROM pg_sleep(0.6)").fetchone() == (1,)
    assert knocked
    assert not watch.is_away()


def test_who_waits_for_one_that_hangs_gives_up_and_the_others_need_not_try(hanging, watch, monkeypatch):
    def unanswered(**words):
        raise ConnectionTimeout("connection timeout expired")

    asked, stop = hanging
    monkeypatch.setattr(psycopg, "connect", unanswered)  # as if the whole server hung
    stop()
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        asked.execute("SELECT 1")
    assert asked.closed
    assert watch.is_away()
    with pytest.raises(psycopg.OperationalError, match="just now"):
        autonomous_connection()


def test_it_is_tried_again_a_moment_later(stores, watch, monkeypatch):
    assert watch.look_at(ConnectionTimeout("connection timeout expired"))
    now = watching.monotonic() + watching.REFUSED
    monkeypatch.setattr(watching, "monotonic", lambda: now)
    autonomous_connection().close()


def test_a_server_that_refuses_is_there(watch):
    assert not watch.look_at(psycopg.OperationalError("FATAL: sorry, too many clients already"))
    assert not watch.is_away()
    assert watch.look_at(psycopg.OperationalError(f"connection failed: {watching.QUEUE_IS_FULL}"))


def test_without_the_watch_nobody_knocks(stores, watch, monkeypatch):
    watch.is_on = False
    with autonomous_connection() as asked:
        monkeypatch.setattr(asked, "_knock", lambda: pytest.fail("somebody knocked"))
        asked.execute("SELECT pg_sleep(0.4)")


def test_django_has_such_connections_and_its_own_errors(stores, watch):
    connection.close()
    watch.look_at(ConnectionTimeout("connection timeout expired"))
    with pytest.raises(OperationalError):
        connection.ensure_connection()
    watch.is_on = False
    connection.ensure_connection()
    assert isinstance(connection.connection, WatchedConnection)
