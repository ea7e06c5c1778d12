"""What is the same wherever training is computed: what is read first, what can be shown, how lists of products are
kept."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import content
from ..arrays import NONE, Codes, Mask, Sparse, blocks, nothing
from ..filled import related_or_alike
from ..model import Model, Ranked
from . import popular
from .assortment import Assortment, read_assortment
from .engine import Order
from .lists import Lists
from .models import ProductList
from .reasons import CODES, Reason
from .wears import read_wears

MOST = 60  # products in a list: filters at the time of showing take some away
MOST_AGAIN = 12
# What was bought so lately may be back in stock tomorrow.
LATELY = timedelta(days=30)
_AT_ONCE = 50_000
# What fewer customers bought has no list of what they bought else: anybody who knows that a neighbour has the one thing
# could look up the rest.
FEWEST_BUYERS = 3

Reasons = npt.NDArray[np.integer[Any]]


def survey(order: Order) -> Assortment:
    """Read the shop's range, and keep what serving needs of it; what sells is listed anew."""
    order.progress("the range")
    range_ = read_assortment(order.shop)
    range_.keep_shelves()
    popular.refresh(order.now)
    return range_


def alike(range_: Assortment) -> Sparse | None:
    """How much products are like each other; None where there are none."""
    return content.alike(range_.content()) if range_.products else None


def can_be_shown(order: Order, range_: Assortment, lately: Mask, ever: Mask) -> Mask:
    """Products that a channel sells, that were bought within ``LATELY`` (``lately``), or that nobody bought ``ever``.

    What was bought once and is not sold any more would only stand in the way of others. What is new may be sold in a
    channel in which nobody bought anything yet.
    """
    shown = lately | ~ever
    if channels := popular.channels():
        shown |= range_.sold(order.shop, channels)
    return shown


def keep_related(lists: Lists, model: Model | None, like: Model | None, told: Mask) -> None:
    """Keep what ``model`` finds related, filled up with what is ``like`` the product. Nothing where both are None.

    ``told`` are the products that ``FEWEST_BUYERS`` bought: of others it is not said what goes with them.
    """
    for items in _products(lists):
        _keep_related(lists, model, like, items[told[items]])
        _keep_related(lists, None, like, items[~told[items]])


def keep_together(lists: Lists, together: Model, basket: Model | None, reason: Reason, told: Mask) -> None:
    """Keep what was bought together, and what a cart lacks (for a ``reason``), where there is a model for it.

    ``told`` as in ``keep_related``.
    """
    for part in _products(lists):
        items = part[told[part]]
        ranked = together.related(items, MOST)
        reasons = np.full(ranked.items.shape, CODES[Reason.BOUGHT_TOGETHER])
        _keep(lists, ProductList.Kind.TOGETHER, items, ranked, reasons)
        if basket:
            ranked = basket.related(items, MOST)
            reasons = np.where(only_popular(basket, ranked), CODES[Reason.POPULAR], CODES[reason])
            _keep(lists, ProductList.Kind.BASKET, items, ranked, reasons)


def keep_wears(order: Order, range_: Assortment, lists: Lists) -> None:
    """Keep which sizes customers bought, and for whom."""
    rules = order.rules
    variants = range_.values_of_variants({*rules.sizes, *rules.genders})
    lists.wears(read_wears(variants, rules.sizes, rules.genders, order.now))


def only_popular(model: Model, ranked: Ranked) -> Mask:
    """Which entries have what everybody gets and nothing of their own."""
    base = model.scores(nothing(1, model.profiles.shape[1])).base
    if base is None:
        return np.zeros(ranked.items.shape, dtype=bool)
    return np.asarray((ranked.scores == base[ranked.items]) & (ranked.items != NONE))


def figures(model: str, ndcg: float, popular: float, windows: int, candidates: int, reason: str) -> dict[str, Any]:
    """What is kept of a choice (``models.TrainingRun``)."""
    return {
        "model": model,
        "ndcg20": ndcg,
        "popularity_ndcg20": popular,
        "windows": windows,
        "candidates": candidates,
        "reason": reason,
    }


def _products(lists: Lists) -> Iterator[Codes]:
    for start, end in blocks(len(lists.item_ids), _AT_ONCE):
        yield np.arange(start, end, dtype=np.int32)


def _keep_related(lists: Lists, model: Model | None, like: Model | None, items: Codes) -> None:
    if model and like:
        ranked, similar = related_or_alike(model, like, items, MOST)
    elif model or like:
        ranked = (model or like).related(items, MOST)  # type: ignore[union-attr]
        similar = np.full(ranked.items.shape, model is None)
    else:
        return
    popular_ = only_popular(model, ranked) & ~similar if model else np.zeros_like(similar)
    reasons = np.where(similar, CODES[Reason.SIMILAR], CODES[Reason.RELATED])
    reasons = np.where(popular_, CODES[Reason.POPULAR], reasons)
    _keep(lists, ProductList.Kind.RELATED, items, ranked, reasons)


def _keep(lists: Lists, kind: ProductList.Kind, items: Codes, ranked: Ranked, reasons: Reasons) -> None:
    lists.of_products(kind, lists.item_ids[items], ranked, reasons.astype(np.int16))
