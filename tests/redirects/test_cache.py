from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shortener.redirects.answers import Answer
from shortener.redirects.cache import OVERHEAD, Entry, PlanCache
from shortener.redirects.plan import RedirectPlan

ANSWER = Answer(302, ())


def entry(expires=100.0, location="x"):
    return Entry(RedirectPlan(1, 1, 302, location), ANSWER, expires, counts_for=1, is_open=True)


def cache(entries=3, size=10**9):
    return PlanCache(entries, size)


def test_an_entry_is_found_until_it_expires():
    held, one = cache(), entry(expires=100)
    held.put(b"a", one)
    assert held.get(b"a", 99.9) is one
    assert held.get(b"a", 100) is None
    assert held.get_stale(b"a") is one


def test_the_least_recently_used_entry_goes_first():
    held = cache(2)
    held.put(b"a", entry())
    held.put(b"b", entry())
    held.get(b"a", 0)
    held.put(b"c", entry())
    assert [held.get(key, 0) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


def test_bytes_are_bounded_too():
    held = cache(100, 3 * (OVERHEAD + 1000))
    for number in range(10):
        held.put(b"%d" % number, entry(location="x" * 1000))
    assert len(held) == 3


def test_what_is_dropped_is_not_even_stale():
    held = cache()
    held.put(b"a", entry())
    held.drop(b"a")
    assert held.get_stale(b"a") is None


def test_distrusted_entries_are_stale_until_they_are_looked_up_again():
    held, new = cache(), entry()
    held.put(b"a", entry())
    held.distrust()
    assert held.get(b"a", 0) is None
    assert held.get_stale(b"a") is not None
    held.put(b"a", new)
    assert held.get(b"a", 0) is new


def test_distrusting_an_empty_cache_keeps_what_is_stale():
    held = cache()
    held.put(b"a", entry())
    held.distrust()
    held.distrust()
    assert held.get_stale(b"a") is not None


class CacheMachine(RuleBasedStateMachine):
    """Whatever happens, the bounds hold and the sum of bytes is right."""

    def __init__(self):
        super().__init__()
        self.cache = PlanCache(4, 5 * OVERHEAD)

    keys = strategies.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f"])

    @rule(key=keys, length=strategies.integers(0, 800))
    def put(self, key, length):
        self.cache.put(key, entry(location="x" * length))

    @rule(key=keys)
    def get(self, key):
        self.cache.get(key, 0)

    @rule(key=keys)
    def drop(self, key):
        self.cache.drop(key)
        assert self.cache.get_stale(key) is None

    @rule()
    def distrust(self):
        self.cache.distrust()

    @invariant()
    def bounded(self):
        sizes = [held.size for held in self.cache._entries.values()]
        assert self.cache._bytes == sum(sizes) <= 5 * OVERHEAD
        assert len(self.cache) + len(self.cache._stale) <= 8


TestCache = CacheMachine.TestCase
TestCache.settings = settings(max_examples=50, stateful_step_count=30)
