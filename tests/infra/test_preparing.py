import pytest
from django.db import DataError, ProgrammingError, connection

from shortener.infra.postgres.preparing import PREPARE_AFTER, preparing_cursor


def ask(number):
    with preparing_cursor() as cursor:
        cursor.execute('SELECT %s::integer AS "prepared here"', [number])
        return cursor.fetchone()


def prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE strpos(statement, 'prepared here') > 0")
        return cursor.fetchall()


@pytest.mark.django_db
def test_what_is_asked_often_is_planned_once():
    for number in range(PREPARE_AFTER):
        assert ask(number) == (number,)
        assert not prepared()
    assert ask(-7) == (-7,)
    assert len(prepared()) == 1
    assert ask(2) == (2,)


@pytest.mark.django_db
def test_nothing_is_prepared_where_a_pooler_would_lose_it(settings):
    settings.PREPARED_STATEMENTS = False
    for number in range(PREPARE_AFTER + 3):
        assert ask(number) == (number,)
    assert not prepared()


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_is_said_in_the_words_of_django():
    with pytest.raises(DataError), preparing_cursor() as cursor:
        cursor.execute("SELECT %s::integer", ["many"])
    with pytest.raises(ProgrammingError), preparing_cursor() as cursor:
        cursor.execute("SELECT nothing_of_the_kind")
