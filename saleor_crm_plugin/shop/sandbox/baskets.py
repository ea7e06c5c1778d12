"""What customers put into an order: by taste, brand, purse and season, in their own size; gifts in any."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import words
from .catalogue import Catalogue, Floats, Ints
from .people import People

_COLD = np.array([1.6, 1.5, 1.0, 0.6, 0.35, 0.25, 0.25, 0.4, 1.0, 1.5, 1.7, 1.7])
_WARM = np.array([0.4, 0.5, 0.9, 1.3, 1.6, 1.7, 1.5, 1.1, 0.8, 0.6, 0.4, 0.5])
SEASONS = {"cold": _COLD, "warm": _WARM, "all": np.ones(12)}  # demand by month
_SAME_AGAIN = 0.7  # of what is replenished


@dataclass(frozen=True)
class Lines:
    """Order lines as arrays."""

    order: Ints
    product: Ints  # index in the catalogue
    variant: Ints
    quantity: Ints


def fill(
    rng: np.random.Generator,
    catalogue: Catalogue,
    people: People,
    person: Ints,
    days: Floats,
    month: Ints,
    gift: NDArray[np.bool_],
) -> Lines:
    """The lines of orders that are given by person, days before now, month (0-11) and whether it is a gift."""
    order = np.repeat(np.arange(len(person)), 1 + rng.poisson(0.75, len(person)))
    kind = _kinds(rng, people.taste[person[order]], month[order], catalogue)
    product = np.zeros(len(order), dtype=np.int64)
    for number, each in enumerate(words.KINDS):
        here = np.flatnonzero(kind == number)
        range_ = np.flatnonzero(catalogue.kind == number)
        if len(here):
            who = person[order[here]]
            weights = _weights(catalogue, people, range_, who, days[order[here]], month[order[here]])
            product[here] = range_[_choose(rng, weights)]
            if each.key in words.REPLENISHED:
                product[here] = _same_again(rng, who, product[here])
    place = _sizes(rng, catalogue, people, product, person[order], gift[order])
    variant = catalogue.variant[product, place]
    _, first = np.unique(np.stack([order, variant]), axis=1, return_index=True)
    first.sort()
    quantity = 1 + (rng.random(len(first)) < 0.06)
    return Lines(order[first], product[first], variant[first], quantity)


def _kinds(rng: np.random.Generator, taste: Floats, month: Ints, catalogue: Catalogue) -> Ints:
    demand = np.array([SEASONS[kind.season] for kind in words.KINDS]).T[month]
    there = np.isin(np.arange(len(words.KINDS)), catalogue.kind)
    return _choose(rng, taste * demand * there + 1e-9 * there)


def _weights(catalogue: Catalogue, people: People, range_: Ints, who: Ints, days: Floats, month: Ints) -> Floats:
    """How much each person (row) wants each product (column) of one kind."""
    brand = people.brands[who][:, catalogue.brand[range_]]
    season = np.array([SEASONS[name] for name in catalogue.season[range_]]).T[month]
    price = np.log(catalogue.price[range_, 0])
    fit = np.exp(-(((price - price.mean())[None, :] - people.purse[who][:, None]) ** 2) / (2 * 0.35**2))
    worn = (catalogue.gender[range_] == "u") | (catalogue.gender[range_] == people.gender[who][:, None])
    out = catalogue.launched[range_] > days[:, None]
    wanted: Floats = catalogue.popularity[range_] * (brand * season * fit * worn * out + 1e-9)
    return wanted


def _same_again(rng: np.random.Generator, who: Ints, product: Ints) -> Ints:
    """Most often what the person took the first time."""
    _, first, person = np.unique(who, return_index=True, return_inverse=True)
    return np.where(rng.random(len(who)) < _SAME_AGAIN, product[first[person]], product)


def _sizes(
    rng: np.random.Generator,
    catalogue: Catalogue,
    people: People,
    product: Ints,
    who: Ints,
    gift: NDArray[np.bool_],
) -> Ints:
    """The person's own size, once in a while the next one, any size for a gift."""
    keys = list(words.SIZES)
    widths = np.array([len(words.SIZES[key]) for key in keys])
    own = np.stack([people.size[key] for key in keys])
    scale = np.array([keys.index(kind.sizes) for kind in words.KINDS])[catalogue.kind[product]]
    width = widths[scale]
    wobble = rng.choice([-1, 0, 1], len(product), p=[0.04, 0.92, 0.04])
    place = np.clip(own[scale, who] + wobble, 0, width - 1)
    any_size = (rng.random(len(product)) * width).astype(np.int64)
    chosen: Ints = np.where(gift, any_size, place)
    return chosen


def _choose(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column for each row, by its weights."""
    heaped = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights)) * heaped[:, -1]
    chosen: Ints = np.minimum((heaped < drawn[:, None]).sum(axis=1), weights.shape[1] - 1)
    return chosen
