"""What a shop could take instead, in the same run: the models of the library ``implicit``, and the plain counts.

They get what their users would give them: how often each customer bought each product, nothing about time. The library
is optional; without it only the plain counts are there.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from .arrays import Sparse, sparse
from .baskets import fit_together
from .habits import fit_common_habits
from .interactions import Interactions, Kind
from .model import Model, Scores
from .popularity import fit_popularity
from .signals import total
from .tasks import Task

_FACTORS, _SEED = 64, 1


@dataclass(frozen=True)
class Peer:
    """A model of others, by the name of its kind, and the tasks that it can do."""

    name: str
    fit: Callable[[Interactions, int], Model]
    tasks: frozenset[Task]


@dataclass(frozen=True, eq=False)
class Factors(Model):
    """Users and products as vectors (ALS, BPR). Carts are folded in by ``fold``, as the library does."""

    profiles: Sparse
    users: np.ndarray[Any, np.dtype[np.float32]]
    products: np.ndarray[Any, np.dtype[np.float32]]
    fold: Callable[[Sparse], np.ndarray[Any, np.dtype[np.float32]]] | None = None

    def scores_of(self, users: np.ndarray[Any, np.dtype[np.int32]]) -> Scores:
        return self._near(self.users[users])

    def scores(self, profiles: Sparse) -> Scores:
        if self.fold is None:
            raise NotImplementedError("This model knows only the customers that it was fitted to.")
        return self._near(self.fold(profiles))

    def _near(self, vectors: np.ndarray[Any, np.dtype[np.float32]]) -> Scores:
        found = vectors @ self.products.T
        return Scores(csr_array(found - found.min(axis=1, keepdims=True) + np.float32(1e-6)))


@dataclass(frozen=True, eq=False)
class CosineOfFactors(Factors):
    """The same vectors, asked for what is near to products: by cosine, as the library's ``similar_items``."""

    def scores(self, profiles: Sparse) -> Scores:
        unit = self.products / np.maximum(np.linalg.norm(self.products, axis=1, keepdims=True), 1e-9)
        found = (profiles @ unit) @ unit.T
        return Scores(csr_array(found - found.min(axis=1, keepdims=True) + np.float32(1e-6)))


@dataclass(frozen=True, eq=False)
class TheirNeighbours(Model):
    """The library's table of similar products."""

    profiles: Sparse
    similarity: Sparse

    def scores(self, profiles: Sparse) -> Scores:
        return Scores(sparse(profiles @ self.similarity))


def peers() -> Sequence[Peer]:
    """All that can be measured here."""
    plain = [
        Peer("popularity, all time", lambda history, now: fit_popularity(history, now, None), frozenset(Task)),
        Peer("counts of pairs", _counts, frozenset({Task.BASKET, Task.RELATED})),
        Peer("TIFU-kNN", lambda history, now: fit_common_habits(history, now), frozenset({Task.REBUY})),
    ]
    if not has_implicit():
        return plain
    return [
        *plain,
        Peer("implicit ALS", lambda history, _: _als(history, Factors), frozenset(Task) - {Task.RELATED}),
        Peer("implicit ALS", lambda history, _: _als(history, CosineOfFactors), frozenset({Task.RELATED})),
        Peer("implicit BM25", lambda history, _: _bm25(history), frozenset(Task)),
        Peer("implicit BPR", lambda history, _: _bpr(history, Factors), frozenset({Task.DISCOVERY, Task.REBUY})),
        Peer("implicit BPR", lambda history, _: _bpr(history, CosineOfFactors), frozenset({Task.RELATED})),
    ]


def has_implicit() -> bool:
    """Whether the library is there."""
    return find_spec("implicit") is not None


def _counts(history: Interactions, now: int) -> Model:
    return fit_together(history, now, None, damping=0.0)


def _als(history: Interactions, kind: type[Factors]) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.cpu.als").AlternatingLeastSquares(
            factors=_FACTORS, regularization=0.05, alpha=1.0, iterations=15, random_state=_SEED
        )
        model.fit(csr_matrix(table), show_progress=False)

    def fold(profiles: Sparse) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.asarray(model.recalculate_user(np.arange(profiles.shape[0]), csr_matrix(profiles)), dtype=np.float32)

    return kind(table, model.user_factors, model.item_factors, fold)


def _bpr(history: Interactions, kind: type[Factors]) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.cpu.bpr").BayesianPersonalizedRanking(
            factors=_FACTORS - 1, iterations=100, random_state=_SEED, num_threads=1
        )
        model.fit(csr_matrix(table), show_progress=False)
    return kind(table, model.user_factors, model.item_factors)


def _bm25(history: Interactions) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.nearest_neighbours").BM25Recommender(K=100)
        model.fit(csr_matrix(table), show_progress=False)
    return TheirNeighbours(table, sparse(model.similarity))


class _as_advised:  # noqa: N801 - reads as a word at its place
    """One BLAS thread, as the library asks for, and none of its warnings."""

    def __enter__(self) -> None:
        self._caught = warnings.catch_warnings()
        self._caught.__enter__()
        warnings.simplefilter("ignore")
        limits = import_module("threadpoolctl").threadpool_limits(1, "blas") if find_spec("threadpoolctl") else None
        self._limits: Any = limits or nullcontext()
        self._limits.__enter__()

    def __exit__(self, *what: object) -> None:
        self._limits.__exit__(None, None, None)
        self._caught.__exit__(None, None, None)
