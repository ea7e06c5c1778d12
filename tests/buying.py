"""A shop with a past, for recommendations: products, and customers who bought some of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from saleor_crm_plugin import config
from saleor_crm_plugin.recs.served import training
from saleor_crm_plugin.webhooks import history
from tests.shop_driver import ShopDriver

# Which of the products each customer bought, order by order. The first product sells best, the last not at all.
_BASKETS: Sequence[Sequence[Sequence[int]]] = (
    ((0, 1), (2,)),
    ((0, 1), (3,)),
    ((0, 2), (1,)),
    ((0, 1, 3),),
    ((0,), (4,)),
)
_NAMES = ("Linen shirt", "Wool jumper", "Rain jacket", "Leather belt", "Straw hat", "Silk scarf", "Canvas bag")


@dataclass(frozen=True)
class Past:
    """What there is: variants in the order of ``_NAMES``, and the customers' accounts."""

    variants: Sequence[str]
    customers: Sequence[str]


def a_past(driver: ShopDriver, now: datetime) -> Past:
    """Make it, and learn from it an hour later. Product number n costs 10 n + 10 in each channel."""
    variants = [
        driver.make_product(name, price=Decimal(10 * number + 10), translations={"de": f"{name} (de)"})[0]
        for number, name in enumerate(_NAMES)
    ]
    customers = [driver.make_customer(f"customer{number}@example.com") for number in range(len(_BASKETS))]
    for user_id, baskets in zip(customers, _BASKETS, strict=True):
        for basket in baskets:
            buy(driver, user_id, [variants[number] for number in basket], now)
    train(driver, now + timedelta(hours=1))
    return Past(variants, customers)


def buy(driver: ShopDriver, user_id: str, variants: Sequence[str], now: datetime) -> str:
    """A customer orders one of each, and the CRM takes notice. Returns the order's id."""
    cart_id = driver.make_cart(user_id=user_id)
    for variant in variants:
        driver.add_line(cart_id, variant)
    order_id = driver.place_order(cart_id)
    with driver.shop.writing():
        history.take(driver.shop, [order_id], now)
    return order_id


def train(driver: ShopDriver, now: datetime) -> None:
    """The night comes."""
    with driver.shop.writing():
        assert not training.train(driver.shop, config.parse(driver.shop.configuration()), now).busy
