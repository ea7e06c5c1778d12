"""Which models there are to choose from, each with the task it is good for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import baskets, content, ease, factors, habits, neighbours, popularity, rebuy
from .arrays import Sparse
from .interactions import Interactions
from .learned import fit_learned
from .model import Model
from .tasks import Task


@dataclass(frozen=True)
class Limits:
    """What fitting may take: bytes of memory beside the data, seconds for trying candidates, and rows to try them on.

    Where there are more rows, candidates are compared on a part of the customers.
    """

    memory: float = 2e9
    seconds: float = 300.0
    rows: int = 3_000_000


# Models that were fitted to a history already: by its rows, the moment and the recipe.
Kept = dict[tuple[int, int, "Recipe"], Model]


@dataclass(frozen=True)
class Recipe:
    """A model and how fast its signs fade (days; None: never)."""

    name: str
    half_life: float | None

    def fit(
        self, history: Interactions, now: int, limits: Limits, alike: Sparse | None = None, kept: Kept | None = None
    ) -> Model:
        """Fit it to what happened before ``now``. ``alike`` is needed by content only (see ``content.alike``).

        With ``kept``, what several learned models are made of is fitted once. It is for slices of one history.
        """
        if self.name == CONTENT:
            if alike is None:
                raise ValueError("Products can't be compared by content without what is known of them.")
            return content.fit_content(history, now, alike, self.half_life)
        if self.name in LEARNED:
            return self._learned(history, now, limits, {} if kept is None else kept)
        if kept is None or self not in _SHARED:
            return _FITS[self.name](history, now, self.half_life, limits)
        key = (len(history), now, self)
        if key not in kept:
            kept[key] = _FITS[self.name](history, now, self.half_life, limits)
        return kept[key]

    def _learned(self, history: Interactions, now: int, limits: Limits, kept: Kept) -> Model:
        task = LEARNED[self.name]
        parts = [
            lambda past, then, recipe=recipe: recipe.fit(past, then, limits, kept=kept)
            for recipe in _MADE_OF[task]
            if recipe.name != "EASE" or history.item_count <= _MOST_BESIDE_SQUARE
        ]
        return fit_learned(history, now, task, parts, rows=limits.rows)

    def __str__(self) -> str:
        return self.name if self.half_life is None else f"{self.name}, half-life {self.half_life:g} days"


@dataclass(frozen=True)
class Trend:
    """How much popularity of the last days is blended in. A weight of 0 is none."""

    half_life: float
    weight: float

    def __str__(self) -> str:
        return f"{self.weight:g} × what sells, half-life {self.half_life:g} days"


NO_TREND = Trend(0, 0)
POPULAR = "popularity"
CONTENT = "content"

_Fit = Callable[[Interactions, int, float | None, Limits], Model]
_FITS: dict[str, _Fit] = {
    POPULAR: lambda history, now, half_life, _: popularity.fit_popularity(history, now, half_life),
    "EASE": lambda history, now, half_life, limits: ease.fit_ease(history, now, half_life, _square(limits)),
    "BM25": lambda history, now, half_life, _: neighbours.fit_bm25(history, now, half_life),
    "cosine": lambda history, now, half_life, _: neighbours.fit_cosine(history, now, half_life),
    "RP3beta": lambda history, now, half_life, _: neighbours.fit_walks(history, now, half_life),
    "bought together": lambda history, now, half_life, _: baskets.fit_together(history, now, half_life, damping=0.4),
    "pairs": lambda history, now, half_life, _: baskets.fit_together(history, now, half_life, damping=0.0),
    "ALS": lambda history, now, half_life, _: factors.fit_als(history, now, half_life),
    "habits": lambda history, now, half_life, _: habits.fit_habits(history, now, half_life),
    "common habits": lambda history, now, _, __: habits.fit_common_habits(history, now),
    "learned habits": lambda history, now, _, __: rebuy.fit_rebuy(history, now),
}
# What each learned model weighs against each other and against what sells.
LEARNED = {f"learned {task}": task for task in (Task.DISCOVERY, Task.BASKET, Task.RELATED)}
LEARNED_FROM_ORDERS = frozenset(f"learned {task}" for task in (Task.BASKET, Task.RELATED))
_OF_ORDERS = (Recipe("pairs", None), Recipe("bought together", None), Recipe("BM25", 90.0), Recipe("EASE", 90.0))
_MADE_OF: dict[Task, Sequence[Recipe]] = {
    Task.DISCOVERY: (Recipe("BM25", 90.0), Recipe("EASE", 90.0)),
    Task.BASKET: _OF_ORDERS,
    Task.RELATED: _OF_ORDERS,
}
_SHARED = frozenset(recipe for made_of in _MADE_OF.values() for recipe in made_of)
# Where there are more products, the square holds too few of them to be worth the lists of all customers.
_MOST_BESIDE_SQUARE = 30_000
# The cube of so many products takes about half a minute on two cores.
_MOST_OF_SQUARE = 5000


def _square(limits: Limits) -> int:
    return min(_MOST_OF_SQUARE, ease.most_products(limits.memory / 2))


# Tried in this order while there is time, so that what wins most often is tried first. What wins where was measured
# with ``python -m benchmarks.recs``.
CANDIDATES: Sequence[tuple[Recipe, frozenset[Task]]] = tuple(
    (Recipe(name, half_life), frozenset(tasks))
    for name, half_life, tasks in (
        (POPULAR, 30.0, list(Task)),
        (POPULAR, 5.0, list(Task)),
        ("habits", 120.0, [Task.REBUY]),
        ("learned habits", None, [Task.REBUY]),
        ("pairs", None, [Task.BASKET, Task.RELATED]),
        ("BM25", 90.0, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
        ("bought together", None, [Task.BASKET, Task.RELATED]),
        ("EASE", 90.0, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
        *((name, None, [task]) for name, task in LEARNED.items()),
        ("common habits", None, [Task.REBUY, Task.DISCOVERY]),
        ("habits", 365.0, [Task.REBUY]),
        ("ALS", None, [Task.DISCOVERY]),
        ("EASE", None, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
        ("BM25", None, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
        ("RP3beta", 90.0, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
        ("EASE", 30.0, [Task.DISCOVERY]),
        ("habits", 45.0, [Task.REBUY]),
        ("BM25", 30.0, [Task.DISCOVERY]),
        ("bought together", 90.0, [Task.BASKET, Task.RELATED]),
        ("RP3beta", None, [Task.DISCOVERY, Task.BASKET, Task.RELATED]),
    )
    if name != "ALS" or factors.has_implicit()
)
# Tried after what sells where it is known what products are.
OF_CONTENT = (Recipe(CONTENT, 30.0), frozenset((Task.DISCOVERY, Task.RELATED)))
TRENDS: Sequence[Trend] = tuple(Trend(half_life, weight) for half_life in (5.0, 30.0) for weight in (0.1, 0.3, 0.8))
