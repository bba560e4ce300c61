import pytest

from shortener.infra.rate_plans import KINDS, parse_plans


def test_what_is_left_out_is_as_it_comes():
    plans = parse_plans('{"pro": {"key": {"create": "5000/minute"}}}')
    assert plans.of("pro").key.create == "5000/minute"
    assert plans.of("pro").key.read == plans.of("standard").key.read == "3000/minute"
    assert plans.anonymous.create == "30/hour"


def test_every_kind_has_rates_without_any_setting():
    plan = parse_plans("").of("standard")
    assert all(getattr(plan.key, kind) and getattr(plan.workspace, kind) for kind in KINDS)


def test_a_plan_that_is_not_there_is_the_standard_one():
    plans = parse_plans('{"standard": {"key": {"read": "7/minute"}}}')
    assert plans.of("gone").key.read == "7/minute"


def test_no_rate_is_no_limit():
    assert parse_plans('{"standard": {"key": {"read": ""}}}').of("standard").key.read == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "EOF"),
        ("[]", "object"),
        ('{"standard": 7}', "standard"),
        ('{"standard": {"key": {"read": "often"}}}', "standard.key.read: “often” is not a rate"),
        ('{"standard": {"key": {"read": "0/minute"}}}', "at least 1"),
        ('{"standard": {"key": {"read": "1/year"}}}', "at most a day"),
        ('{"standard": {"key": {"fly": "1/minute"}}}', "standard.key.fly"),
        ('{"Pro!": {}}', "Pro!"),
        ('{"anonymous": {"create": 5}}', "create"),
    ],
)
def test_mistakes_are_named_with_their_place(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_plans(text)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ValueError, match=r"a\.key\.read.*b\.workspace\.bulk"):
        parse_plans('{"a": {"key": {"read": "x"}}, "b": {"workspace": {"bulk": "y"}}}')
