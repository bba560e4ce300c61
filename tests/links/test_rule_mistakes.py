import pytest

from shortener.links.rule_mistakes import Mistake, mistakes_in
from shortener.links.rules import RULES_PER_LINK, InvalidRules, parse_rules

TARGET = {"url": "https://example.com/"}


def only_https(url):
    if not url.startswith("https:"):
        raise ValueError("Not that one.")
    return url


def found(*conditions, targets=(TARGET,)):
    return mistakes_in([{"conditions": list(conditions), "targets": list(targets)}], only_https)


def test_right_rules_have_none():
    assert found({"type": "country", "values": ["DE"]}, {"type": "bot", "value": False}) == []


def test_each_is_told_at_its_place():
    rules = [
        {"targets": [TARGET]},
        {
            "conditions": [{"type": "country", "values": ["DE", "Germany"]}, {"type": "weekday", "values": []}],
            "targets": [{"url": "ftp:x"}, {"url": "https://example.com/", "weight": 0}],
        },
    ]
    assert mistakes_in(rules, only_https) == [
        Mistake(1, "conditions", 0, "values", "A country is two letters, such as DE (ISO 3166-1)."),
        Mistake(1, "conditions", 1, "values", "Give at least one."),
        Mistake(1, "targets", 1, "weight", "A weight is a whole number from 1 to 1000."),
        Mistake(1, "targets", 0, "url", "Not that one."),
    ]


@pytest.mark.parametrize(
    ("condition", "field", "reason"),
    [
        ({"type": "device", "values": ["toaster"]}, "values", "Choose among what is offered."),
        ({"type": "moon"}, "", "There is no such kind of condition."),
        ({"type": "query"}, "name", "This is missing."),
        ({"type": "query", "name": ""}, "name", "This is missing."),
        ({"type": "between", "start": "soon"}, "start", "Give a date and a time of day."),
        ({"type": "between", "end": "2027-01-01T00:00"}, "end", "A moment needs a time zone"),
        ({"type": "time", "start": "9", "end": "10:00"}, "start", "A time of day looks like 09:30."),
        ({"type": "bot", "value": "maybe"}, "value", "Choose yes or no."),
    ],
)
def test_the_words_are_for_people(condition, field, reason):
    [mistake] = found(condition)
    assert (mistake.rule, mistake.part, mistake.number, mistake.field) == (0, "conditions", 0, field)
    assert mistake.reason.startswith(reason)


def test_a_mistake_that_many_values_share_is_told_once():
    assert len(found({"type": "country", "values": ["Germany", "Austria"]})) == 1


def test_a_rule_needs_a_destination():
    assert found(targets=()) == [Mistake(0, "targets", None, "", "A rule needs a destination.")]


def test_there_are_at_most_so_many_rules():
    [mistake] = mistakes_in([{"targets": [TARGET]}] * (RULES_PER_LINK + 1), only_https)
    assert mistake.rule is None
    assert str(RULES_PER_LINK) in mistake.reason


@pytest.mark.parametrize(
    "rules", [["text"], [{"targets": "text"}], [{"targets": ["text"]}], [{"targets": [{"url": 5}]}]]
)
def test_what_is_no_rule_at_all_is_a_mistake(rules):
    assert mistakes_in(rules, only_https)
    with pytest.raises(InvalidRules):
        parse_rules(rules, only_https)
