"""Budgets: never more than the quota in any window, whoever counts."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time

import pytest
import redis

from shortener.infra import rate_limits, stores
from shortener.infra.rate_limits import Budget, RateLimit, spend
from tests.servers import wait_until

pytestmark = pytest.mark.usefixtures("redis_empty")


@pytest.fixture
def without_redis(monkeypatch):
    rate_limits._memory.cache_clear()
    nobody = redis.Redis(connection_pool=redis.ConnectionPool.from_url("unix:///nowhere/v.sock"))
    monkeypatch.setattr(stores, "redis_client", lambda: nobody)
    monkeypatch.setattr(stores._own, "connection", None)
    yield
    rate_limits._away.until = 0


@pytest.fixture(params=["with Redis", "without Redis"])
def either_way(request):
    if request.param == "without Redis":
        request.getfixturevalue("without_redis")


def budget(rate="3/minute", name="read", who="key-1"):
    return Budget(name, rate, who, "workspace-1")


def is_spent(*budgets, cost=1):
    return any(standing.is_spent for standing in spend(budgets, cost))


@pytest.mark.usefixtures("either_way")
class TestBudget:
    def test_is_spent_one_by_one(self):
        left = [spend([budget()])[0].remaining for _ in range(3)]
        assert left == [2, 1, 0]
        [refused] = spend([budget()])
        assert (refused.is_spent, refused.remaining, refused.quota, refused.window) == (True, 0, 3, 60)
        assert 0 < refused.reset <= 65

    def test_can_be_spent_in_larger_parts(self):
        assert spend([budget()], 2)[0].remaining == 1
        assert is_spent(budget(), cost=2)
        assert not is_spent(budget())

    def test_is_untouched_by_looking(self):
        spend([budget()])
        assert [spend([budget()], 0)[0].remaining for _ in range(3)] == [2, 2, 2]
        spend([budget()], 2)
        assert not is_spent(budget(), cost=0)

    def test_is_spent_together_with_others_or_not_at_all(self):
        small, large = budget(), budget("10/minute", "all", "workspace-1")
        for _ in range(5):
            spend([small, large])
        assert [standing.remaining for standing in spend([small, large], 0)] == [0, 7]
        assert [standing.is_spent for standing in spend([small, large])] == [True, False]

    def test_is_each_ones_own(self):
        spend([budget()], 3)
        assert not is_spent(budget(who="key-2"))
        assert not is_spent(budget(name="create"))

    def test_that_is_smaller_than_the_cost_stays_spent(self):
        assert is_spent(budget(), cost=4)
        assert not is_spent(budget(), cost=3)

    def test_is_exact_among_threads(self):
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: is_spent(budget("100/hour")), range(400)))
        assert answers.count(False) == 100

    def test_comes_back_no_sooner_than_its_window_and_when_it_says(self):
        one = budget("2/second")
        begun = monotonic()
        assert [is_spent(one) for _ in range(3)] == [False, False, True]
        wait_until(lambda: not is_spent(one), what="the return of the budget")
        assert monotonic() - begun >= 1


def test_a_window_slides():
    """What was spent late in a window counts when the next one would have begun."""
    one = budget("4/second")
    passed = []
    end = time() + 2.5
    while time() < end:
        before = time()
        if not is_spent(one):
            passed.append((before, time()))
    assert len(passed) >= 8
    assert all(later[1] - earlier[0] >= 1 for earlier, later in zip(passed, passed[4:], strict=False))


def test_no_budgets_are_never_spent():
    assert spend([]) == []


def test_all_budgets_of_a_request_take_one_round_trip(redis_empty, monkeypatch):
    spend([budget()])  # loads the script
    before = redis_empty.info("commandstats")["cmdstat_evalsha"]["calls"]
    sent = []
    real = redis.connection.AbstractConnection.send_packed_command
    monkeypatch.setattr(
        redis.connection.AbstractConnection, "send_packed_command",
        lambda self, *words, **more: (sent.append(words), real(self, *words, **more))[1],
    )  # fmt: skip
    spend([budget(), budget("9/minute", "all", "workspace-1")])
    assert len(sent) == 1
    assert redis_empty.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1


def test_what_is_over_takes_no_room_in_redis(redis_empty):
    spend([budget("2/second")])
    wait_until(lambda: not redis_empty.keys("rate:*"), what="the end of the budget")


def test_redis_is_left_alone_for_a_second_after_it_failed(without_redis, caplog):
    for _ in range(20):
        spend([budget("100/minute")])
    assert len([record for record in caplog.records if "by each process for itself" in record.message]) == 1


def test_what_pages_limit_is_counted_by_name_and_visitor():
    limit = RateLimit("report", "2/hour")
    assert [limit.allows(7, "203.0.113.9") for _ in range(3)] == [True, True, False]
    assert limit.allows(8, "203.0.113.9")
