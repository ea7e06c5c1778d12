"""Products that are alike by what they are: for products that nobody bought yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import scipy.sparse
from scipy.sparse import csr_array

from .arrays import Sparse, nothing, sparse
from .interactions import Interactions
from .neighbours import NEIGHBOURS, Neighbours
from .pairs import strongest_pairs
from .signals import latest, strongest_only

# What each side says at most, in shares of the whole: a shared category says more than a shared word.
_CATEGORY, _ATTRIBUTES, _PRICE, _PRICE_IN_CATEGORY, _TEXT = 0.35, 0.25, 0.05, 0.05, 0.3
# A price band is as wide as a third of the price: things at 30 and at 40 are near, at 30 and 90 are not.
_BANDS_PER_DOUBLING = 2
# What so many products or one in fifty have in common says little of any of them, and pairs grow with the square.
_MANY, _MANY_SHARE = 2000, 50


@dataclass(frozen=True)
class Product:
    """What is known of a product before it is sold.

    ``categories`` lead from the root of the tree to the product's own one. ``attributes`` are any names of values.
    ``price`` is in one currency for all, 0 where it is not known.
    """

    categories: Sequence[str]
    attributes: Sequence[str]
    price: float
    text: str


def alike(products: Sequence[Product], k: int = NEIGHBOURS) -> Sparse:
    """How much each product is like others, at most 1: the ``k`` most alike in each row, never itself.

    Memory is bounded by blocks, and time by leaving out what very many products have in common.
    """
    most = max(_MANY, len(products) // _MANY_SHARE)
    parts = [
        _words([product.categories for product in products], _CATEGORY),
        _words([product.attributes for product in products], _ATTRIBUTES),
        _words([_bands(product.price) for product in products], _PRICE),
        _words([_bands_in_category(product) for product in products], _PRICE_IN_CATEGORY),
        _texts([product.text for product in products], _TEXT),
    ]
    features = sparse(scipy.sparse.hstack([_not_common(part, most) for part in parts], format="csr"))
    return strongest_pairs(features, csr_array(features.T), k)


def fit_content(history: Interactions, now: int, similarity: Sparse, half_life: float | None = 30) -> Neighbours:
    """Products like those that the customer cared for. ``similarity`` is of ``alike``, in the order of the item ids."""
    return Neighbours(strongest_only(latest(history, now, half_life)), similarity)


def _not_common(part: Sparse, most: int) -> Sparse:
    return part[:, np.flatnonzero(np.bincount(part.indices, minlength=part.shape[1]) <= most)]


def _words(rows: Sequence[Sequence[str]], share: float) -> Sparse:
    """Rows of length ``sqrt(share)``, so that two that are the same in this count ``share`` together."""
    names = {name: place for place, name in enumerate(sorted({name for row in rows for name in row}))}
    starts = np.cumsum([0, *(len(set(row)) for row in rows)])
    places = np.array([names[name] for row in rows for name in sorted(set(row))], dtype=np.int32)
    lengths = np.diff(starts)
    values = np.repeat(np.sqrt(share / np.maximum(lengths, 1)), lengths).astype(np.float32)
    return csr_array((values, places, starts.astype(np.int32)), shape=(len(rows), len(names)))


def _bands(price: float) -> list[str]:
    """A price is in its own band and in the next one, so that neighbours share one of two."""
    if price <= 0:
        return []
    band = int(np.floor(np.log2(price) * _BANDS_PER_DOUBLING))
    return [str(band), str(band + 1)]


def _bands_in_category(product: Product) -> list[str]:
    """Divides a category that is too big to tell anything."""
    return [f"{product.categories[-1]} {band}" for band in _bands(product.price)] if product.categories else []


def _texts(texts: Sequence[str], share: float) -> Sparse:
    """Words weighed by how rare they are, of any language."""
    if not any(any(sign.isalnum() for sign in text) for text in texts):
        return nothing(len(texts), 0)
    vectorizer = import_module("sklearn.feature_extraction.text").TfidfVectorizer(
        token_pattern=r"(?u)\w+",  # noqa: S106 - what a word is, no secret
        sublinear_tf=True,
        max_features=50_000,
        dtype=np.float32,
    )
    return sparse(vectorizer.fit_transform(texts) * np.sqrt(share))
