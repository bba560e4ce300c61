"""The connection to Redis that each thread keeps for itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from shortener.infra import stores
from shortener.infra.stores import RedisScript, ask_redis, redis_client
from tests.servers import wait_until

pytestmark = pytest.mark.usefixtures("redis_empty")


def who_asks():
    return ask_redis("CLIENT", "ID")


def test_a_thread_keeps_its_connection_and_another_has_its_own():
    with ThreadPoolExecutor(1) as other:
        seen = [who_asks(), who_asks(), other.submit(who_asks).result()]
    assert seen[0] == seen[1] != seen[2]


def test_a_thread_that_ends_takes_its_connection_along():
    with ThreadPoolExecutor(1) as other:
        its = other.submit(who_asks).result()
    wait_until(lambda: str(its) not in {client["id"] for client in redis_client().client_list()})


def test_a_connection_that_was_closed_meanwhile_is_made_again():
    before = who_asks()
    assert redis_client().client_kill_filter(_id=before) == 1
    assert ask_redis("ECHO", "still here") == b"still here"
    assert who_asks() != before


def test_a_process_does_not_go_on_with_the_connection_of_its_parent(monkeypatch):
    before = who_asks()
    monkeypatch.setattr(stores.os, "getpid", lambda: -1)
    assert who_asks() != before


def test_an_error_is_an_answer_like_others():
    before = who_asks()
    with pytest.raises(redis.ResponseError, match="unknown command"):
        ask_redis("NONSENSE")
    assert who_asks() == before


def test_an_answer_that_nobody_waited_for_is_not_taken_for_that_of_the_next_command(monkeypatch):
    ask_redis("PING")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(stores._own.connection, "read_response", interrupted)
        ask_redis("ECHO", "unread")
    assert ask_redis("ECHO", "next") == b"next"


def interrupted():
    raise KeyboardInterrupt


def test_redis_that_is_away_is_an_error(monkeypatch):
    nobody = redis.Redis(connection_pool=redis.ConnectionPool.from_url("unix:///nowhere/v.sock"))
    monkeypatch.setattr(stores, "redis_client", lambda: nobody)
    monkeypatch.setattr(stores._own, "connection", None)
    tries = []
    monkeypatch.setattr(redis.UnixDomainSocketConnection, "_connect", lambda _: tries.append(1) or no_such_file())
    with pytest.raises(redis.ConnectionError):
        ask_redis("PING")
    assert tries == [1]  # there was nothing that could have been lost


def no_such_file():
    raise FileNotFoundError


def test_a_script_is_sent_again_to_a_redis_that_has_forgotten_it():
    script = RedisScript("return {KEYS[1], ARGV[1]}")
    assert script(["a"], [1]) == [b"a", b"1"]
    redis_client().script_flush()
    assert script(["b"], [2]) == [b"b", b"2"]
