"""How many are left is what Saleor's storefront says, however warehouses, zones, stocks, holds and thresholds lie."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from saleor.product.models import ProductVariant
from saleor.site.models import SiteSettings

from saleor_crm_plugin.shop.goods import Availability
from saleor_crm_plugin.shop.saleor.stock import BY_ZONE
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.shelves import LIMIT, RESERVING, Shelves, publish, settings_kept, stocked

_OF_VARIANT = """fragment of on ProductVariant {
    quantityAvailable product { isAvailableForPurchase } pricing { price { gross { amount } } } }"""


@pytest.fixture(params=[True, False], ids=["by zone", "by channel"])
def by_zone(request: pytest.FixtureRequest) -> bool:
    """Whether the shop goes by shipping zones."""
    if not request.param and not hasattr(SiteSettings, BY_ZONE):
        pytest.skip("before 3.23 stock always depends on shipping zones")
    return bool(request.param)


@pytest.mark.parametrize("seed", range(5))
def test_units_are_what_saleor_says(driver: SaleorDriver, shelves: Shelves, seed: int) -> None:
    # given
    random = Random(seed)
    variants = stocked(driver, random, shelves)
    limit = random.choice((None, None, 2))
    SiteSettings.objects.update(**{LIMIT: limit})
    ids = [str(variant.pk) for variant in variants]
    for channel in (driver.channel, driver.other_channel):
        publish(random, variants, channel)
        # when
        ours = driver.shop.availability(ids, channel)
        # then
        quantities = {key: node["quantityAvailable"] for key, node in _asked(driver.staff, ids, channel).items()}
        assert {key: _capped(ours[key], limit) for key in ids} == {key: _whole(quantities[key]) for key in ids}
        shown = _asked(driver.api, ids, channel)
        sold = {key for key, node in shown.items() if node and node["product"]["isAvailableForPurchase"]}
        assert {key for key in ids if ours[key].sold} == sold
        assert 0 < len(sold) < len(ids)
        assert len({ours[key].units for key in ids}) > 3


@pytest.mark.parametrize("reserving", [False, True], ids=["", "reserving"])
def test_units_of_the_demo_range_are_what_saleor_says(driver: SaleorDriver, by_zone: bool, reserving: bool) -> None:
    # given all that Saleor's own demo range has
    known = {LIMIT: None, **dict.fromkeys(RESERVING, 30 if reserving else None)}
    demo = ProductVariant.objects.exclude(product__slug__regex=r"^p(roduct)?-[0-9a-f]{8}")  # not what tests before made
    ids = [str(key) for key in demo.order_by("pk").values_list("pk", flat=True)]
    assert len(ids) > 50
    with settings_kept():
        SiteSettings.objects.update(**known, **({BY_ZONE: by_zone} if hasattr(SiteSettings, BY_ZONE) else {}))
        for channel in (driver.channel, driver.other_channel):
            # when
            ours = driver.shop.availability(ids, channel)
            tiles = driver.shop.variants(ids, channel, "en", [])
            # then
            counted = {key: node for key, node in _asked(driver.staff, ids, channel).items() if node}
            assert len(counted) > 50
            assert {key: ours[key].units for key in counted} == {
                key: node["quantityAvailable"] for key, node in counted.items()
            }
            shown = {key: node for key, node in _asked(driver.api, ids, channel).items() if node}
            assert {key: float(tile.price) for key, tile in tiles.items()} == {
                key: node["pricing"]["price"]["gross"]["amount"] for key, node in shown.items()
            }


def _asked(client: GraphQL, ids: Sequence[str], channel: str) -> dict[str, Any]:
    """What a storefront, or a member of staff, is told of variants by id; None where it may not see one."""
    told: dict[str, Any] = {}
    for start in range(0, len(ids), 100):
        page = ids[start : start + 100]
        fields = " ".join(
            f'_{key}: productVariant(id: "{global_id("ProductVariant", key)}", channel: $channel) {{ ...of }}'
            for key in page
        )
        answer = client.raw(f"query($channel: String!) {{ {fields} }} {_OF_VARIANT}", channel=channel)
        assert "errors" not in answer, answer
        told |= {key: answer["data"][f"_{key}"] for key in page}
    return told


def _capped(ours: Availability, limit: int | None) -> int | None:
    """As a storefront is told, which never hears of more than a checkout may hold."""
    known = [number for number in (ours.units, limit) if number is not None]
    return min(known) if known else None


def _whole(quantity: int | None) -> int | None:
    """Saleor tells numbers below 0 of preorders beyond their threshold."""
    return None if quantity is None else max(quantity, 0)
