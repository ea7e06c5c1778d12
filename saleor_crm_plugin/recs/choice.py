"""The choice is made by the data: what would have been best in the shop's own last weeks is used for the next ones.

Nothing after ``now`` is looked at. Candidates are fitted to the history before the last window and asked about that
window; the best few are asked about the window before as well, and about two more where there are few cases, as far as
the history reaches. The best of all is fitted anew to the whole history. A history of many millions of rows is compared
on a part of its customers.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import DAY, Sparse
from .blend import Blend
from .interactions import Interactions, Kind
from .metrics import hits, ndcg
from .model import Model
from .orders import order_of
from .popularity import Popularity, fit_popularity
from .recipes import CANDIDATES, NO_TREND, OF_CONTENT, POPULAR, TRENDS, Limits, Recipe, Trend
from .sample import some_customers
from .tasks import Cases, Task, answer, cases

# Below this, differences between models are chance.
FEWEST_ORDERS = 200
FEWEST_CASES = 30
_FEW_CASES = 200
CASES = 800
LIST = 20
# A model so far behind the best will not be saved by a blend.
_HOPEFUL = 0.7
_INTO_SECOND_ROUND = 4
_SO = " to compare models, so what sells is shown"


@dataclass(frozen=True)
class Tried:
    """What a candidate reached in validation: NDCG@20, over ``windows`` windows."""

    recipe: Recipe
    trend: Trend
    ndcg: float
    windows: int

    def __str__(self) -> str:
        return f"{self.recipe} + {self.trend}" if self.trend.weight else str(self.recipe)


@dataclass(frozen=True)
class Choice:
    """What was picked for a task and why. ``tried`` is empty where the history was too short to compare.

    ``reason`` is for people. ``popular`` is what popularity reached, 0 where nothing was compared.
    """

    task: Task
    picked: Tried
    tried: Sequence[Tried]
    popular: float
    reason: str

    def fit(self, history: Interactions, now: int, limits: Limits, alike: Sparse | None = None) -> Model:
        """Fit what was picked to what happened before ``now``; ``alike`` as in ``choose``."""
        return fitted(self.picked, history, now, limits, alike)


def choose(
    history: Interactions,
    now: int,
    tasks: Sequence[Task] = tuple(Task),
    days: float = 28,
    limits: Limits | None = None,
    alike: Sparse | None = None,
) -> dict[Task, Choice]:
    """Pick a model for each task. ``days`` is how far ahead its lists are meant to be good, and the window's length.

    With ``alike`` (how much products are like each other, see ``content.alike``), content is a candidate too.
    """
    limits = limits or Limits()
    past = some_customers(history.before(now), limits.rows)
    bought = past.of(Kind.PURCHASE)
    orders = int(order_of(bought).max()) + 1 if len(bought) else 0
    if orders < FEWEST_ORDERS:
        return {task: _unproven(task, too_few(f"{orders} orders")) for task in tasks}
    days = min(days, (int(past.times[-1]) - int(past.times[0])) / DAY / 4)
    deadline = time.monotonic() + limits.seconds
    first = _Round(past, now - round(days * DAY), days, tasks, alike)
    for recipe, good_for in _candidates(alike):
        if time.monotonic() > deadline:
            break
        first.attempt(recipe, [task for task in tasks if task in good_for], TRENDS, limits)
    later: list[_Round] = []
    for back in range(2, 2 + _windows_more(first)):
        again = _Round(past, now - round(back * days * DAY), days, tasks, alike)
        later.append(again)
        for recipe in dict.fromkeys(tried.recipe for task in tasks for tried in first.best(task, _INTO_SECOND_ROUND)):
            if time.monotonic() > deadline + limits.seconds / 2:
                break
            best = {task: first.best(task, _INTO_SECOND_ROUND) for task in tasks}
            wanted = {task: [one.trend for one in best[task] if one.recipe == recipe] for task in tasks}
            again.attempt_only(recipe, {task: trends for task, trends in wanted.items() if trends}, limits)
    return {task: _choice(task, first, later) for task in tasks}


def _windows_more(first: "_Round") -> int:
    """One window more, and three where a task has so few cases that one tells little."""
    enough = [len(asked) for asked in first.asked.values() if len(asked) >= FEWEST_CASES]
    return 3 if enough and min(enough) < _FEW_CASES else 1


def _candidates(alike: Sparse | None) -> Sequence[tuple[Recipe, frozenset[Task]]]:
    popular = [one for one in CANDIDATES if one[0].name == POPULAR]
    others = [one for one in CANDIDATES if one[0].name != POPULAR]
    return [*popular, OF_CONTENT, *others] if alike is not None else CANDIDATES


def fitted(picked: Tried, history: Interactions, now: int, limits: Limits, alike: Sparse | None = None) -> Model:
    """The model of a candidate, with its trend."""
    past = history.before(now)
    model = picked.recipe.fit(past, now, limits, alike)
    if not picked.trend.weight:
        return model
    return Blend(model, fit_popularity(past, now, picked.trend.half_life), picked.trend.weight)


class _Round:
    """One window of validation: the cases of each task, and what the candidates reached in it."""

    def __init__(self, past: Interactions, now: int, days: float, tasks: Sequence[Task], alike: Sparse | None) -> None:
        self.now, self.alike = now, alike
        self.before = past.before(now)
        self.asked: dict[Task, Cases] = {task: cases(task, past, now, days, CASES) for task in tasks}
        self.reached: dict[Task, dict[tuple[Recipe, Trend], float]] = {task: {} for task in tasks}
        self._popular: dict[float, Popularity] = {}

    def best(self, task: Task, most: int) -> list[Tried]:
        """The best candidates of a task, best first."""
        ranked = sorted(self.reached[task].items(), key=lambda entry: -entry[1])[:most]
        return [Tried(recipe, trend, value, 1) for (recipe, trend), value in ranked]

    def attempt(self, recipe: Recipe, tasks: Sequence[Task], trends: Sequence[Trend], limits: Limits) -> None:
        """Fit a candidate and ask it, alone and, if there is hope, with each trend."""
        tasks = [task for task in tasks if len(self.asked[task]) >= FEWEST_CASES]
        if not tasks:
            return
        model = recipe.fit(self.before, self.now, limits, self.alike)
        for task in tasks:
            best = max(self.reached[task].values(), default=0.0)
            alone = self._ask(task, recipe, NO_TREND, model)
            if recipe.name != POPULAR and alone >= _HOPEFUL * best:
                for trend in trends:
                    self._ask(task, recipe, trend, model)

    def attempt_only(self, recipe: Recipe, wanted: dict[Task, list[Trend]], limits: Limits) -> None:
        """Fit a candidate and ask it with some trends."""
        wanted = {task: trends for task, trends in wanted.items() if len(self.asked[task]) >= FEWEST_CASES}
        if wanted:
            model = recipe.fit(self.before, self.now, limits, self.alike)
            for task, trends in wanted.items():
                for trend in trends:
                    self._ask(task, recipe, trend, model)

    def _ask(self, task: Task, recipe: Recipe, trend: Trend, model: Model) -> float:
        asked = self.asked[task]
        if trend.weight:
            if trend.half_life not in self._popular:
                self._popular[trend.half_life] = fit_popularity(self.before, self.now, trend.half_life)
            model = Blend(model, self._popular[trend.half_life], trend.weight)
        hit = hits(answer(model, asked, LIST).items, asked.answers)
        self.reached[task][recipe, trend] = value = float(np.mean(ndcg(hit, asked.answers, LIST)))
        return value


def _choice(task: Task, first: _Round, later: Sequence[_Round]) -> Choice:
    if not first.reached[task]:
        cases_ = len(first.asked[task])
        why = too_few(f"{cases_} cases") if cases_ < FEWEST_CASES else f"there was no time{_SO}"
        return _unproven(task, why)
    tried = []
    for one in first.best(task, len(first.reached[task])):
        again = [one_round.reached[task].get((one.recipe, one.trend)) for one_round in later]
        values = [one.ndcg, *(value for value in again if value is not None)]
        tried.append(Tried(one.recipe, one.trend, sum(values) / len(values), len(values)))
    most = max(one.windows for one in tried)
    picked = max((one for one in tried if one.windows == most), key=lambda one: one.ndcg)
    popular = max(value for (recipe, _), value in first.reached[task].items() if recipe.name == POPULAR)
    return Choice(task, picked, tried, popular, best_of(len(tried), picked.windows, picked.ndcg, popular))


def best_of(candidates: int, windows: int, ndcg: float, popular: float) -> str:
    """Why what was picked was picked, for people."""
    weeks = "window" if windows == 1 else "windows"
    return (
        f"best of {candidates} candidates on the last {windows} {weeks} before the cut,"
        f" NDCG@20 {ndcg:.4f} (popularity {popular:.4f})"
    )


def too_few(what: str) -> str:
    """Why nothing was compared, for people."""
    return f"{what} are too few{_SO}"


def _unproven(task: Task, why: str) -> Choice:
    return Choice(task, Tried(Recipe(POPULAR, 90.0), NO_TREND, 0.0, 0), (), 0.0, why)
