from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from shortener.clicks.periods import WrongPeriod, last_days, period_of

NOW = datetime(2027, 3, 10, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_days_are_those_of_the_zone():
    period = last_days(2, BERLIN, NOW)  # in Berlin it is the 11th already
    assert (period.first_day, period.last_day) == (date(2027, 3, 10), date(2027, 3, 11))
    assert period.start == datetime(2027, 3, 10, tzinfo=BERLIN)
    assert period.end == datetime(2027, 3, 12, tzinfo=BERLIN)


def test_a_date_at_the_end_is_a_whole_day():
    period = period_of(start=date(2027, 1, 1), end=date(2027, 1, 31), time_zone="Europe/Berlin")
    assert period.days == 31
    assert period.end == datetime(2027, 2, 1, tzinfo=BERLIN)


def test_moments_are_brought_to_quarters_of_an_hour():
    period = period_of(start=datetime(2027, 1, 1, 10, 7, tzinfo=UTC), end=datetime(2027, 1, 1, 11, 1, tzinfo=UTC))
    assert (period.start.minute, period.end.minute) == (0, 15)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 6, 1), 24)]
)  # Berlin's clocks change
def test_a_day_has_the_hours_that_it_has(day, hours):
    assert len(period_of(start=day, end=day, interval="hour", time_zone="Europe/Berlin").intervals()) == hours


def test_weeks_begin_on_monday_and_months_on_the_first():
    weeks = period_of(start=date(2027, 1, 1), end=date(2027, 1, 12), interval="week")
    assert weeks.intervals() == [date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 11)]
    months = period_of(start=date(2026, 11, 15), end=date(2027, 1, 2), interval="month")
    assert months.intervals() == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(("days", "interval"), [(1, "hour"), (3, "hour"), (30, "day"), (200, "week"), (900, "month")])
def test_an_interval_that_suits_is_chosen(days, interval):
    assert period_of(days=days, now=NOW).interval == interval


def test_the_period_before_has_the_same_days_across_a_change_of_clocks():
    period = period_of(start=date(2027, 3, 27), end=date(2027, 3, 29), time_zone="Europe/Berlin")
    assert (period.previous.first_day, period.previous.last_day) == (date(2027, 3, 24), date(2027, 3, 26))
    moments = period_of(start=datetime(2027, 1, 1, 10, tzinfo=UTC), end=datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert moments.previous.start == datetime(2027, 1, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("end", {"start": date(2027, 1, 2), "end": date(2027, 1, 1)}),
        ("start", {"start": date(1999, 1, 2)}),
        ("start", {"start": date.min}),
        ("end", {"start": date(2027, 1, 1), "end": date.max}),
        ("interval", {"interval": "second"}),
        ("interval", {"days": 400, "interval": "hour"}),
        ("time_zone", {"time_zone": "Europe/Nowhere"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("time_zone", {"time_zone": ""}),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_its_field(field, asked):
    with pytest.raises(WrongPeriod) as refused:
        period_of(**asked)
    assert refused.value.field == field


@given(
    st.dates(date(2020, 1, 1), date(2029, 12, 31)), st.integers(0, 60),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo"]),
    st.sampled_from(["hour", "day", "week", "month"]),
)  # fmt: skip
def test_intervals_cover_the_period_without_gaps(start, days, zone, interval):
    period = period_of(start=start, end=start + timedelta(days), interval=interval, time_zone=zone)
    begins = [period.begins(key) for key in period.intervals()]
    assert begins == sorted(begins)
    assert len(set(period.intervals())) == len(begins)
    assert begins[0] <= period.start < period.end
    assert begins[-1] < period.end
