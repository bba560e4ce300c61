from datetime import UTC, datetime, timedelta

import pytest

from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks
from shortener.links.models import LinkUse
from shortener.links.services import delete_link
from shortener.web.views.stats import BREAKDOWNS
from tests.web.reading import Read

pytestmark = pytest.mark.django_db


def today():
    return datetime.now(UTC).date()


@pytest.fixture
def link(make_link):
    return make_link("https://münchen.example/", slug="town", title="Town", tags=["travel"])


@pytest.fixture
def show(signed_in, link):
    """The page, as text."""
    return lambda **asked: Read(signed_in.get(f"/app/links/{link.public_id}/", asked))


@pytest.fixture
def clicks(link):
    """Yesterday's."""
    yesterday = today() - timedelta(days=1)
    DailyClicks.objects.create(scope=0, scope_id=link.pk, day=yesterday, slot=0, clicks=1200, visitors=900, bots=31)
    DailyClicks.objects.create(
        scope=0, scope_id=link.pk, day=today() - timedelta(days=40), slot=0, clicks=5000, visitors=1
    )
    values = {
        Dimension.REFERRER: {"": 700, "example.net": 500},
        Dimension.COUNTRY: {"DE": 1200},
        Dimension.DEVICE: {"mobile": 1200},
        Dimension.LANGUAGE: {"de": 1100, "": 100},
    }
    for dimension, parts in values.items():
        for value, count in parts.items():
            DimensionClicks.objects.create(
                scope=0, scope_id=link.pk, dimension=dimension, day=yesterday, value=value, slot=0, clicks=count
            )


@pytest.mark.parametrize("path", ["", "qr", "qr.svg", "edit", "delete"])
def test_a_visitor_is_asked_to_sign_in(client, link, path):
    address = f"/app/links/{link.public_id}/{path}"
    assert client.get(address).url == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("path", ["", "qr", "qr.svg", "edit", "delete"])
def test_a_link_of_others_does_not_exist(intruder, link, path):
    assert intruder.get(f"/app/links/{link.public_id}/{path}").status_code == 404


@pytest.mark.parametrize("nonsense", ["link_", "42", "%00"])
def test_nonsense_does_not_exist(signed_in, nonsense):
    assert signed_in.get(f"/app/links/{nonsense}/").status_code == 404


def test_a_deleted_link_does_not_exist(signed_in, link):
    delete_link(link)
    assert signed_in.get(f"/app/links/{link.public_id}/").status_code == 404


def test_it_says_what_the_link_is(show):
    page = show()
    assert page.all("a", href="http://127.0.0.1:8000/town")
    assert page.all("button", **{"data-copy": "http://127.0.0.1:8000/town"})
    for text in ("https://münchen.example/", "Town", "travel", "Active"):
        assert text in page.text


def test_it_says_how_much_of_a_limit_is_used(signed_in, make_link):
    link = make_link(click_limit=2000)
    LinkUse.objects.create(link=link, used=1500)
    assert "1,500 of 2,000 clicks used" in Read(signed_in.get(f"/app/links/{link.public_id}/")).text


@pytest.mark.usefixtures("clicks")
def test_it_counts_people_visitors_and_bots(show):
    assert "Clicks 1,200 Visitors 900 Bots 31" in show().text


@pytest.mark.usefixtures("clicks")
def test_the_range_can_be_chosen(show):
    assert "Clicks 6,200" in show(days="90").text
    assert "The last 7 days" in show(days="7").text


@pytest.mark.parametrize("nonsense", ["", "0", "31", "x", "1e9"])
def test_a_range_that_is_not_offered_is_thirty_days(show, nonsense):
    assert "The last 30 days" in show(days=nonsense).text


@pytest.mark.usefixtures("clicks")
def test_the_chart_can_be_read_without_seeing_it(show):
    page = show()
    [chart] = page.all("svg", role="img")
    assert chart["aria-labelledby"] == "chart-title chart-about"
    assert page.element("chart-title") == "Clicks and visitors by day"
    assert "1,200 clicks by 900 visitors in 30 days" in page.element("chart-about")
    day = today() - timedelta(days=1)
    assert f"{day.day} {day:%b %Y} 1,200 900 31" in page.text  # the table


@pytest.mark.usefixtures("clicks")
def test_breakdowns_name_what_they_can(show):
    page = show()
    assert "Direct or unknown 58 % 700" in page.text.replace("\u202f", " ")
    assert "example.net 42 % 500" in page.text.replace("\u202f", " ")
    assert "Mobile 100 % 1,200" in page.text.replace("\u202f", " ")
    assert page.all("span", **{"data-name-of": "region"})  # the browser knows what DE is called
    assert len(page.all("span", **{"data-name-of": "language"})) == 1  # but not what the unknown is


def test_a_link_that_nobody_followed_says_so(show):
    page = show()
    assert "Clicks 0 Visitors 0 Bots 0" in page.text
    assert page.text.count("No clicks in these days.") == len(BREAKDOWNS)


def test_the_qr_code_can_be_downloaded(signed_in, link):
    answer = signed_in.get(f"/app/links/{link.public_id}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Disposition"] == 'attachment; filename="town.svg"'
    assert answer.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')


@pytest.mark.usefixtures("clicks")
def test_it_takes_few_queries(signed_in, link, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        signed_in.get(f"/app/links/{link.public_id}/")
