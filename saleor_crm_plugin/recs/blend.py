"""Two models as one: what fits the customer, and what sells in these days."""

from dataclasses import dataclass

import numpy as np

from .arrays import Codes, Sparse, sparse
from .best import mean_of_best
from .model import Model, Scores
from .pairs import scaled_rows

# Scores of different models are brought to one size by the mean of their best.
_BEST = 20


@dataclass(frozen=True, eq=False)
class Blend(Model):
    """``first`` plus ``weight`` times ``second``, each measured by the mean of its twenty best."""

    first: Model
    second: Model
    weight: float

    @property
    def profiles(self) -> Sparse:  # type: ignore[override]
        return self.first.profiles

    def scores(self, profiles: Sparse) -> Scores:
        return self._sum(self.first.scores(profiles), self.second.scores(profiles))

    def scores_of(self, users: Codes) -> Scores:
        return self._sum(self.first.scores_of(users), self.second.scores_of(users))

    def _sum(self, first: Scores, second: Scores) -> Scores:
        return mixed(first, second, self.weight)


def mixed(first: Scores, second: Scores, weight: float) -> Scores:
    """The sum of both, each measured by the mean of its best."""
    one, two = _measured(first), _measured(second)
    own = sparse(one.own + two.own * weight) if two.own.nnz else one.own
    if two.base is None:
        return Scores(own, one.base)
    base = two.base * np.float32(weight)
    return Scores(own, base if one.base is None else one.base + base)


def _measured(scores: Scores) -> Scores:
    """Rows and base divided by the mean of their best. A row without a score stays as it is."""
    own, base = scores.own, scores.base
    rows = scaled_rows(own, np.float32(1) / mean_of_best(own.data, own.indptr, _BEST))
    if base is None:
        return Scores(rows)
    return Scores(rows, base / mean_of_best(base, np.array([0, len(base)]), _BEST))
