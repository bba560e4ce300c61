import pytest

from shortener.accounts.actors import SYSTEM, Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.moderation import close_reports, disable_link, enable_link
from shortener.links.queries import link_at, state
from shortener.links.services import report_link, update_link

pytestmark = pytest.mark.django_db


def test_a_disabled_link_is_found_by_nobody_and_nobody_can_edit_it_back(make_link, owner):
    link = disable_link(make_link(), "  It asks for passwords. ", by=Actor(Via.ADMIN, owner))
    assert state(link) == "disabled"
    assert link.disabled_reason == "It asks for passwords."
    with pytest.raises(LinkError):
        update_link(link, changes={"disabled_at": None})
    assert state(update_link(link, changes={"archived": False, "title": "harmless"})) == "disabled"
    with pytest.raises(LinkNotFound):
        link_at(link.domain.host, link.slug)


def test_enabling_brings_it_back(make_link):
    link = enable_link(disable_link(make_link(), "By mistake", by=SYSTEM), by=SYSTEM)
    assert (state(link), link.disabled_reason) == ("active", "")
    assert link_at(link.domain.host, link.slug) == link


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\x00b"])
def test_a_reason_is_needed(make_link, reason):
    link = make_link()
    with pytest.raises(LinkError) as refused:
        disable_link(link, reason, by=SYSTEM)
    assert list(refused.value.errors) == ["reason"]
    link.refresh_from_db()
    assert link.disabled_at is None


def test_every_step_is_in_the_trail(make_link, owner):
    by = Actor(Via.ADMIN, owner)
    link = disable_link(make_link(), "Spam", by=by)
    disable_link(link, "Spam and worse", by=by)
    enable_link(link, by=by)
    enable_link(link, by=by)  # it is on already
    events = AuditEvent.objects.filter(target_id=link.public_id).order_by("id")
    assert [(event.action, event.changes) for event in events][1:] == [
        ("link.disabled", {"disabled_reason": ["", "Spam"]}),
        ("link.disabled", {"disabled_reason": ["Spam", "Spam and worse"]}),
        ("link.enabled", {"disabled_reason": ["Spam and worse", ""]}),
    ]


def test_disabling_closes_the_reports(make_link):
    link, other = make_link(), make_link()
    reports = [report_link(link, "phishing"), report_link(link, "spam")]
    untouched = report_link(other, "spam")
    disable_link(link, "Phishing", by=SYSTEM)
    for report in (*reports, untouched):
        report.refresh_from_db()
    assert [report.closed_at is not None for report in (*reports, untouched)] == [True, True, False]


def test_reports_are_closed_once(make_link):
    report = report_link(make_link(), "spam")
    assert close_reports([report], by=SYSTEM) == 1
    assert close_reports([report], by=SYSTEM) == 0
    assert AuditEvent.objects.filter(action="report.closed").count() == 1
