import pytest

from shortener.links.rules import RULES_PER_LINK, InvalidRules, parse_rules

TARGET = {"url": "https://example.com/"}


def parse(*conditions, targets=(TARGET,)):
    return parse_rules([{"conditions": list(conditions), "targets": list(targets)}], lambda url: url)


def why(*conditions, **more):
    with pytest.raises(InvalidRules) as caught:
        parse(*conditions, **more)
    return str(caught.value)


def test_values_are_kept_as_they_are_compared():
    [rule] = parse(
        {"type": "country", "values": ["DE"]}, {"type": "language", "values": ["pt_BR"]},
        {"type": "referrer", "values": ["www.Example.org"]}, {"type": "address", "values": ["192.0.2.77/24"]},
        {"type": "browser", "values": [" Firefox "]}, {"type": "query", "name": "Src"},
        {"type": "between", "start": "2027-01-01T00:00:00+01:00"},
    )  # fmt: skip
    assert [condition.get("values") for condition in rule["conditions"]] == [
        ["de"], ["pt-br"], ["example.org"], ["192.0.2.0/24"], ["firefox"], [], None,
    ]  # fmt: skip
    assert rule["targets"] == [{"url": "https://example.com/", "weight": 1}]


def test_what_is_kept_means_the_same_when_it_is_read_again():
    kept = parse(
        {"type": "time", "start": "09:00", "end": "17:00", "zone": "Europe/Berlin"}, {"type": "bot", "value": True}
    )
    assert parse_rules(kept, lambda url: url) == kept


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"type": "planet", "values": ["mars"]}, "Rule 1: conditions.0: Input tag 'planet'"),
        ({"type": "country", "values": ["Germany"]}, "Rule 1: conditions.0.values.0: A country is two letters"),
        ({"type": "country", "values": []}, "Rule 1: conditions.0.values: List should have at least 1 item"),
        ({"type": "language", "values": ["german!"]}, "A language is a tag such as de"),
        ({"type": "address", "values": ["1.2.3"]}, "“1.2.3” is not an address or network"),
        ({"type": "time", "start": "9:00", "end": "25:00"}, "A time of day looks like 09:30."),
        ({"type": "time", "start": "09:00", "end": "10:00", "zone": "Mars"}, "“Mars” is not a time zone"),
        ({"type": "weekday", "values": [8]}, "less than or equal to 7"),
        ({"type": "between", "start": "2027-01-01T00:00:00"}, "timezone"),
        ({"type": "browser", "values": ["x" * 201]}, "A value has 1 to 200 characters."),
        ({"type": "bot", "value": True, "extra": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_named_with_its_place(condition, reason):
    assert reason in why(condition)


def test_destinations_are_checked():
    def refuse(url):
        raise ValueError("This is not a web address.")

    with pytest.raises(InvalidRules, match=r"Rule 1: This is not a web address\."):
        parse_rules([{"targets": [TARGET]}], refuse)


def test_limits():
    assert "targets: List should have at least 1 item" in why(targets=())
    assert "weight" in why(targets=[{**TARGET, "weight": 0}])
    with pytest.raises(InvalidRules, match="at most 50 rules"):
        parse_rules([{"targets": [TARGET]}] * (RULES_PER_LINK + 1), lambda url: url)


def test_what_is_not_a_rule_at_all():
    with pytest.raises(InvalidRules, match="Rule 2: Input should be"):
        parse_rules([{"targets": [TARGET]}, "nonsense"], lambda url: url)
