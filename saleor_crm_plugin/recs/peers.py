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
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, csr_matrix

from .arrays import Codes, Sparse, sparse
from .baskets import fit_together
from .habits import fit_common_habits
from .interactions import Interactions, Kind
from .model import Model, Ranked, Scores
from .popularity import fit_popularity
from .signals import total
from .tasks import Task

_FACTORS, _SEED = 64, 1

Vectors: TypeAlias = npt.NDArray[np.float32]


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
    users: Vectors
    products: Vectors
    fold: Callable[[Sparse], Vectors] | None = None

    def scores_of(self, users: Codes) -> Scores:
        return _above_zero(self.users[users] @ self.products.T)

    def scores(self, profiles: Sparse) -> Scores:
        if self.fold is None:
            raise NotImplementedError("This model knows only the customers that it was fitted to.")
        return _above_zero(self.fold(profiles) @ self.products.T)

    def related(self, items: Codes, n: int) -> Ranked:
        lengths = np.linalg.norm(self.products, axis=1, keepdims=True)
        return _Near(self.profiles, self.products / np.maximum(lengths, 1e-9)).related(items, n)


@dataclass(frozen=True, eq=False)
class _Near(Model):
    """Products near to others: by the cosine of their vectors, as the library's ``similar_items``."""

    profiles: Sparse
    unit: Vectors

    def scores(self, profiles: Sparse) -> Scores:
        return _above_zero((profiles @ self.unit) @ self.unit.T)


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
        Peer("implicit ALS", lambda history, _: _als(history), frozenset(Task)),
        Peer("implicit BM25", lambda history, _: _bm25(history), frozenset(Task)),
        Peer("implicit BPR", lambda history, _: _bpr(history), frozenset(Task) - {Task.BASKET}),
    ]


def has_implicit() -> bool:
    """Whether the library is there."""
    return find_spec("implicit") is not None


def _counts(history: Interactions, now: int) -> Model:
    return fit_together(history, now, None, damping=0.0)


def _als(history: Interactions) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.cpu.als").AlternatingLeastSquares(
            factors=_FACTORS, regularization=0.05, alpha=1.0, iterations=15, random_state=_SEED
        )
        model.fit(csr_matrix(table), show_progress=False)

    def fold(profiles: Sparse) -> Vectors:
        return np.asarray(model.recalculate_user(np.arange(profiles.shape[0]), csr_matrix(profiles)), dtype=np.float32)

    return Factors(table, model.user_factors, model.item_factors, fold)


def _bpr(history: Interactions) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.cpu.bpr").BayesianPersonalizedRanking(
            factors=_FACTORS - 1, iterations=100, random_state=_SEED
        )
        model.fit(csr_matrix(table), show_progress=False)
    return Factors(table, model.user_factors, model.item_factors)


def _bm25(history: Interactions) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with _as_advised():
        model = import_module("implicit.nearest_neighbours").BM25Recommender(K=100)
        model.fit(csr_matrix(table), show_progress=False)
    return TheirNeighbours(table, sparse(model.similarity))


def _above_zero(scores: Vectors) -> Scores:
    """The same order in numbers above zero, as our lists hold nothing below."""
    return Scores(csr_array(scores - scores.min(axis=1, keepdims=True) + np.float32(1e-6)))


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
