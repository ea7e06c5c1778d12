"""A file's orders become the purchases of a shop, month by month, so that one sees how its customers changed.

At the end of each month the CRM looks at the customers as it would have then.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from ..config import Settings
from ..segments import nightly
from . import queries
from .figures import MONTHS, Month, months_before, read_stages
from .orders_file import FileOrder

_LONG_AGO = timedelta(days=36500)
Progress = Callable[[str, Sequence[datetime]], Iterable[datetime]]


def load(orders: Sequence[FileOrder]) -> list[str]:
    """Store the orders of a file, to be taken month by month. Returns the customers' names by number."""
    numbers: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(queries.MAKE_ORDERS)
        with cursor.copy("COPY crm_analysis_order FROM STDIN") as copy:
            for number, order in enumerate(orders):
                customer = numbers.setdefault(order.customer, len(numbers) + 1)
                copy.write_row((number, customer, order.currency, order.total, order.refunded, order.placed_at))
    return list(numbers)


def replay(settings: Settings, first: datetime, as_of: datetime, progress: Progress) -> list[Month]:
    """Let the months go by, from the first order on but at most the last ``MONTHS`` of them one by one.

    Returns how the customers stood at the end of each; the segments are left as of ``as_of``.
    """
    ends = [months_before(as_of, ago) for ago in range(MONTHS - 1, -1, -1)]
    ends = [*[end for end in ends if first < end < as_of][1 - MONTHS :], as_of]
    months: list[Month] = []
    since = first - _LONG_AGO
    for end in progress("months", ends):
        _take(since, end)
        nightly.rebuild(settings, end)
        months.append(Month(end, read_stages()))
        since = end
    return months


def _take(since: datetime, until: datetime) -> None:
    span = {"since": since, "until": until}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(queries.TAKE_CUSTOMERS, span)
        cursor.execute(queries.TAKE_ORDERS, span)
