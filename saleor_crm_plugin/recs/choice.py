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
from .metrics import PerCase, hits, ndcg
from .model import Model
from .orders import order_of
from .popularity import Popularity, fit_popularity
from .recipes import (
    CANDIDATES,
    LEARNED,
    LEARNED_FROM_ORDERS,
    NO_TREND,
    OF_CONTENT,
    POPULAR,
    TRENDS,
    Kept,
    Limits,
    Recipe,
    Trend,
)
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
# Of dozens of candidates the luckiest looks best. The one that weighs several models itself is taken where the best is
# not ahead by more than chance (the rule of one standard error, Breiman et al. 1984).
_SURE = {Task.DISCOVERY: "learned discovery"}


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
    kept: Kept = {}
    # Learning from several windows of tens of millions of lines what belongs in a cart takes longer than it is worth.
    slow = LEARNED_FROM_ORDERS if len(past) < len(history.before(now)) else frozenset()
    first = _Round(past, now - round(days * DAY), days, tasks, alike, kept)
    for recipe, good_for in _candidates(alike):
        if time.monotonic() > deadline:
            break
        if recipe.name in slow:
            continue
        first.attempt(recipe, [task for task in tasks if task in good_for], TRENDS, limits)
    later: list[_Round] = []
    for back in range(2, 2 + _windows_more(first)):
        again = _Round(past, now - round(back * days * DAY), days, tasks, alike, kept)
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

    def __init__(
        self, past: Interactions, now: int, days: float, tasks: Sequence[Task], alike: Sparse | None, kept: Kept
    ) -> None:
        self.now, self.alike, self._kept = now, alike, kept
        self.before = past.before(now)
        self.asked: dict[Task, Cases] = {task: cases(task, past, now, days, CASES) for task in tasks}
        self.reached: dict[Task, dict[tuple[Recipe, Trend], PerCase]] = {task: {} for task in tasks}
        self._popular: dict[float, Popularity] = {}

    def best(self, task: Task, most: int) -> list[Tried]:
        """The best candidates of a task, best first, and those that are always asked again: what sells among them."""
        means = {which: float(values.mean()) for which, values in self.reached[task].items()}
        ranked = sorted(means.items(), key=lambda entry: -entry[1])
        always = (POPULAR, _SURE.get(task))
        wanted = [*ranked[:most], *(entry for entry in ranked[most:] if entry[0][0].name in always)]
        return [Tried(recipe, trend, value, 1) for (recipe, trend), value in wanted]

    def attempt(self, recipe: Recipe, tasks: Sequence[Task], trends: Sequence[Trend], limits: Limits) -> None:
        """Fit a candidate and ask it, alone and, if there is hope, with each trend."""
        tasks = [task for task in tasks if len(self.asked[task]) >= FEWEST_CASES]
        if not tasks:
            return
        model = recipe.fit(self.before, self.now, limits, self.alike, self._kept)
        for task in tasks:
            best = max((float(values.mean()) for values in self.reached[task].values()), default=0.0)
            alone = self._ask(task, recipe, NO_TREND, model)
            if recipe.name not in (POPULAR, *LEARNED) and alone >= _HOPEFUL * best:
                for trend in trends:
                    self._ask(task, recipe, trend, model)

    def attempt_only(self, recipe: Recipe, wanted: dict[Task, list[Trend]], limits: Limits) -> None:
        """Fit a candidate and ask it with some trends."""
        wanted = {task: trends for task, trends in wanted.items() if len(self.asked[task]) >= FEWEST_CASES}
        if wanted:
            model = recipe.fit(self.before, self.now, limits, self.alike, self._kept)
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
        self.reached[task][recipe, trend] = values = ndcg(hit, asked.answers, LIST)
        return float(values.mean())


def _choice(task: Task, first: _Round, later: Sequence[_Round]) -> Choice:
    if not first.reached[task]:
        cases_ = len(first.asked[task])
        why = too_few(f"{cases_} cases") if cases_ < FEWEST_CASES else f"there was no time{_SO}"
        return _unproven(task, why)
    tried = []
    for one in first.best(task, len(first.reached[task])):
        values = [float(cases.mean()) for cases in _windows(one, task, first, later)]
        tried.append(Tried(one.recipe, one.trend, sum(values) / len(values), len(values)))
    most = max(one.windows for one in tried)
    last = [one for one in tried if one.windows == most]
    best = max(last, key=lambda one: one.ndcg)
    popular = max(one.ndcg for one in (_popular(last) or _popular(tried)))
    sure = [one for one in last if one.recipe.name == _SURE.get(task) and one.ndcg >= popular]
    alike = [one for one in sure if not _surely_better(*(_windows(it, task, first, later) for it in (best, one)))]
    picked = alike[0] if alike else best
    how = "best" if picked is best else "as good as the best"
    return Choice(task, picked, tried, popular, best_of(len(tried), picked.windows, picked.ndcg, popular, how))


def best_of(candidates: int, windows: int, ndcg: float, popular: float, how: str = "best") -> str:
    """Why what was picked was picked, for people."""
    weeks = "window" if windows == 1 else "windows"
    return (
        f"{how} of {candidates} candidates on the last {windows} {weeks} before the cut,"
        f" NDCG@20 {ndcg:.4f} (popularity {popular:.4f})"
    )


def too_few(what: str) -> str:
    """Why nothing was compared, for people."""
    return f"{what} are too few{_SO}"


def _popular(tried: Sequence[Tried]) -> list[Tried]:
    return [one for one in tried if one.recipe.name == POPULAR]


def _windows(one: Tried, task: Task, first: _Round, later: Sequence[_Round]) -> list[PerCase]:
    """What a candidate reached with each case, in each window that it was asked about."""
    reached = [one_round.reached[task].get((one.recipe, one.trend)) for one_round in (first, *later)]
    return [cases for cases in reached if cases is not None]


def _surely_better(ones: Sequence[PerCase], others: Sequence[PerCase]) -> bool:
    """Whether the first are better by more than the standard error of the difference, case by case."""
    ahead = [one - other for one, other in zip(ones, others, strict=True)]
    error = np.sqrt(sum(float(cases.var()) / len(cases) for cases in ahead)) / len(ahead)
    return bool(np.mean([cases.mean() for cases in ahead]) > error)


def _unproven(task: Task, why: str) -> Choice:
    return Choice(task, Tried(Recipe(POPULAR, 90.0), NO_TREND, 0.0, 0), (), 0.0, why)
