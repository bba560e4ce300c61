import pytest
from django.db import DataError, ProgrammingError, connection

from shortener.infra.postgres.base import PREPARE_AFTER, preparing_cursor
from shortener.infra.stores import autonomous_connection


@pytest.mark.django_db
def test_a_connection_that_waits_is_usable():
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.is_usable()


def test_a_connection_that_the_server_has_closed_is_not(stores):
    connection.ensure_connection()
    number = connection.connection.info.backend_pid
    with autonomous_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    assert not connection.is_usable()
    connection.close()
    assert not connection.is_usable()


def prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


@pytest.mark.django_db
def test_what_is_asked_often_is_planned_once():
    for number in range(PREPARE_AFTER):
        assert ask(number) == (number,)
        assert not [statement for statement in prepared() if "prepared here" in statement]
    assert ask(-7) == (-7,)
    assert len([statement for statement in prepared() if "prepared here" in statement]) == 1
    assert ask(2) == (2,)


@pytest.mark.django_db
def test_nothing_is_prepared_where_a_pooler_would_lose_it(settings):
    settings.PREPARED_STATEMENTS = False
    for number in range(PREPARE_AFTER + 3):
        assert ask(number) == (number,)
    assert not [statement for statement in prepared() if "prepared here" in statement]


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_is_said_in_the_words_of_django():
    with pytest.raises(DataError), preparing_cursor() as cursor:
        cursor.execute("SELECT %s::integer", ["many"])
    with pytest.raises(ProgrammingError), preparing_cursor() as cursor:
        cursor.execute("SELECT nothing_of_the_kind")


def ask(number):
    with preparing_cursor() as cursor:
        cursor.execute('SELECT %s::integer AS "prepared here"', [number])
        return cursor.fetchone()
