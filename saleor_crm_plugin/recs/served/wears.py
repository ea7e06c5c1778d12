"""Which sizes customers bought, and for whom: so that nobody is shown what is there in other sizes only."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from ...shop.goods import Values
from .copying import read

_SINCE = timedelta(days=2 * 365)
# A gender is a customer's own if so much of what they bought is of it.
_MAJORITY = 0.8
_FEWEST = 2

Numbers = npt.NDArray[np.int64]

# What people bought for themselves. Served by a scan.
_BOUGHT = """
SELECT purchase.contact_id, line.variant_id::bigint
FROM crm_purchase_line line JOIN crm_purchase purchase ON purchase.order_id = line.purchase_id
WHERE purchase.counts AND NOT purchase.gift AND purchase.contact_id IS NOT NULL AND line.returned < line.quantity
    AND purchase.placed_at >= %(since)s AND purchase.placed_at < %(now)s AND line.variant_id ~ '^[0-9]{1,18}$'
"""


@dataclass(frozen=True)
class Worn:
    """What one customer wears: ``slug=value`` each."""

    contact_id: int
    sizes: list[str]
    genders: list[str]


def read_wears(
    variants: dict[int, Values], sizes: Collection[str], genders: Collection[str], now: datetime
) -> Iterator[Worn]:
    """What each customer wears. ``sizes`` and ``genders`` are slugs of attributes. One statement.

    A size that was bought once is worn. A gender is, where four of five things with one are of it, and there are two
    or more of them.
    """
    if not variants:
        return
    bought = read(_BOUGHT, {"who": "i8", "variant": "i8"}, {"since": now - _SINCE, "now": now})
    of_size = _counts(bought["who"], bought["variant"], variants, sizes)
    of_gender = _counts(bought["who"], bought["variant"], variants, genders)
    total = np.bincount(of_gender.rows, of_gender.times, minlength=len(of_gender.who))
    mine = (of_gender.times >= _MAJORITY * total[of_gender.rows]) & (of_gender.times >= _FEWEST)
    worn: dict[int, Worn] = {}
    for who, value in of_size.told(np.ones(len(of_size.rows), dtype=bool)):
        worn.setdefault(who, Worn(who, [], [])).sizes.append(value)
    for who, value in of_gender.told(mine):
        worn.setdefault(who, Worn(who, [], [])).genders.append(value)
    yield from worn.values()


@dataclass(frozen=True, eq=False)
class _Counts:
    """How often each customer bought each value: ``who[rows]``, ``values[columns]``."""

    who: Numbers
    values: Sequence[str]
    rows: Numbers
    columns: Numbers
    times: Numbers

    def told(self, some: npt.NDArray[np.bool_]) -> Iterator[tuple[int, str]]:
        for row, column in zip(self.rows[some].tolist(), self.columns[some].tolist(), strict=True):
            yield int(self.who[row]), self.values[column]


def _counts(who: Numbers, variant: Numbers, variants: dict[int, Values], slugs: Collection[str]) -> _Counts:
    told = sorted((number, f"{slug}={value}") for number, of in variants.items() for slug, value in of if slug in slugs)
    names = sorted({name for _, name in told})
    place = {name: number for number, name in enumerate(names)}
    numbers = np.array([number for number, _ in told], dtype=np.int64)
    codes = np.array([place[name] for _, name in told], dtype=np.int64)
    people, rows = np.unique(who, return_inverse=True)
    first, after = np.searchsorted(numbers, variant, "left"), np.searchsorted(numbers, variant, "right")
    count = after - first
    # A variant that says two values counts for both.
    row = np.repeat(rows, count)
    code = codes[np.repeat(first, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)]
    pairs, times = np.unique(row * max(len(names), 1) + code, return_counts=True)
    own_row, column = np.divmod(pairs, max(len(names), 1))
    return _Counts(people, names, own_row, column, times)
