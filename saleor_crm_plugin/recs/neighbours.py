"""Products that the same customers care for: cosine and BM25 between products, and walks over the graph of both."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from .arrays import Floats, Sparse
from .interactions import Interactions
from .model import Model, Scores
from .pairs import scaled_columns, scaled_rows, strongest_pairs
from .signals import latest, strongest_only

NEIGHBOURS = 200


@dataclass(frozen=True, eq=False)
class Neighbours(Model):
    """Row i of ``similarity`` holds how much a sign for product i says for the others."""

    profiles: Sparse
    similarity: Sparse

    def scores(self, profiles: Sparse) -> Scores:
        return Scores(profiles @ self.similarity)


def fit_cosine(history: Interactions, now: int, half_life: float | None = 90, k: int = NEIGHBOURS) -> Neighbours:
    """Cosine of the columns of customers of two products."""
    table = strongest_only(latest(history, now, half_life))
    unit = scaled_columns(table, _inverse(np.sqrt(_column_sums(table.multiply(table)))))
    return Neighbours(table, strongest_pairs(csr_array(unit.T), unit, k))


def fit_bm25(
    history: Interactions, now: int, half_life: float | None = 90, k: int = NEIGHBOURS, k1: float = 1.2, b: float = 0.5
) -> Neighbours:
    """BM25, the customer being the document and the product the word (Robertson and Zaragoza 2009, section 3).

    A customer with few products says more of each of them, and so does a product with few customers.
    """
    table = strongest_only(latest(history, now, half_life))
    lengths = np.asarray(table.sum(axis=1), dtype=np.float32).ravel()
    mean = float(lengths[lengths > 0].mean()) if (lengths > 0).any() else 1.0
    customers = max(table.shape[0], 1)
    rarity = np.log(1 + (customers - _counts(table) + 0.5) / (_counts(table) + 0.5)).astype(np.float32)
    norm = k1 * (1 - b + b * lengths / mean)
    weighted = csr_array(table, copy=True)
    weighted.data = (table.data * (k1 + 1) / (table.data + np.repeat(norm, np.diff(table.indptr)))).astype(np.float32)
    weighted = scaled_columns(weighted, rarity)
    return Neighbours(table, strongest_pairs(csr_array(weighted.T), weighted, k))


def fit_walks(
    history: Interactions, now: int, half_life: float | None = 90, k: int = NEIGHBOURS, beta: float = 0.5
) -> Neighbours:
    """Three steps from a product over a customer to a product, best-sellers damped (RP3beta, Paudel et al. 2017)."""
    table = strongest_only(latest(history, now, half_life))
    sold = _column_sums(table)
    to_customer = scaled_columns(table, _inverse(sold))
    to_product = scaled_rows(table, _inverse(np.asarray(table.sum(axis=1), dtype=np.float32).ravel()))
    damped = scaled_columns(to_product, _inverse(sold**beta))
    return Neighbours(table, strongest_pairs(csr_array(to_customer.T), damped, k))


def _inverse(values: Floats) -> Floats:
    found = np.zeros(len(values), dtype=np.float32)
    np.divide(1, values, out=found, where=values > 0)
    return found


def _column_sums(table: Sparse) -> Floats:
    return np.asarray(table.sum(axis=0), dtype=np.float32).ravel()


def _counts(table: Sparse) -> Floats:
    return np.bincount(table.indices, minlength=table.shape[1]).astype(np.float32)
