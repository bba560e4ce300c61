from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from shortener.accounts.models import AuditEvent, User
from shortener.accounts.services import personal_workspace
from shortener.clicks.models import Click, Kind, Visitor
from shortener.clicks.partitions import partition_name
from shortener.clicks.seeding import history as history_module
from shortener.clicks.seeding.history import History, clicks_by_day, write_history
from shortener.clicks.stats import totals_of
from shortener.infra.stores import autonomous_connection
from shortener.links.models import Link
from shortener.links.queries import links_in, search
from tests.clicks.agreeing import assert_rollups_agree
from tests.clicks.writing import click, send

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime.now(UTC).replace(hour=12, minute=7)


@pytest.fixture
def admin(stores):
    yield User.objects.create_superuser("admin@example.org", "correct horse battery")
    drop_partitions_of_the_past()


def drop_partitions_of_the_past():
    with autonomous_connection() as connection:
        for age in range(40):
            connection.execute(f"DROP TABLE IF EXISTS {partition_name(NOON.date() - timedelta(age))}")


def seed(*words):
    out = StringIO()
    call_command("seed", *words, stdout=out)
    return out.getvalue()


def test_made_up_clicks_agree_with_the_rollups_to_the_last_one(admin, ingest):
    seed("--links", "8", "--days", "3")
    links = list(Link.objects.values_list("pk", flat=True))
    send(click(links[0]), click(links[1]))  # real ones, before
    ingest()
    with autonomous_connection() as connection:
        write_history(connection, History(links, 4_000, 3, NOON))
    send(click(links[0], peer="203.0.113.77"))  # and after
    ingest()
    assert Click.objects.count() == 4_003
    assert_rollups_agree()


def test_clicks_look_like_those_of_people(admin):
    seed("--links", "5", "--days", "20")
    with autonomous_connection() as connection:
        write_history(connection, History(list(Link.objects.values_list("pk", flat=True)), 3_000, 20, NOON))
    kinds = list(Click.objects.values_list("kind", flat=True))
    assert 0.8 < kinds.count(Kind.HUMAN) / len(kinds) < 0.95
    assert set(kinds) == set(Kind.values)
    by_hour = [0] * 24
    for at in Click.objects.filter(country="GB").values_list("clicked_at", flat=True):
        by_hour[at.hour] += 1
    assert sum(by_hour[9:21]) > 3 * sum(by_hour[:6])
    assert Click.objects.filter(os="iOS", browser="Mobile Safari").exists()
    assert not Click.objects.filter(os="iOS", browser="Firefox").exists()
    assert not Click.objects.filter(clicked_at__gt=NOON).exists()


def test_the_first_links_get_the_most(admin):
    seed("--links", "10", "--clicks", "2000", "--over", "4", "--days", "5")
    newest = list(Link.objects.order_by("-created_at", "-id").values_list("pk", flat=True))
    clicks = [found.clicks for found in totals_of(newest).values()]
    assert clicks[0] > clicks[3] > 0
    assert clicks[4:] == [0] * 6


def test_all_clicks_can_be_on_one_link(admin):
    seed("--links", "2", "--days", "2")
    link = Link.objects.earliest("id")
    assert "500 clicks" in seed("--clicks", "500", "--link", link.public_id, "--days", "2")
    assert set(Click.objects.values_list("link_id", flat=True)) == {link.pk}


def test_the_visitors_of_a_day_that_is_not_over_are_kept(admin):
    seed("--links", "1")
    link = Link.objects.get()
    with autonomous_connection() as connection:
        write_history(connection, History([link.pk], 400, 4, NOON))
    days = set(Visitor.objects.values_list("day", flat=True))
    assert days == {NOON.date(), NOON.date() - timedelta(1)}


def test_the_same_seed_draws_the_same_days():
    import random

    plan = History([1], 10_000, 30, NOON)
    first, second = (clicks_by_day(plan, random.Random(5)) for _ in range(2))
    assert first == second
    assert sum(clicks for _, clicks in first) == 10_000
    assert len(first) == 30


def test_links_are_many_at_a_time_and_can_be_found(admin, monkeypatch):
    monkeypatch.setattr("shortener.links.seeding.AT_ONCE", 7)
    seed("--links", "20", "--days", "10")
    links = links_in(personal_workspace(admin))
    assert links.count() == len({link.slug for link in links}) == 20
    assert search(links, tag="spring").count() < 20
    assert [link.created_at for link in links] == sorted((link.created_at for link in links), reverse=True)
    assert AuditEvent.objects.filter(action="link.seeded", actor=admin).count() == 3


def test_two_runs_add_up(admin):
    seed("--links", "2", "--clicks", "300", "--days", "2")
    seed("--clicks", "300", "--days", "2")
    assert Click.objects.count() == 600
    assert_rollups_agree()


def test_production_is_left_alone(admin, settings):
    settings.IS_LOCAL = False
    with pytest.raises(CommandError, match="production"):
        seed("--links", "1")
    assert not Link.objects.exists()
    seed("--links", "1", "--yes")
    assert Link.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--clicks", "5"], "has no links yet"),
        (["--clicks", "5", "--link", "link_nothing"], "has no such link"),
        (["--links", "1", "--workspace", "nobody"], "Name a workspace"),
        (["--links", "1", "--days", "5000"], "kept for 400 days"),
        (["--links", "many"], "not a whole number"),
    ],
)
def test_mistakes_are_named(admin, words, message):
    with pytest.raises(CommandError, match=message):
        seed(*words)


def test_a_rollup_that_was_added_up_wrongly_would_be_noticed(admin, monkeypatch):
    """The comparison these tests rest on."""
    monkeypatch.setattr(history_module, "OF_A_DAY", history_module.OF_A_DAY[:-1])
    seed("--links", "1", "--clicks", "100", "--days", "2")
    with pytest.raises(AssertionError):
        assert_rollups_agree()
