"""Bought together: how often two products were in one order, best-sellers damped."""

import numpy as np
from scipy.sparse import csr_array

from .arrays import Sparse
from .interactions import Interactions
from .neighbours import NEIGHBOURS, Neighbours
from .orders import order_table
from .pairs import scaled_columns, strongest_pairs
from .signals import latest, strongest_only


def fit_together(
    history: Interactions, now: int, half_life: float | None = None, k: int = NEIGHBOURS, damping: float = 0.5
) -> Neighbours:
    """Counts of common orders, divided by the sales of the other product to the power of ``damping``.

    At 0 these are plain counts, which show best-sellers everywhere; at 1 it is the lift, which loves accidents.
    """
    table = strongest_only(order_table(history, now, half_life))
    sold = np.asarray(table.sum(axis=0), dtype=np.float32).ravel()
    damp = np.zeros(len(sold), dtype=np.float32)
    np.power(sold, -damping, out=damp, where=sold > 0)
    pairs = strongest_pairs(csr_array(table.T), scaled_columns(table, damp), k)
    return Neighbours(_profiles(history, now), pairs)


def _profiles(history: Interactions, now: int) -> Sparse:
    return strongest_only(latest(history, now, 30))
