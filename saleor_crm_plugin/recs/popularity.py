"""What sells now: each customer counts once per product, and less the longer ago it was."""

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Sparse, nothing
from .interactions import Interactions
from .model import Model, Scores
from .signals import latest


@dataclass(frozen=True, eq=False)
class Popularity(Model):
    """The same list for everybody."""

    profiles: Sparse
    base: Floats

    def scores(self, profiles: Sparse) -> Scores:
        return Scores(nothing(*profiles.shape), self.base)


def fit_popularity(history: Interactions, now: int, half_life: float | None = 30) -> Popularity:
    """``half_life`` in days; None counts all times alike. Gifts count too."""
    table = latest(history.gifts_counted(), now, half_life)
    base = np.asarray(table.sum(axis=0), dtype=np.float32).ravel()
    return Popularity(nothing(*table.shape), base)
