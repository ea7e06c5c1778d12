"""Every model beside every peer and beside what is chosen by itself, on one cut through a history."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .choice import Choice, choose
from .interactions import Interactions, Kind
from .measure import Measured, measured
from .metrics import PerCase, coverage, hits, ndcg, novelty, recall
from .model import Model
from .peers import peers
from .recipes import LEARNED, Limits, Recipe
from .signals import latest
from .tasks import Cases, Task, answer, cases

_LIST = 20
_OWN: Sequence[tuple[Recipe, frozenset[Task]]] = (
    (Recipe("popularity", 30.0), frozenset(Task)),
    (Recipe("popularity", 5.0), frozenset(Task)),
    (Recipe("BM25", 90.0), frozenset(Task)),
    (Recipe("cosine", 90.0), frozenset(Task)),
    (Recipe("RP3beta", 90.0), frozenset(Task)),
    (Recipe("EASE", 90.0), frozenset(Task)),
    (Recipe("bought together", None), frozenset({Task.BASKET, Task.RELATED})),
    (Recipe("habits", 120.0), frozenset({Task.REBUY})),
    (Recipe("learned habits", None), frozenset({Task.REBUY})),
    *((Recipe(name, None), frozenset({task})) for name, task in LEARNED.items()),
)


@dataclass(frozen=True, eq=False)
class Row:
    """A model on a task. Seconds and megabytes are for fitting; ``per_case`` and ``recall_per_case`` are the NDCG@20
    and recall@20 of each case.

    In rebuy, peers are measured twice: ``of_all`` is the peer as its library ranks, among all products.
    For the automatic choice, ``search_s`` are the seconds for comparing candidates, once for all tasks; its megabytes
    are the peak of both.
    """

    task: Task
    model: str
    kind: str
    cases: int
    ndcg10: float
    ndcg20: float
    recall10: float
    recall20: float
    coverage: float
    novelty: float
    fit_s: float
    search_s: float
    peak_mb: float
    of_all: bool
    per_case: PerCase
    recall_per_case: PerCase


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All rows, the choices and their reasons."""

    rows: Sequence[Row]
    choices: dict[Task, Choice]


Progress = Callable[[str], None]


def evaluate(
    history: Interactions,
    now: int,
    days: float,
    limits: Limits | None = None,
    most_cases: int = 2000,
    progress: Progress = lambda _: None,
    own: bool = True,
) -> Evaluation:
    """Cut at ``now``, fit everything to what was before, ask about the ``days`` after it.

    The automatic choice tunes itself on what was before alone. ``own`` also measures each of our models by itself.
    """
    limits = limits or Limits()
    past = history.before(now)
    asked = {task: cases(task, history, now, days, most_cases) for task in Task}
    asked = {task: questions for task, questions in asked.items() if len(questions)}
    scene = _Scene(asked, past)
    rows: list[Row] = []
    for name, kind, fit, good_for in _contestants(past, now, limits, own):
        tasks = [task for task in asked if task in good_for]
        if tasks:
            progress(name)
            fitting = measured(fit)
            rows += [scene.row(task, name, kind, fitting) for task in tasks]
            if kind == "peer" and Task.REBUY in tasks:
                rows.append(scene.row(Task.REBUY, f"{name}, of all products", kind, fitting, of_all=True))
            del fitting
    progress("automatic choice")
    search = measured(lambda: choose(past, now, tuple(asked), days, limits))
    for task, choice in search.result.items():
        fitting = measured(lambda choice=choice: choice.fit(past, now, limits))  # type: ignore[misc]
        rows.append(scene.row(task, f"auto: {choice.picked}", "auto", fitting, search.seconds, search.peak_mb))
    rows.sort(key=lambda row: (list(Task).index(row.task), -row.ndcg20))
    return Evaluation(rows, search.result)


def _contestants(
    past: Interactions, now: int, limits: Limits, own: bool
) -> Iterator[tuple[str, str, Callable[[], Model], frozenset[Task]]]:
    for peer in peers():
        yield peer.name, "peer", lambda peer=peer: peer.fit(past, now), peer.tasks  # type: ignore[misc]
    for recipe, tasks in _OWN if own else ():
        yield str(recipe), "own", lambda recipe=recipe: recipe.fit(past, now, limits), tasks  # type: ignore[misc]


class _Scene:
    """The cases, and what is needed to judge lists for them."""

    def __init__(self, asked: dict[Task, Cases], past: Interactions) -> None:
        self.asked = asked
        bought = latest(past.of(Kind.PURCHASE), 0)
        owners = np.bincount(bought.indices, minlength=past.item_count)
        self.on_sale = int((owners > 0).sum())
        self.share = (owners / max(int((np.diff(bought.indptr) > 0).sum()), 1)).astype(np.float32)

    def row(
        self,
        task: Task,
        name: str,
        kind: str,
        fitting: Measured[Model],
        search_s: float = 0,
        search_mb: float = 0,
        of_all: bool = False,
    ) -> Row:
        asked = self.asked[task]
        lists = answer(fitting.result, asked, _LIST, of_all).items
        hit = hits(lists, asked.answers)
        per_case, recall_per_case = ndcg(hit, asked.answers, 20), recall(hit, asked.answers, 20)
        return Row(
            task=task,
            model=name,
            kind=kind,
            cases=len(asked),
            ndcg10=float(ndcg(hit, asked.answers, 10).mean()),
            ndcg20=float(per_case.mean()),
            recall10=float(recall(hit, asked.answers, 10).mean()),
            recall20=float(recall_per_case.mean()),
            coverage=coverage(lists, self.on_sale),
            novelty=novelty(lists, self.share),
            fit_s=fitting.seconds,
            search_s=search_s,
            peak_mb=max(fitting.peak_mb, search_mb),
            of_all=of_all,
            per_case=per_case,
            recall_per_case=recall_per_case,
        )
