"""Products that nobody bought yet find their like."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from saleor_crm_plugin.recs.content import Product, fit_content
from saleor_crm_plugin.recs.interactions import Interactions, interactions

SHIRT_RED = Product("shirts", ["red", "cotton"], 30, "Red shirt with short sleeves")
SHIRT_BLUE = Product("shirts", ["blue", "cotton"], 32, "Blue shirt with short sleeves")
SHIRT_GOLD = Product("shirts", ["gold", "silk"], 400, "Gala top")
LAMP = Product("lamps", [], 30, "Standing lamp")


def _nobody_bought() -> Interactions:
    return interactions(range(4), range(4), [0] * 4).before(0)


def test_the_same_category_material_price_and_words_are_most_alike() -> None:
    model = fit_content(_nobody_bought(), 0, [SHIRT_RED, SHIRT_BLUE, SHIRT_GOLD, LAMP])

    assert model.related(np.array([0], np.int32), 3).items.tolist() == [[1, 2, 3]]


def test_products_without_anything_known_are_alike_to_nothing() -> None:
    model = fit_content(_nobody_bought(), 0, [Product("", [], 0, "")] * 4)

    assert (model.related(np.array([0], np.int32), 3).items == -1).all()
