"""The months into which interactions and views are cut: each is made when something of it is to be written."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import IntegrityError, connection

_MONTHS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1"
_NO_PARTITION = "23514"  # check_violation, without the name of a constraint


class NoRoomError(Exception):
    """Interactions of months that are not there yet were to be written. Make the months, then write again."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        self.moments = tuple(moments)
        super().__init__(", ".join(moment.isoformat() for moment in self.moments))


def lacks_a_month(error: IntegrityError) -> bool:
    """Whether this is what the database says of a row whose month is not there."""
    cause = getattr(error.__cause__, "diag", None)
    return cause is not None and cause.sqlstate == _NO_PARTITION and not cause.constraint_name


def need(moments: Iterable[datetime], table: str = "crm_interaction") -> None:
    """Raise NoRoomError where the month (in UTC) of a moment is missing."""
    there = set(months_of(table))
    if missing := [moment for moment in moments if _name(moment, table) not in there]:
        raise NoRoomError(missing)


def make_room(moments: Iterable[datetime], table: str = "crm_interaction") -> None:
    """Make the months (in UTC) of these moments, where they are not there yet.

    In a transaction of its own in which nobody else writes facts (``contacts.locks.alone``): a new month locks the
    whole table and that of the contacts, and two who had written to one and waited for the other would wait for ever.
    """
    firsts = {moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) for moment in moments}
    there = set(months_of(table))
    with connection.cursor() as cursor:
        for first in sorted(firsts):
            name = _name(first, table)
            if name not in there:
                cursor.execute(
                    f"CREATE TABLE {name} PARTITION OF {table}"
                    f" FOR VALUES FROM ('{first.isoformat()}') TO ('{_next(first).isoformat()}')"
                )


def months_of(table: str) -> list[str]:
    """The tables of the months that are there, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [table])
        return [name for (name,) in cursor.fetchall()]


def months_between(first: datetime, last: datetime) -> list[datetime]:
    """The first of each month (in UTC) from one moment to another."""
    month, months = first.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0), []
    while month <= last:
        months.append(month)
        month = _next(month)
    return months


def _name(moment: datetime, table: str) -> str:
    return f"{table}_{moment.astimezone(UTC):%Y_%m}"


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
