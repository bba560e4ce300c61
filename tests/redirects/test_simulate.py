"""Trying a link on a described visitor: the same outcome as a real visit, and the reasons."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from shortener.links.services import update_link
from shortener.redirects.simulate import Persona, simulate

pytestmark = pytest.mark.django_db
RULES = [
    {"conditions": [{"type": "device", "values": ["ios"]}, {"type": "country", "values": ["DE"]}],
     "targets": [{"url": "https://example.com/de-ios"}]},
    {"conditions": [{"type": "language", "values": ["fr"]}], "targets": [{"url": "https://example.com/fr"}]},
    {"conditions": [{"type": "referrer", "values": ["news.example"]}],
     "targets": [{"url": "https://example.com/a", "weight": 3}, {"url": "https://example.com/b"}]},
]  # fmt: skip


@pytest.fixture
def link(make_link):
    return make_link(rules=RULES)


@pytest.mark.parametrize(
    ("persona", "rule", "destination"),
    [
        (Persona(device="ios", country="de"), 1, "https://example.com/de-ios"),
        (Persona(device="ios", country="FR", language="fr-CA, en;q=0.5"), 2, "https://example.com/fr"),
        (Persona(language="en, fr;q=0.5"), None, "https://example.com/page"),
        (Persona(), None, "https://example.com/page"),
        (Persona(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605", country="DE"), 1,
         "https://example.com/de-ios"),
    ],
)  # fmt: skip
def test_the_first_rule_that_holds_decides(link, persona, rule, destination):
    tried = simulate(link, persona)
    assert (tried.rule, tried.destination, tried.status, tried.state) == (rule, destination, 302, "active")


def test_every_rule_says_why_it_did_not_hold(link):
    first, second, third = simulate(link, Persona(device="ios", country="FR")).outcomes
    assert [reason.holds for reason in first.reasons] == [True, False]
    assert first.reasons[1].words == "The country “FR” is not what the rule asks for."
    assert [reason.words for reason in second.reasons] == ["The visitor shows no language."]
    assert not any(outcome.decided for outcome in (first, second, third))


def test_rules_behind_the_one_that_decides_are_told_of_too(link):
    outcomes = simulate(link, Persona(device="ios", country="DE", language="fr")).outcomes
    assert [(outcome.holds, outcome.decided) for outcome in outcomes] == [(True, True), (True, False), (False, False)]


def test_a_split_shows_its_shares_and_the_visitors_own(link):
    persona = Persona(referrer="https://www.news.example/today", address="192.0.2.7")
    choices = simulate(link, persona).outcomes[2].choices
    assert [choice.percent for choice in choices] == [75, 25]
    [chosen] = [choice.url for choice in choices if choice.is_chosen]
    assert simulate(link, persona).destination == chosen


def test_times_are_tried_at_the_moment_asked_for(make_link):
    rule = {
        "conditions": [{"type": "time", "start": "09:00", "end": "17:00"}],
        "targets": [{"url": "https://x.example"}],
    }
    link = make_link(rules=[rule])
    noon = datetime(2027, 1, 4, 12, tzinfo=UTC)
    assert simulate(link, Persona(at=noon)).rule == 1
    late = simulate(link, Persona(at=noon + timedelta(hours=8)))
    assert (late.rule, late.outcomes[0].reasons[0].words) == (None, "The moment is outside the time.")


def test_other_rules_can_be_tried_without_keeping_them(link):
    other = [{"conditions": [], "targets": [{"url": "https://example.com/tried", "weight": 1}]}]
    assert simulate(link, Persona(), rules=other).destination == "https://example.com/tried"
    assert simulate(link, Persona(), rules=[]).destination == "https://example.com/page"
    assert simulate(link, Persona()).destination == "https://example.com/page"


def test_pages_for_phones_come_before_the_rules(link):
    link = update_link(link, changes={"ios_url": "https://apps.example/it", "android_url": "it://open"})
    on_ios = simulate(link, Persona(device="ios", country="DE"))
    assert (on_ios.rule, on_ios.destination) == (None, "https://apps.example/it")
    assert [outcome.number for outcome in on_ios.outcomes] == [None, 1, 2, 3]
    assert list(simulate(link, Persona(device="android")).before) == ["app"]


def test_what_is_forwarded_is_shown(make_link):
    link = make_link(forward_query="merge", forward_path=True, utm={"source": "mail"})
    tried = simulate(link, Persona(query="?a=1", path="more"))
    assert tried.destination == "https://example.com/page/more?utm_source=mail&a=1"


def test_a_path_leads_nowhere_unless_it_is_forwarded(link):
    tried = simulate(link, Persona(path="/more"))
    assert (tried.destination, tried.status) == ("", 404)


def test_what_comes_first_is_listed(make_link):
    assert list(simulate(make_link(password="open sesame", notice=True), Persona()).before) == ["password", "notice"]


def test_a_link_that_has_ended_leads_where_its_end_does(make_link):
    past = timezone.now() - timedelta(days=1)
    over = simulate(make_link(active_until=past), Persona())
    assert (over.state, over.destination, over.status, over.outcomes) == ("expired", "", 410, ())
    elsewhere = simulate(make_link(active_until=past, expired_url="https://example.com/over"), Persona())
    assert (elsewhere.destination, elsewhere.status) == ("https://example.com/over", 302)
    assert simulate(make_link(active_until=past), Persona(at=past - timedelta(hours=1))).state == "active"
