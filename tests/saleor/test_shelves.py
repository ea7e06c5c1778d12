"""What a channel has left is what Saleor says, however warehouses, zones, stocks, holds and thresholds lie."""

from random import Random

import pytest
from saleor.core.exceptions import InsufficientStock
from saleor.product.models import ProductVariant
from saleor.warehouse.availability import check_preorder_threshold_bulk

from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import OFFERED, global_id, key_of
from tests.saleor.shelves import Shelves, publish, stocked


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_is_what_saleor_says(driver: SaleorDriver, shelves: Shelves, seed: int) -> None:
    # given
    random = Random(seed)
    variants = stocked(driver, random, shelves)
    for channel in (driver.channel, driver.other_channel):
        publish(random, variants, channel)
        products = [str(key) for key in sorted({variant.product_id for variant in variants})]
        # when
        sold = driver.shop.on_sale(products, channel, [])
        # then
        told = _told(driver, products, channel)
        assert set(sold) == {key for key, bought in told.items() if any(bought)}
        assert {len(sold) == 0, len(sold) == len(products)} == {False}
        assert driver.shop.on_sale(products, channel, ["no-such-attribute"]) == sold
        assert set(driver.shop.tiles(products, channel, ["de"])["de"]) == set(sold)


def _told(driver: SaleorDriver, products: list[str], channel: str) -> dict[str, list[bool]]:
    """The products that a storefront lists and sells, and of which of their variants Saleor would sell one."""
    ids = [global_id("Product", product) for product in products]
    nodes = [edge["node"] for edge in driver.api(OFFERED, ids=ids, channel=channel)["edges"]]
    quantities = {
        int(key_of(variant["id"])): variant["quantityAvailable"] for node in nodes for variant in node["variants"]
    }
    there = {
        variant.pk: _preordered(variant, channel) if variant.is_preorder_active() else quantities[variant.pk] > 0
        for variant in ProductVariant.objects.filter(pk__in=quantities)
    }
    return {
        key_of(node["id"]): [there[int(key_of(variant["id"]))] for variant in node["variants"]]
        for node in nodes
        if node["isAvailableForPurchase"]
    }


def _preordered(variant: ProductVariant, channel: str) -> bool:
    """What a checkout says, by all thresholds. (``quantityAvailable`` goes by one of them.)"""
    try:
        check_preorder_threshold_bulk([variant], [1], channel, None, check_reservations=True)
    except InsufficientStock:
        return False
    return True
