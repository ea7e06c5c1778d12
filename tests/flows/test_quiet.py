"""Quiet hours, in the customer's own time zone, on all days of the year."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.flows.quiet import quiet_until, zone_of
from saleor_crm_plugin.values import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(8))
MINUTE = timedelta(minutes=1)

# Zones that change their clocks at night, at midnight, by half an hour, never, and one that once left out a day.
ZONES = [
    "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Havana", "America/Santiago", "Africa/Cairo",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Beirut", "Pacific/Apia", "Pacific/Auckland", "UTC",
]  # fmt: skip


def berlin(*when: int, fold: int = 0) -> datetime:
    """A moment by Berlin's clocks."""
    return datetime(*when, tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (berlin(2026, 3, 2, 20, 59), None),
        (berlin(2026, 3, 2, 21, 0), berlin(2026, 3, 3, 8)),
        (berlin(2026, 3, 2, 23, 59), berlin(2026, 3, 3, 8)),
        (berlin(2026, 3, 3, 0, 0), berlin(2026, 3, 3, 8)),
        (berlin(2026, 3, 3, 7, 59), berlin(2026, 3, 3, 8)),
        (berlin(2026, 3, 3, 8, 0), None),
        (berlin(2026, 3, 3, 12, 0), None),
        (berlin(2026, 12, 31, 22, 0), berlin(2027, 1, 1, 8)),
    ],
)
def test_a_night_ends_in_the_morning(moment: datetime, end: datetime | None) -> None:
    assert quiet_until(moment, NIGHT, BERLIN) == end


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (berlin(2026, 3, 2, 12, 59), None),
        (berlin(2026, 3, 2, 13, 0), berlin(2026, 3, 2, 15)),
        (berlin(2026, 3, 2, 15, 0), None),
    ],
)
def test_a_siesta_ends_on_the_same_day(moment: datetime, end: datetime | None) -> None:
    assert quiet_until(moment, QuietHours(time(13), time(15)), BERLIN) == end


def test_equal_ends_are_no_quiet_hours() -> None:
    assert quiet_until(berlin(2026, 3, 2, 3), QuietHours(time(0), time(0)), BERLIN) is None


def test_the_answer_is_in_the_zone_of_the_question() -> None:
    end = quiet_until(datetime(2026, 3, 2, 22, tzinfo=UTC), NIGHT, BERLIN)

    assert end is not None
    assert end.tzinfo is UTC


@pytest.mark.parametrize(("day", "hours_of_sleep"), [((2026, 3, 28), 10), ((2026, 10, 24), 12), ((2026, 6, 1), 11)])
def test_the_night_in_which_clocks_change_still_ends_at_eight(day: tuple[int, int, int], hours_of_sleep: int) -> None:
    evening = berlin(*day, 21)

    end = quiet_until(evening, NIGHT, BERLIN)

    assert end is not None
    assert end.astimezone(BERLIN).time() == time(8)
    assert end - evening == timedelta(hours=hours_of_sleep)


def test_quiet_hours_whose_end_the_clock_jumps_over_end_at_the_jump() -> None:
    end = quiet_until(berlin(2026, 3, 28, 22), QuietHours(time(21), time(2, 30)), BERLIN)

    assert end == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 2:00, which is 3:00 then


def test_in_the_hour_that_comes_twice_the_end_lies_ahead() -> None:
    second_time_round = berlin(2026, 10, 25, 2, 10, fold=1)

    end = quiet_until(second_time_round, QuietHours(time(21), time(2, 30)), BERLIN)

    assert end == second_time_round + timedelta(minutes=20)


@given(
    st.datetimes(datetime(2011, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(ZONES),
)
@example(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), time(1), time(2, 15), "Europe/Berlin")
@example(datetime(2026, 3, 29, 0, 59, 59, 7, tzinfo=UTC), time(1), time(2, 15), "Europe/Berlin")
@example(datetime(2024, 4, 7, 2, 50, tzinfo=UTC), time(21), time(23, 30), "America/Santiago")
@example(datetime(2011, 12, 30, 9, tzinfo=UTC), time(21), time(8), "Pacific/Apia")
@settings(deadline=None)
def test_the_end_is_the_first_moment_that_is_not_quiet(moment: datetime, start: time, end: time, name: str) -> None:
    zone, hours = (
        ZoneInfo(name),
        QuietHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)),
    )

    until = quiet_until(moment, hours, zone)

    assert until == first_that_is_not_quiet(moment, hours, zone)


@given(st.integers(-180, 180), st.integers(0, 24 * 4 - 1), st.integers(0, 24 * 4 - 1), st.sampled_from([3, 10]))
@example(-1, 9, 0, 10)
@settings(deadline=None, max_examples=300)
def test_around_the_change_of_clocks_too(minutes: int, start: int, end: int, month: int) -> None:
    change = datetime(2026, month, 29 if month == 3 else 25, 1, tzinfo=UTC)
    hours = QuietHours(*(time(quarter // 4, quarter % 4 * 15) for quarter in (start, end)))
    moment = change + minutes * MINUTE

    assert quiet_until(moment, hours, BERLIN) == first_that_is_not_quiet(moment, hours, BERLIN)


def first_that_is_not_quiet(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
    """The same by looking at the clock every minute; None where the moment itself is not quiet."""

    def quiet(at: datetime) -> bool:
        clock = at.astimezone(zone).time()
        inside = hours.start <= clock < hours.end
        over_night = hours.start > hours.end and not hours.end <= clock < hours.start
        return inside or over_night

    if not quiet(moment):
        return None
    at = moment.replace(second=0, microsecond=0)
    while quiet(at):
        at += MINUTE
    return at


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("DE", "Europe/Berlin"), ("PL", "Europe/Warsaw"), ("FR", "Europe/Paris"), ("GB", "Europe/London"),
        ("AT", "Europe/Vienna"), ("IN", "Asia/Calcutta"), ("US", "America/New_York"), ("PT", "Europe/Lisbon"),
        ("ES", "Europe/Madrid"), ("CN", "Asia/Shanghai"),
    ],
)  # fmt: skip
def test_a_country_tells_its_time(country: str, zone: str) -> None:
    found, now = zone_of(country), datetime(2026, 7, 1, tzinfo=UTC)

    assert found is not None
    assert now.astimezone(found).utcoffset() == now.astimezone(ZoneInfo(zone)).utcoffset()


@pytest.mark.parametrize("country", ["", "XX", "de", "001", "EU"])
def test_what_is_no_country_has_no_time(country: str) -> None:
    assert zone_of(country) is None


def test_asking_for_any_country_is_safe_and_few_are_unknown() -> None:
    countries = [code for code in Locale("en").territories if len(code) == 2]

    unknown = [code for code in countries if zone_of(code) is None]

    assert len(countries) > 240
    assert len(unknown) < 40
