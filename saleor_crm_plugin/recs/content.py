"""Products that are alike by what they are: for products that nobody bought yet.

Needs scikit-learn (the extra ``models``).
"""

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
_CATEGORY, _ATTRIBUTES, _PRICE, _TEXT = 0.35, 0.25, 0.1, 0.3
# A price band is as wide as a third of the price: things at 30 and at 40 are near, at 30 and 90 are not.
_BANDS_PER_DOUBLING = 2


@dataclass(frozen=True)
class Product:
    """What is known of a product before it is sold. ``price`` is in one currency for all, 0 where it is not known."""

    category: str
    attributes: Sequence[str]
    price: float
    text: str


def fit_content(history: Interactions, now: int, products: Sequence[Product], k: int = NEIGHBOURS) -> Neighbours:
    """``products`` in the order of ``history.item_ids``."""
    parts = [
        _words([[product.category] if product.category else [] for product in products], _CATEGORY),
        _words([list(product.attributes) for product in products], _ATTRIBUTES),
        _words([_bands(product.price) for product in products], _PRICE),
        _texts([product.text for product in products], _TEXT),
    ]
    features = sparse(scipy.sparse.hstack([part for part in parts if part.shape[1]] or [parts[0]], format="csr"))
    similarity = strongest_pairs(features, csr_array(features.T), k)
    return Neighbours(strongest_only(latest(history, now, 30)), similarity)


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
