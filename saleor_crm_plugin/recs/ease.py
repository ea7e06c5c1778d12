"""The linear model that is best where there are thousands of products and not hundreds of thousands.

Embarrassingly shallow autoencoders (Steck 2019): the weights between all products at once that best reproduce each
customer's signs from the others, in closed form. It needs a square of the number of products in memory and its cube in
time, so it looks at the best-selling products only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from scipy.sparse import csr_array

from .arrays import Codes, Floats, Sparse, sparse
from .interactions import Interactions
from .model import Model, Scores
from .signals import latest, strongest_only

# Copies of the square that are alive while it is inverted, as measured with 3,665 products.
COPIES = 4


@dataclass(frozen=True, eq=False)
class Ease(Model):
    """``weights`` between the products of ``head``; others get no score."""

    profiles: Sparse
    head: Codes
    weights: npt.NDArray[np.float32]

    def scores(self, profiles: Sparse) -> Scores:
        dense: Floats = np.maximum(profiles[:, self.head] @ self.weights, 0)
        rows, places = np.nonzero(dense)
        starts = np.searchsorted(rows, np.arange(profiles.shape[0] + 1)).astype(np.int32)
        own = csr_array((dense[rows, places], self.head[places], starts), shape=profiles.shape)
        return Scores(own)


def fit_ease(
    history: Interactions, now: int, half_life: float | None = 90, products: int = 3000, ridge: float = 200.0
) -> Ease:
    """``products`` bounds the square; ``ridge`` is how many customers a weight has to convince."""
    table = strongest_only(latest(history, now, half_life))
    sold = np.asarray(table.sum(axis=0), dtype=np.float32).ravel()
    head = np.sort(np.lexsort((np.arange(len(sold)), -sold))[: min(products, int((sold > 0).sum()))]).astype(np.int32)
    part = sparse(table[:, head])
    # Faded signs are smaller, and so is the ridge that holds them.
    strength = float((table.data**2).mean()) if table.nnz else 1.0
    gram: npt.NDArray[np.float32] = np.asarray((part.T @ part).todense(), dtype=np.float32, order="F")
    np.fill_diagonal(gram, gram.diagonal() + max(ridge * strength, 1e-6))
    return Ease(table, head, _weights(gram))


def most_products(bytes_of_memory: float) -> int:
    """How many products fit into a budget."""
    return int(np.sqrt(bytes_of_memory / (4 * COPIES)))


def _weights(gram: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """From the table of common customers to the weights: -P / diag(P) with P its inverse, and nothing on itself."""
    if not len(gram):
        return gram
    factor, failed = lapack.spotrf(gram, lower=0, overwrite_a=1)
    inverse, singular = lapack.spotri(factor, lower=0, overwrite_c=1)
    if failed or singular:
        raise np.linalg.LinAlgError("The table of common customers can't be inverted.")
    upper = np.triu(inverse, 1)
    diagonal = inverse.diagonal().copy()
    weights = np.asarray(upper + upper.T, dtype=np.float32)
    weights /= -diagonal
    return np.ascontiguousarray(weights)
