"""Training on this machine: what is best for the shop is found out, fitted, and asked for all its lists."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import content
from ..arrays import Codes, Floats, Mask, Sparse, blocks
from ..baskets import fit_together
from ..choice import Choice, choose
from ..crossing import crossing, every_third
from ..guards import has_profile
from ..interactions import Interactions, Kind
from ..model import Model, Ranked
from ..recipes import CONTENT, POPULAR, Limits
from ..replenish import due
from ..signals import latest
from ..tasks import Task
from ..weighed import Weighed
from . import every_engine, popular
from .assortment import Assortment
from .engine import Order, Trained
from .every_engine import FEWEST_BUYERS, LATELY, MOST, MOST_AGAIN, only_popular
from .history import read_history
from .lists import Lists
from .models import ContactList
from .reasons import CODES, Reason

# Of lists for customers who know one category only: every third product is from beyond it.
_BEYOND = 20
_AT_ONCE = 50_000
_SECONDS = 120.0  # for comparing candidates


class LocalEngine:
    """numpy and scipy in this process, on all its cores. The default."""

    name = "local"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits(seconds=_SECONDS)

    def train(self, order: Order) -> Trained:
        """Make the lists of a run. Ten minutes and 6 GB are enough for 30 million lines on two cores."""
        range_ = every_engine.survey(order)
        order.progress("what was bought and looked at")
        history = read_history(order.now, range_.ids)
        training = _Training(order, range_, history, self.limits)
        order.progress("which models are the best")
        choices = training.choices
        training.keep()
        half_life = _popular_half_life(choices[Task.DISCOVERY])
        popular.refresh(order.now, half_life)
        bought = history.of(Kind.PURCHASE)
        return Trained(
            customers=int((np.unique(bought.user_ids[bought.users]) > 0).sum()),
            products=history.item_count,
            lines=len(bought),
            popular_half_life=half_life,
            figures={task.value: _figures(choice) for task, choice in choices.items()},
        )


@dataclass(frozen=True)
class _Training:
    order: Order
    range_: Assortment
    history: Interactions
    limits: Limits

    @cached_property
    def now(self) -> int:
        return int(self.order.now.timestamp())

    @cached_property
    def alike(self) -> Sparse | None:
        return every_engine.alike(self.range_)

    @cached_property
    def choices(self) -> dict[Task, Choice]:
        return choose(self.history, self.now, limits=self.limits, alike=self.alike)

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.order.run_id, self.history.item_ids)

    @cached_property
    def shown(self) -> Floats:
        """1 for products that can be shown, 0 for those that no channel has sold for weeks."""
        lately = self.history.since(self.now - round(LATELY.total_seconds())).of(Kind.PURCHASE)
        bought = np.bincount(lately.items, minlength=self.history.item_count) > 0
        ever = np.bincount(self.bought.indices, minlength=self.history.item_count) > 0
        return every_engine.can_be_shown(self.order, self.range_, bought, ever).astype(np.float32)

    @cached_property
    def bought(self) -> Sparse:
        return latest(self.history.gifts_counted().of(Kind.PURCHASE), self.now)

    @cached_property
    def told(self) -> Mask:
        """Products that so many bought that it says nothing of any one of them what goes with them."""
        buyers = np.bincount(self.bought.indices, minlength=self.history.item_count)
        return np.asarray(buyers >= FEWEST_BUYERS)

    @cached_property
    def contacts(self) -> Codes:
        """Customers whom the CRM knows; others are below zero."""
        return np.flatnonzero(self.history.user_ids > 0).astype(np.int32)

    def keep(self) -> None:
        self.order.progress("related products")
        self._related()
        self.order.progress("bought together")
        self._together()
        self.order.progress("what each customer may like")
        self._personal()
        self.order.progress("what runs out")
        self._again()
        every_engine.keep_wears(self.order, self.range_, self.lists)

    def fit(self, task: Task) -> Model | None:
        """What was picked; None where that is popularity, which needs no lists of anybody's own.

        Popularity is a candidate in every comparison: what is picked is not worse.
        """
        choice = self.choices[task]
        if choice.picked.recipe.name == POPULAR:
            return None
        return Weighed(choice.fit(self.history, self.now, self.limits, self.alike), self.shown)

    def _related(self) -> None:
        like = None
        if self.alike is not None:
            like = Weighed(content.fit_content(self.history, self.now, self.alike), self.shown)
        every_engine.keep_related(self.lists, self.fit(Task.RELATED), like, self.told)

    def _together(self) -> None:
        if not self.choices[Task.BASKET].tried:
            return  # so few orders that two products in one are chance
        together = Weighed(fit_together(self.history, self.now, damping=0.4), self.shown)
        reason = Reason.BOUGHT_TOGETHER if self._by_orders(Task.BASKET) else Reason.RELATED
        every_engine.keep_together(self.lists, together, self.fit(Task.BASKET), reason, self.told)

    def _by_orders(self, task: Task) -> bool:
        return self.choices[task].picked.recipe.name in ("bought together", "pairs")

    def _personal(self) -> None:
        model = self.fit(Task.DISCOVERY)
        if model is None:
            return
        users = self.contacts[has_profile(self.history)[self.contacts]]
        beyond = crossing(model, self.history, self.range_.top_categories(), _BEYOND, self.bought)
        crosses = np.isin(users, beyond.users)
        for start, end in blocks(len(users), _AT_ONCE):
            some, crossing_ = users[start:end], crosses[start:end]
            ranked = model.recommend(some, MOST, exclude=self.bought[some])
            self._keep_personal(some[~crossing_], _rows(ranked, ~crossing_), only_popular(model, ranked)[~crossing_])
            there = np.searchsorted(beyond.users, some[crossing_])
            mixed, _ = every_third(_rows(ranked, crossing_), _rows(beyond.ranked, there))
            self._keep_personal(some[crossing_], mixed, np.zeros(mixed.items.shape, dtype=bool))

    def _keep_personal(self, users: Codes, ranked: Ranked, popular_: Mask) -> None:
        own = Reason.SIMILAR if self.choices[Task.DISCOVERY].picked.recipe.name == CONTENT else Reason.PERSONAL
        reasons = np.where(popular_, CODES[Reason.POPULAR], CODES[own])
        self._keep_contacts(ContactList.Kind.PERSONAL, users, ranked, reasons)

    def _again(self) -> None:
        mine = self.history.where(self.history.weights > 0)
        wanted = due(mine, self.now)
        users = self.contacts[np.diff(wanted.profiles.indptr)[self.contacts] > 0]
        # The order is that of the best model for it, where there is one; when is what the gaps say.
        model = self.fit(Task.REBUY) or Weighed(wanted, self.shown)
        for start, end in blocks(len(users), _AT_ONCE):
            some = users[start:end]
            ranked = model.recommend(some, MOST_AGAIN, only=wanted.profiles[some])
            reasons = np.full(ranked.items.shape, CODES[Reason.BOUGHT_BEFORE])
            self._keep_contacts(ContactList.Kind.AGAIN, some, ranked, reasons)

    def _keep_contacts(
        self, kind: ContactList.Kind, users: Codes, ranked: Ranked, reasons: npt.NDArray[np.integer[Any]]
    ) -> None:
        self.lists.of_contacts(kind, self.history.user_ids[users], ranked, reasons.astype(np.int16))


def _rows(ranked: Ranked, rows: Codes | Mask | npt.NDArray[np.int64]) -> Ranked:
    return Ranked(ranked.items[rows], ranked.scores[rows])


def _popular_half_life(choice: Choice) -> float:
    """How fast popularity fades where it is the most useful, as far as the shop's past tells."""
    tried = [one for one in choice.tried if one.recipe.name == POPULAR and one.recipe.half_life]
    best = max(tried, key=lambda one: one.ndcg, default=None)
    return best.recipe.half_life or popular.HALF_LIFE if best else popular.HALF_LIFE


def _figures(choice: Choice) -> dict[str, Any]:
    picked = choice.picked
    return every_engine.figures(
        str(picked), picked.ndcg, choice.popular, picked.windows, len(choice.tried), choice.reason
    )
