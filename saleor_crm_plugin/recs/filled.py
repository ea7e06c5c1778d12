"""Lists filled up with products of the same kind where too little was bought to tell what goes with what."""

import numpy as np

from .arrays import NONE, Codes, Mask, blocks
from .model import Model, Ranked

# Products whose two lists are compared at once: each with each, a byte for every pair.
_AT_ONCE = 2000


def related_or_alike(model: Model, content: Model, items: Codes, n: int) -> tuple[Ranked, Mask]:
    """``n`` related products of each product, then products like it; and where an entry is of the latter.

    A product without a past has the latter only. Scores of what is alike are scaled to lie below the last related one.
    """
    found, like = model.related(items, n), content.related(items, n)
    known = np.zeros(like.items.shape, dtype=bool)
    for start, end in blocks(len(items), _AT_ONCE):
        known[start:end] = (like.items[start:end, :, None] == found.items[start:end, None, :]).any(axis=2)
    entries = np.c_[found.items, np.where(known, NONE, like.items)]
    count = (found.items != NONE).sum(axis=1)
    last = np.where(count > 0, np.take_along_axis(found.scores, np.maximum(count - 1, 0)[:, None], axis=1)[:, 0], 1)
    best = np.maximum(like.scores.max(axis=1, initial=0), np.float32(1))
    scores = np.c_[found.scores, like.scores * (last / best)[:, None]].astype(np.float32)
    order = np.argsort(entries == NONE, axis=1, kind="stable")[:, :n]
    shown = np.take_along_axis(entries, order, axis=1)
    worth = np.where(shown == NONE, np.float32(0), np.take_along_axis(scores, order, axis=1))
    return Ranked(shown, worth), np.asarray((order >= n) & (shown != NONE))
