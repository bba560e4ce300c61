from datetime import UTC, datetime

import pytest

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent, Member
from shortener.links.history import history_of
from shortener.links.models import Link
from shortener.links.services import password_opens, update_link
from shortener.web.history_words import lines_of
from shortener.web.views.link.history import EVENTS_PER_PAGE
from tests.web.reading import Read

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(make_link):
    return make_link("https://example.com/first", title="First")


@pytest.fixture
def path(link):
    return f"/app/links/{link.public_id}/history"


def restore(browser, path, event):
    return browser.post(f"{path}/{event.pk}/restore", follow=True)


def test_it_says_who_changed_what_and_when(signed_in, link, path, owner, api_key):
    update_link(link, changes={"title": "Second", "click_limit": 12345}, by=Actor(Via.FORM, owner))
    update_link(link, changes={"url": "https://münchen.example/"}, by=Actor(Via.API, None, api_key[0]))
    text = Read(signed_in.get(path)).text
    assert "owner@example.org, on the site" in text
    assert "Title Before: First After: Second" in text
    assert "Click limit Before: nothing After: 12,345" in text
    assert "tests, with the key “tests”" in text
    assert "After: https://münchen.example/" in text


def test_times_are_the_readers(signed_in, path, owner):
    AuditEvent.objects.update(at=datetime(2027, 7, 1, 10, 0, tzinfo=UTC))
    owner.time_zone = "Europe/Berlin"
    owner.save()
    assert "1 Jul 2027, 12:00" in Read(signed_in.get(path)).text


def test_it_says_who_acted_in_the_name_of_somebody(signed_in, link, path, owner, stranger):
    update_link(link, changes={"title": "Second"}, by=Actor(Via.FORM, owner, impersonator=stranger))
    assert "in their name by stranger@example.org" in Read(signed_in.get(path)).text


def test_an_earlier_version_comes_back(signed_in, link, path):
    update_link(link, changes={"title": "Second"})
    answer = restore(signed_in, path, history_of(link).last())
    assert "Restored: Title." in Read(answer).text
    assert "Restored an earlier version" in Read(answer).text
    assert Link.objects.get().title == "First"


def test_a_password_is_never_told_and_does_not_come_back(signed_in, link, path):
    update_link(link, changes={"password": "open sesame", "title": "Second"})
    page = Read(signed_in.get(path))
    assert "Password changed; what it was or is, is kept nowhere" in page.text
    assert Link.objects.get().password_hash not in page.html
    text = Read(restore(signed_in, path, history_of(link).last())).text
    assert "A password is kept in no history: it stays as it is now." in text
    assert password_opens(Link.objects.get(), "open sesame")


def test_the_newest_version_needs_no_restoring(signed_in, link, path):
    update_link(link, changes={"title": "Second"})
    buttons = [found for found in Read(signed_in.get(path)).all("form") if "/restore" in found.get("action", "")]
    assert [found["action"] for found in buttons] == [f"{path}/{history_of(link).last().pk}/restore"]
    assert "The link is as it was then already." in Read(restore(signed_in, path, history_of(link)[0])).text


def test_a_value_that_is_not_allowed_any_more_is_told(signed_in, link, path):
    update_link(link, changes={"url": "https://example.com/second"})
    newest = history_of(link)[0]
    AuditEvent.objects.filter(pk=newest.pk).update(
        changes={"destination": ["javascript:x", "https://example.com/second"]}
    )
    text = Read(restore(signed_in, path, history_of(link).last())).text
    assert "Destination: Addresses that begin with javascript:" in text
    assert Link.objects.get().destination == "https://example.com/second"


def test_a_viewer_reads_it_and_restores_nothing(intruder, stranger, workspace, link, path):
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.VIEWER)
    update_link(link, changes={"title": "Second"})
    assert "/restore" not in Read(intruder.get(path)).html
    assert restore(intruder, path, history_of(link).last()).status_code == 403
    assert Link.objects.get().title == "Second"


def test_that_of_others_does_not_exist(intruder, link, path):
    assert intruder.get(path).status_code == 404
    assert restore(intruder, path, history_of(link).last()).status_code == 404


def test_an_event_of_another_link_is_none_of_this_one(signed_in, path, make_link):
    assert restore(signed_in, path, history_of(make_link()).last()).status_code == 404


def test_long_histories_have_pages(signed_in, link, path, django_assert_max_num_queries):
    for number in range(EVENTS_PER_PAGE + 2):
        update_link(link, changes={"title": f"Title {number}"})
    with django_assert_max_num_queries(15):
        page = Read(signed_in.get(path))
    assert f"Title {EVENTS_PER_PAGE + 1}" in page.text
    [older] = [found["href"] for found in page.all("a") if found.get("href", "").startswith("?before=")]
    rest = Read(signed_in.get(f"{path}{older}")).text
    assert "Made the link" in rest
    assert "After: Title 1 " in rest
    assert "Title 2 " not in rest
    assert signed_in.get(f"{path}?before=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("column", "value", "lines"),
    [
        ("active_until", "2031-05-06T07:08:09+00:00", ["6 May 2031, 07:08 UTC"]),
        ("status", 308, ["308 Permanent redirect"]),
        ("forward_query", "merge", ["Add them"]),
        ("notice", True, ["yes"]),
        ("tags", ["a", "b"], ["a, b"]),
        ("utm", {"utm_source": "news"}, ["source: news"]),
        (
            "rules",
            [{"conditions": [], "targets": [{"url": "https://example.com/", "weight": 1}]}],
            ["Everybody → https://example.com/"],
        ),
        ("rules", [{"of": "another version"}], ["[{'of': 'another version'}]"]),
        ("status", 299, ["299"]),
        ("title", "", []),
        ("tags", [], []),
    ],
)
def test_values_are_told_in_words(column, value, lines):
    assert lines_of(column, value) == lines
