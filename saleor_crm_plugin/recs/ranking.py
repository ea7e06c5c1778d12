"""How much each feature of an entry says, learned from lists of which it is known what was bought.

A conditional logit (McFadden 1974): within each list, the worth of an entry is a weighted sum of its features, and the
weights are those under which what was bought stands out most. Only differences within a list count, so that what is the
same for all entries of a customer needs no weight. No more than numpy and L-BFGS of scipy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from .arrays import Floats, Mask

_STEPS = 30

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Examples:
    """Entries with a row of features each, whether they were ``right``, and the number of their list, in order."""

    features: Floats
    right: Mask
    lists: Numbers

    @property
    def count(self) -> int:
        """How many lists have a right answer: others teach nothing."""
        return len(np.unique(self.lists[self.right]))


def together(parts: Sequence[Examples]) -> Examples:
    """Several as one. Lists of different parts stay apart."""
    apart = np.cumsum([0, *(int(part.lists.max(initial=0)) + 1 for part in parts[:-1])])
    return Examples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.lists + first for part, first in zip(parts, apart, strict=True)]),
    )


@dataclass(frozen=True, eq=False)
class Weights:
    """The worth of an entry is the sum of its features times ``factors``; the constant that all share is left out."""

    factors: Floats

    def worth(self, features: Floats) -> Floats:
        """The logarithm of how likely each entry is, against the others of its list."""
        return np.asarray(features @ self.factors, dtype=np.float32)


def learned(examples: Examples, ridge: float | Floats, never_below_zero: int = 0) -> Weights:
    """The weights of the features; the first ``never_below_zero`` of them are not allowed to count against.

    ``ridge``, one for all or one each, holds weights near zero, so that little is believed where there are few lists. A
    list counts once, whether much or little of it was right.
    """
    scale = np.maximum(examples.features.std(axis=0, dtype=np.float64), 1e-6)
    features = ((examples.features - examples.features.mean(axis=0, dtype=np.float64)) / scale).astype(np.float32)
    starts = np.flatnonzero(np.r_[True, examples.lists[1:] != examples.lists[:-1]])
    row = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(examples.lists)]))
    right = examples.right.astype(np.float64)
    rights = np.add.reduceat(right, starts)
    share = right / np.maximum(rights, 1)[row]
    counts = (rights > 0).astype(np.float64)

    def loss(factors: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        worth = (features @ factors.astype(np.float32)).astype(np.float64)
        most = np.maximum.reduceat(worth, starts)
        odds = np.exp(worth - most[row])
        total = np.add.reduceat(odds, starts)
        value = float(counts @ (np.log(total) + most) - share @ worth + (ridge * factors) @ factors / 2)
        surplus = odds / total[row] * counts[row] - share
        return value, features.T @ surplus.astype(np.float32) + ridge * factors

    width = examples.features.shape[1]
    bounds = [(0.0, None)] * never_below_zero + [(None, None)] * (width - never_below_zero)
    found = minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS})
    return Weights((found.x / scale).astype(np.float32))
