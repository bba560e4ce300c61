import pytest
from django.db import connection

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
