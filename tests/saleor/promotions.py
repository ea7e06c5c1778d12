"""Sales of the shop, made by its own mutation and put into force as its beat would within minutes."""

from collections.abc import Sequence
from decimal import Decimal

from saleor.product.tasks import (
    recalculate_discounted_price_for_products_task,
    update_variant_relations_for_active_promotion_rules_task,
)

from tests.saleor.graphql import PROMOTION_CREATE, GraphQL, global_id


def on_sale(staff: GraphQL, variants: Sequence[str], channels: Sequence[str], *, off: Decimal) -> None:
    """So much off these variants, at once."""
    ids = [global_id("ProductVariant", variant) for variant in variants]
    rules = [
        {
            "cataloguePredicate": {"variantPredicate": {"ids": ids}},
            "rewardValueType": "FIXED",
            "rewardValue": str(off),
            "channels": [channel],
        }
        for channel in channels
    ]
    staff(PROMOTION_CREATE, input={"name": "Sale", "type": "CATALOGUE", "rules": rules})
    in_force()


def in_force() -> None:
    """What Saleor's worker does with changed promotions (saleor/product/tasks.py)."""
    update_variant_relations_for_active_promotion_rules_task()
    recalculate_discounted_price_for_products_task()
