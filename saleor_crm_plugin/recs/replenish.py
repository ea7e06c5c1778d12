"""What runs out: which products are bought again, after how long, and which customers need which of them now."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import DAY, Floats, Sparse, nothing, sparse
from .habits import Habits
from .interactions import Interactions, Kind

# Fewer coming back may be chance, and a product that one buyer in ten buys again does not run out.
FEWEST_BACK = 3
LEAST_SHARE = 0.15
# From when on a product is due, and until when, in usual gaps: who waited three of them buys it elsewhere by now.
EARLY, LATE = 0.75, 3.0

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BoughtAgain:
    """For each product: the share of its buyers who bought it on two days or more, and the median of days between.

    ``gap`` is 0 where nobody bought it again.
    """

    share: Floats
    gap: Floats
    came_back: Numbers

    def runs_out(self) -> npt.NDArray[np.bool_]:
        """Which products are bought again often enough to remind anybody of them."""
        return np.asarray((self.came_back >= FEWEST_BACK) & (self.share >= LEAST_SHARE))


def bought_again(history: Interactions) -> BoughtAgain:
    """What the purchases tell. Two on one day (UTC) are one."""
    days = _days(history)
    buyers = np.bincount(days.items[days.last], minlength=history.item_count)
    back = np.bincount(days.items[days.last & (days.number > 0)], minlength=history.item_count)
    share = (back / np.maximum(buyers, 1)).astype(np.float32)
    return BoughtAgain(share, _medians(days.items[days.number > 0], days.gaps, history.item_count), back)


def due(history: Interactions, now: int) -> Habits:
    """What each customer is likely to need now, of what they bought: the surest and most timely first.

    The usual gap is the mean of the customer's own ones where there are two or more, and else the product's median. A
    score is the share of buyers who come back, times how near the time since the last purchase is to the usual gap.
    """
    past = history.before(now)
    again, days = bought_again(past), _days(past)
    shape = (history.user_count, history.item_count)
    if not len(days.items):
        return Habits(nothing(*shape))
    users, items = days.users[days.last], days.items[days.last]
    gaps, last = days.number[days.last], days.days[days.last]
    own = (last - days.days[days.first]) / np.maximum(gaps, 1)
    usual = np.where(gaps > 1, own, again.gap[items])
    waited = (now // DAY - last) / np.maximum(usual, 1)
    wanted = again.runs_out()[items] & (waited >= EARLY) & (waited <= LATE)
    near = np.minimum(waited, 1 / np.maximum(waited, 1e-9))[wanted]
    worth = (again.share[items[wanted]] * near).astype(np.float32)
    table: Sparse = sparse(coo_array((worth, (users[wanted], items[wanted])), shape=shape).tocsr())
    return Habits(table)


@dataclass(frozen=True, eq=False)
class _Days:
    """Each day on which a customer bought a product, in the order of customer, product and day."""

    users: Numbers
    items: Numbers
    days: Numbers
    first: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]
    number: Numbers
    gaps: Numbers  # before each that is not the first


def _days(history: Interactions) -> _Days:
    bought = history.of(Kind.PURCHASE)
    pairs = bought.users.astype(np.int64) * history.item_count + bought.items
    # Rows are in the order of time already, so that a stable order by pair leaves the days in theirs.
    order = np.argsort(pairs, kind="stable")
    pairs, days = pairs[order], (bought.times // DAY)[order]
    new = np.r_[True, (pairs[1:] != pairs[:-1]) | (days[1:] != days[:-1])][: len(pairs)]
    pairs, days = pairs[new], days[new]
    first = np.r_[True, pairs[1:] != pairs[:-1]][: len(pairs)]
    last = np.r_[first[1:], True][: len(pairs)]
    place = np.arange(len(pairs))
    number = place - np.maximum.accumulate(np.where(first, place, 0)) if len(pairs) else place
    gaps = np.diff(days, prepend=0)[~first]
    users, items = np.divmod(pairs, max(history.item_count, 1))
    return _Days(users, items, days, first, last, number, gaps)


def _medians(items: Numbers, gaps: Numbers, item_count: int) -> Floats:
    order = np.lexsort((gaps, items))
    sorted_gaps = gaps[order]
    starts = np.searchsorted(items[order], np.arange(item_count + 1))
    lengths = np.diff(starts)
    some = np.flatnonzero(lengths)
    low, high = starts[some] + (lengths[some] - 1) // 2, starts[some] + lengths[some] // 2
    found = np.zeros(item_count, dtype=np.float32)
    found[some] = (sorted_gaps[low] + sorted_gaps[high]) / 2
    return found
