"""What a shop could take instead, in the same run: the models of the library ``implicit``, and the plain counts.

They get what their users would give them: how often each customer bought each product, nothing about time. The library
is optional; without it only the plain counts are there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from scipy.sparse import csr_matrix

from .arrays import Sparse, sparse
from .baskets import fit_together
from .factors import as_advised, fit_als, fit_bpr, has_implicit
from .habits import fit_common_habits
from .interactions import Interactions, Kind
from .model import Model, Scores
from .popularity import fit_popularity
from .signals import total
from .tasks import Task


@dataclass(frozen=True)
class Peer:
    """A model of others, by the name of its kind, and the tasks that it can do."""

    name: str
    fit: Callable[[Interactions, int], Model]
    tasks: frozenset[Task]


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
        Peer("implicit ALS", lambda history, now: fit_als(history, now), frozenset(Task)),
        Peer("implicit BM25", lambda history, _: _bm25(history), frozenset(Task)),
        Peer("implicit BPR", lambda history, _: fit_bpr(history), frozenset(Task) - {Task.BASKET}),
    ]


def _counts(history: Interactions, now: int) -> Model:
    return fit_together(history, now, None, damping=0.0)


def _bm25(history: Interactions) -> Model:
    table = total(history.of(Kind.PURCHASE), 0)
    with as_advised():
        model = import_module("implicit.nearest_neighbours").BM25Recommender(K=100)
        model.fit(csr_matrix(table), show_progress=False)
    return TheirNeighbours(table, sparse(model.similarity))
