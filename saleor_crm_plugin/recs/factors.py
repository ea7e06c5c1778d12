"""Customers and products as vectors, by the library ``implicit`` where it is installed: ALS and BPR."""

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, csr_matrix

from .arrays import Codes, Sparse
from .interactions import Interactions, Kind
from .model import Model, Ranked, Scores
from .signals import total

_FACTORS, _SEED = 64, 1

Vectors: TypeAlias = npt.NDArray[np.float32]


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


def has_implicit() -> bool:
    """Whether the library is there."""
    return find_spec("implicit") is not None


def fit_als(history: Interactions, now: int, half_life: float | None = None) -> Factors:
    """Alternating least squares (Hu, Koren and Volinsky 2008) of how often each customer bought each product."""
    table = total(history.of(Kind.PURCHASE), now, half_life)
    with as_advised():
        model = import_module("implicit.cpu.als").AlternatingLeastSquares(
            factors=_FACTORS, regularization=0.05, alpha=1.0, iterations=15, random_state=_SEED
        )
        model.fit(csr_matrix(table), show_progress=False)

    def fold(profiles: Sparse) -> Vectors:
        return np.asarray(model.recalculate_user(np.arange(profiles.shape[0]), csr_matrix(profiles)), dtype=np.float32)

    return Factors(table, model.user_factors, model.item_factors, fold)


def fit_bpr(history: Interactions) -> Factors:
    """Pairs of a bought and another product (Rendle et al. 2009)."""
    table = total(history.of(Kind.PURCHASE), 0)
    with as_advised():
        model = import_module("implicit.cpu.bpr").BayesianPersonalizedRanking(
            factors=_FACTORS - 1, iterations=100, random_state=_SEED
        )
        model.fit(csr_matrix(table), show_progress=False)
    return Factors(table, model.user_factors, model.item_factors)


def _above_zero(scores: Vectors) -> Scores:
    """The same order in numbers above zero, as our lists hold nothing below."""
    return Scores(csr_array(scores - scores.min(axis=1, keepdims=True) + np.float32(1e-6)))


class as_advised:  # noqa: N801 - reads as a word at its place
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
