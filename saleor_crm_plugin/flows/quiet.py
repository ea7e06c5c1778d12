"""Quiet hours in the customer's own time zone."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from ..values import QuietHours

# Countries with several time zones: the one where most people live. The others are told by CLDR.
_MOST_PEOPLE = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid", "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip


@cache
def zone_of(country: str) -> ZoneInfo | None:
    """The time zone of a country (ISO 3166-1 alpha-2); None where unknown or where its zones can't be told apart."""
    if country in _MOST_PEOPLE:
        return ZoneInfo(_MOST_PEOPLE[country])
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    return ZoneInfo(zones[0]) if len(zones) == 1 else None


def quiet_until(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
    """The first moment after the quiet hours in which a moment lies; None where it lies in none.

    Quiet hours are wall-clock times: on the days when clocks change they still end at the customer's 8 o'clock, or when
    the clock jumps over it, or back to before they began.
    """
    if not _quiet(moment, hours, zone):
        return None
    today = moment.astimezone(zone).date()
    ends = [
        datetime.combine(today + timedelta(days=days), hours.end, zone).replace(fold=fold).astimezone(UTC)
        for days in (0, 1, 2)
        for fold in (0, 1)
    ]
    ends += _change_of_clocks(moment, zone)
    end = min(end for end in ends if end > moment and not _quiet(end, hours, zone))
    return end.replace(second=0, microsecond=0).astimezone(moment.tzinfo)


def _change_of_clocks(moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """The minute within the next two days in which clocks change, if they do."""
    before, after = moment, moment + timedelta(days=2)
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return []
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return [after]


def _quiet(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    clock = moment.astimezone(zone).time()
    if hours.start <= hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end
