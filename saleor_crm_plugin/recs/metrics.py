"""How good lists are, written out.

For one list and a set of right answers: hits are right answers in the list.

- recall@k: hits among the first k, divided by the number of right answers.
- NDCG@k: each hit at place p (from 1) counts 1 / log2(p + 1); the sum is divided by the largest that is possible, with
  right answers in the first min(k, right answers) places (Järvelin and Kekäläinen 2002, with gains of 0 and 1).
- coverage: which share of the products that could be shown is in at least one list.
- novelty: how rare the shown products are: the mean of -log2 of the share of customers who have the product.
"""

import numpy as np
import numpy.typing as npt

from .arrays import NONE, Codes, Floats, Mask, Sparse

PerCase = npt.NDArray[np.float64]


def hits(lists: Codes, answers: Sparse) -> Mask:
    """Where a list has a right answer."""
    found = np.zeros(lists.shape, dtype=bool)
    for row in range(len(lists)):
        right = answers.indices[answers.indptr[row] : answers.indptr[row + 1]]
        found[row] = np.isin(lists[row], right)
    return found


def recall(hit: Mask, answers: Sparse, k: int) -> PerCase:
    """Recall at ``k`` of each list. Each has to have a right answer."""
    return np.asarray(hit[:, :k].sum(axis=1) / np.diff(answers.indptr), dtype=np.float64)


def ndcg(hit: Mask, answers: Sparse, k: int) -> PerCase:
    """NDCG at ``k`` of each list. Each has to have a right answer."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    gained = hit[:, :k] @ discount[: hit[:, :k].shape[1]]
    best = np.cumsum(discount)[np.minimum(np.diff(answers.indptr), k) - 1]
    return np.asarray(gained / best, dtype=np.float64)


def coverage(lists: Codes, on_sale: int) -> float:
    """The share of ``on_sale`` products that is shown to anybody."""
    shown = np.unique(lists)
    return float((shown != NONE).sum() / on_sale) if on_sale else 0.0


def novelty(lists: Codes, share: Floats) -> float:
    """Bits of surprise per shown product. ``share`` is the share of customers who have each product."""
    shown = lists[lists != NONE]
    return float(-np.log2(np.maximum(share[shown], 1e-9)).mean()) if len(shown) else 0.0
