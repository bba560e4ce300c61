import pytest
from hypothesis import given, strategies

from shortener.redirects.plan import FORMAT, UNKNOWN, Details, RedirectPlan, Rule, cache_key, pack, redis_key, unpack

plans = strategies.builds(
    RedirectPlan,
    link_id=strategies.integers(0, 2**63 - 1),
    version=strategies.integers(0, 2**53),
    status=strategies.sampled_from([301, 302, 307, 308]),
    location=strategies.text(max_size=100),
    extra=strategies.none()
    | strategies.builds(
        Details,
        active_from=strategies.floats(0, 1e11),
        active_until=strategies.floats(0, 1e11),
        click_limit=strategies.integers(0, 2**62),
        gone=strategies.sampled_from(["", "archived", "deleted", "disabled", "exhausted"]),
        forward=strategies.sampled_from(["", "merge", "override"]),
        rules=strategies.lists(
            strategies.builds(
                Rule,
                conditions=strategies.lists(strategies.tuples(strategies.text(max_size=5), strategies.booleans())).map(
                    tuple
                ),
                targets=strategies.lists(strategies.tuples(strategies.integers(1, 9), strategies.text(max_size=9))).map(
                    tuple
                ),
            ),
            max_size=3,
        ).map(tuple),
    ),
)


@given(plans)
def test_a_plan_survives_the_way_through_redis(plan):
    assert unpack(pack(plan)) == plan


@given(plans, plans)
def test_versions_compare_as_text_in_front_of_the_plan(one, other):
    assert (pack(one)[:16] < pack(other)[:16]) == (one.version < other.version)


def test_keys():
    assert cache_key(7, "abc") == b"7/abc"
    assert redis_key(b"7/abc") == b"plan:%d:{7/abc}" % FORMAT


def test_an_unknown_slug_is_older_than_every_link():
    assert UNKNOWN.version < 1


def test_nobody_changes_a_plan():
    with pytest.raises(AttributeError):
        UNKNOWN.status = 200
