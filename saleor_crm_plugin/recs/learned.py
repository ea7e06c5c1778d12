"""Several models as one that has learned, from the weeks before, how far each is to be believed.

What a customer buys next depends on what fits them and on what sells these days, and how much on which differs between
shops. So the models are fitted to what was known some weeks ago, their best products are taken together, and it is
learned which of them were bought since (``ranking``). Then the models are fitted to all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from .arrays import DAY, NONE, Codes, Floats, Mask, Sparse, distinct
from .best import Places, kth_best, mean_of_best, row_numbers
from .interactions import Interactions
from .model import Model, Ranked, Scores
from .moving import MONTH, WEEK, how_products_sell
from .ranking import Examples, learned, together
from .sample import some_customers
from .tasks import Cases, Task, cases

# The length of a window in days, how many of them are looked at, and how many cases are enough.
DAYS, _WINDOWS, _ENOUGH = 28.0, 3, 800
_CASES, _FEWEST = 600, 20
# Products of each model that are compared with each other in a list to learn from.
_COMPARED = 150
_RIDGE = 3.0
# Scores are measured by the mean of the best, and a score of a twentieth of it is the least that makes a difference.
_BEST, _STEEP = 20, np.float32(20)

Part = Callable[[Interactions, int], Model]


@dataclass(frozen=True, eq=False)
class Learned(Model):
    """``worth``, how good a product is for anybody, times (1 + 20 times each model's score) to the power of ``powers``.

    Ranked are the products that were compared when it learned: the best of each model, and the best-sellers
    (``selling``). What a row has a sign of itself is ranked too, but sets no measure for the others.
    """

    parts: Sequence[Model]
    powers: Floats
    worth: Floats
    selling: Mask

    @property
    def profiles(self) -> Sparse:  # type: ignore[override]
        return self.parts[0].profiles

    def scores(self, profiles: Sparse) -> Scores:
        return self._weighed([part.scores(profiles) for part in self.parts], profiles)

    def scores_of(self, users: Codes) -> Scores:
        return self._weighed([part.scores_of(users) for part in self.parts], self.profiles[users])

    def related(self, items: Codes, n: int) -> Ranked:
        found = super().related(items, n)
        asked = np.asarray(items, dtype=np.int32)
        known = (asked >= 0) & (asked < len(self.worth))
        # What was never sold goes with nothing: everybody's best-sellers are no answer to a question about a product.
        never = ~known
        never[known] = self.worth[asked[known]] <= 0
        found.items[never], found.scores[never] = NONE, 0
        return found

    def _weighed(self, scores: Sequence[Scores], profiles: Sparse) -> Scores:
        keys, said = said_of_best(scores, profiles, self.selling)
        rows, items = np.divmod(keys, profiles.shape[1])
        times = np.minimum(said @ self.powers, np.float32(40))
        # Best-sellers have their worth without any sign already.
        values = np.where(self.selling[items], np.expm1(times), np.exp(times)) * self.worth[items]
        starts = np.searchsorted(rows, np.arange(profiles.shape[0] + 1)).astype(np.int32)
        own = csr_array((values.astype(np.float32), items.astype(np.int32), starts), shape=profiles.shape)
        return Scores(own, np.where(self.selling, self.worth, np.float32(0)))


def said_of_best(scores: Sequence[Scores], profiles: Sparse, selling: Mask) -> tuple[Places, Floats]:
    """What each model says of the best products of all of them, and of best-sellers where it says anything.

    Entries are given as row times width plus column, in order. What has an entry in ``profiles`` comes on top.
    """
    mine = np.zeros(profiles.shape, dtype=bool)
    mine[row_numbers(profiles.indptr), profiles.indices] = True
    found = [_said(one.own, mine, selling) for one in scores]
    if len(found) == 1:
        keys, values, among = found[0]
        order = np.argsort(keys[among])
        return keys[among][order], values[among][order][:, None]
    keys = distinct(np.concatenate([said[among] for said, _, among in found]))
    return keys, np.stack([_looked_up(held, values, keys) for held, values, _ in found], axis=1)


def fit_learned(
    history: Interactions, now: int, task: Task, parts: Sequence[Part], days: float = DAYS, rows: int = 3_000_000
) -> Model:
    """Fit ``parts`` to what happened before ``now``, weighed by what the windows of ``days`` before it taught.

    Of a history of more than ``rows`` rows, some customers teach. Without enough to learn from, the first part speaks
    and what sells decides between what it finds equal.
    """
    past = history.before(now)
    examples = _examples(some_customers(past, rows), now, task, parts, days)
    fitted = [part(past, now) for part in parts]
    sells, ever = how_products_sell(past, now)
    if examples is None:
        powers, worth = np.eye(1, len(parts), dtype=np.float32)[0], sells[:, MONTH]
    else:
        weights = learned(examples, _RIDGE, never_below_zero=len(parts))
        powers, by_sales = weights.factors[: len(parts)], weights.factors[len(parts) :]
        worth = sells @ by_sales
    selling = best_sellers(sells, ever)
    # The best-seller that is worth most has 1.
    most = worth[selling].max(initial=-np.inf)
    level = np.exp(np.clip(worth - most, -40, 40)) * ever if ever.any() else ever
    return Learned(fitted, powers, level.astype(np.float32), selling)


def _examples(past: Interactions, now: int, task: Task, parts: Sequence[Part], days: float) -> Examples | None:
    found: list[Examples] = []
    for back in range(1, _WINDOWS + 1):
        then = now - round(back * days * DAY)
        before = past.before(then)
        if not len(before) or int(before.times[0]) > then - round(days * DAY):
            break
        asked = cases(task, past, then, days, _CASES)
        if len(asked):
            found.append(_of_window(asked, [part(before, then) for part in parts], *how_products_sell(before, then)))
        if sum(one.count for one in found) >= _ENOUGH:
            break
    examples = together(found) if found else None
    return examples if examples is not None and examples.count >= _FEWEST else None


def _of_window(asked: Cases, parts: Sequence[Model], sells: Floats, ever: Floats) -> Examples:
    """The best products of each model and the best-sellers for each case, each with what the models say of it."""
    of_customers = asked.task in (Task.DISCOVERY, Task.REBUY)
    scores = [part.scores_of(asked.users) if of_customers else part.scores(asked.given) for part in parts]
    selling = best_sellers(sells, ever)
    keys, said = said_of_best(scores, asked.given, selling)
    given = np.isin(keys, keys_of(asked.given))
    keys, said = keys[~given], said[~given]
    width = len(selling)
    everywhere = np.arange(len(asked), dtype=np.int64)[:, None] * width + np.flatnonzero(selling)
    new = np.setdiff1d(everywhere.ravel(), np.r_[keys, keys_of(asked.given)])
    entries = np.r_[keys, new]
    order = np.argsort(entries)
    rows, items = np.divmod(entries[order], width)
    said = np.concatenate([said, np.zeros((len(new), len(parts)), dtype=np.float32)])[order]
    features = np.concatenate([said, sells[items]], axis=1)
    return Examples(features, of_entries(asked.answers, entries[order]) > 0, rows)


def best_sellers(sells: Floats, ever: Floats) -> Mask:
    """The products that sell best in a week and in a month."""
    best = np.zeros(len(ever), dtype=bool)
    for column in (WEEK, MONTH):
        best[np.lexsort((np.arange(len(ever)), -sells[:, column]))[:_COMPARED]] = True
    return best & (ever > 0)


def keys_of(table: Sparse) -> Places:
    """The entries of a table as row times width plus column."""
    return row_numbers(table.indptr) * table.shape[1] + table.indices


def of_entries(table: Sparse, keys: Places) -> Floats:
    """What a table has in some of its entries."""
    return _looked_up(keys_of(table), table.data, keys)


def _looked_up(held: Places, values: Floats, keys: Places) -> Floats:
    if not len(held):
        return np.zeros(len(keys), dtype=np.float32)
    order = np.argsort(held, kind="stable")
    at = order[np.minimum(np.searchsorted(held, keys, sorter=order), len(held) - 1)]
    return np.where(held[at] == keys, values[at], np.float32(0))


def _said(own: Sparse, mine: Mask, selling: Mask) -> tuple[Places, Floats, Mask]:
    """A model's scores as logarithms from 0 upwards, and which of them are to be compared.

    A score like the mean of the best new ones of the row is 3. Compared are the best new ones, what is ``mine``, and
    best-sellers.
    """
    rows, items, values = row_numbers(own.indptr), own.indices, own.data
    some = values > 0
    rows, items, values = rows[some], items[some], values[some]
    own_sign = mine[rows, items]
    new = values[~own_sign]
    starts = np.searchsorted(rows[~own_sign], np.arange(own.shape[0] + 1))
    said = np.log1p(_STEEP * values / mean_of_best(new, starts, _BEST)[rows])
    among = (values >= kth_best(new, starts, _COMPARED)[rows]) | own_sign | selling[items]
    return rows * own.shape[1] + items, said, among
