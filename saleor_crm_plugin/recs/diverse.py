"""Not all of one kind: a list in which no category takes more than its share."""

import numpy as np

from .arrays import NONE, Codes
from .model import Ranked


def diverse(ranked: Ranked, category_codes: Codes, n: int, most_share: float = 0.5) -> Ranked:
    """The first ``n`` of each list, of which one category has at most ``most_share`` (rounded up, at least one).

    ``category_codes`` has the category of each product, -1 where it has none; those without are not counted. The order
    stays as it was. What is over its share comes after all others, and so is shown only where a list would be short.
    """
    rows, width = ranked.items.shape
    if not rows or not width:
        return Ranked(ranked.items[:, :n], ranked.scores[:, :n])
    most = max(1, int(np.ceil(round(most_share * n, 9))))
    missing = ranked.items == NONE
    category = np.where(missing, NONE, category_codes[np.maximum(ranked.items, 0)] if len(category_codes) else NONE)
    by_category = np.argsort(category, axis=1, kind="stable")
    ordered = np.take_along_axis(category, by_category, axis=1)
    place = np.broadcast_to(np.arange(width), (rows, width))
    begins = np.c_[np.ones(rows, dtype=bool), ordered[:, 1:] != ordered[:, :-1]]
    within = place - np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    over = np.empty((rows, width), dtype=bool)
    np.put_along_axis(over, by_category, (within >= most) & (ordered != NONE), axis=1)
    order = np.argsort(over + 2 * missing, axis=1, kind="stable")[:, :n]
    return Ranked(np.take_along_axis(ranked.items, order, axis=1), np.take_along_axis(ranked.scores, order, axis=1))
