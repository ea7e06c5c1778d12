"""A small shop with a past whose answers are known: three kinds of goods, and customers who buy of one kind only.

Of each kind, who buys one thing buys its neighbour in the same order. What kind a product is of can't be seen from its
name or its category.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import numpy as np

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.models import Purchase, PurchaseLine
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.recs.served import training
from saleor_crm_plugin.recs.served.engine import Order, Trained
from saleor_crm_plugin.recs.served.models import ProductList
from saleor_crm_plugin.shop.sandbox.models import Category, Channel, Price, Product, Stock, Variant
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNEL, OTHER_CHANNEL = "eu", "poland"
KINDS = ("tea", "cups", "tyres")
OF_A_KIND = 30
_numbers = count(1)


@dataclass
class Shop:
    """What there is: products by kind, contacts by the kind that they buy, and the shelves with what is on them."""

    products: dict[str, list[str]] = field(default_factory=dict)
    shelves: dict[str, list[str]] = field(default_factory=dict)
    contacts: dict[str, list[int]] = field(default_factory=dict)
    port: SandboxShop = field(default_factory=SandboxShop)

    def kind_of(self, product: str) -> str:
        """Which kind a product is of."""
        return next(kind for kind, products in self.products.items() if product in products)

    def variant(self, product: str) -> Variant:
        """The first variant of a product."""
        return Variant.objects.filter(product_id=int(product)).order_by("pk")[0]

    def sell_out(self, product: str) -> None:
        """Nothing of it is left."""
        Stock.objects.filter(variant__product_id=int(product)).update(quantity=0)

    def unlist(self, product: str, channel: str = CHANNEL) -> None:
        """The channel does not sell it any more."""
        Price.objects.filter(variant__product_id=int(product), channel__slug=channel).update(listed=False)


def settings(**values: str) -> config.Settings:
    """The owner's settings."""
    return config.parse(values)


def train(shop: Shop, now: datetime = NOW) -> training.Outcome:
    """A training."""
    return training.train(shop.port, settings(), now)


def make_goods(kinds: Sequence[str] = KINDS, each: int = OF_A_KIND) -> Shop:
    """Products on three shelves (categories), sold in both channels."""
    shop = Shop()
    channels = [
        Channel.objects.create(slug=CHANNEL, currency="EUR"),
        Channel.objects.create(slug=OTHER_CHANNEL, currency="PLN"),
    ]
    categories = [Category.objects.create(name=name, slug=name) for name in ("left", "middle", "right")]
    shop.shelves = {str(category.pk): [] for category in categories}
    for kind in kinds:
        shop.products[kind] = []
        for number in range(each):
            category = categories[number % 3]
            product = make_product("A thing", category, channels)
            shop.products[kind].append(product)
            shop.shelves[str(category.pk)].append(product)
    return shop


def make_product(name: str, category: Category, channels: Sequence[Channel], sizes: Sequence[str] = ("",)) -> str:
    """A product with a hundred of each size."""
    product = Product.objects.create(name=name, slug=f"{name.replace(' ', '-')}-{next(_numbers)}", category=category)
    for size in sizes:
        variant = Variant.objects.create(product=product, sku=f"{product.slug}-{size}", name=size, size=size)
        Stock.objects.create(variant=variant, quantity=100)
        for channel in channels:
            Price.objects.create(variant=variant, channel=channel, price=Decimal(20), undiscounted=Decimal(20))
    return str(product.pk)


def person(name: str = "") -> int:
    """A contact."""
    number = next(_numbers)
    address = f"{name or 'customer'}{number}@example.com"
    return Contact.objects.create(email=address, user_id=f"{number}", created_at=NOW - 400 * DAY).pk


def buy(contact: int | None, products: Sequence[str], days_ago: float, **rest: object) -> str:
    """An order so many days ago, with one of each product. Returns its id."""
    order, at = f"order{next(_numbers)}", NOW - days_ago * DAY
    told = {
        "total": 20,
        "refunded": 0,
        "real": True,
        "paid": True,
        "placed_at": at,
        "changed_at": at,
        "channel": CHANNEL,
    }
    Purchase.objects.create(order_id=order, contact_id=contact, currency="EUR", language="de", **told | rest)
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            purchase_id=order, line_id=str(place), product_id=product, variant_id=product, quantity=1, total=Decimal(20)
        )
        for place, product in enumerate(products)
    )
    return order


def make_past(shop: Shop, customers: int = 50, orders: int = 6, seed: int = 1) -> None:
    """Customers of each kind with orders over 300 days: a product and its neighbour in each.

    Three of the tea drinkers buy the same tea every 30 days, and will again today.
    """
    dice = np.random.default_rng(seed)
    for kind, products in shop.products.items():
        shop.contacts[kind] = [person(kind) for _ in range(customers)]
        for contact in shop.contacts[kind]:
            pairs = len(products) // 2
            liked = dice.choice(
                pairs, orders, replace=False, p=np.linspace(2, 0.1, pairs) / np.linspace(2, 0.1, pairs).sum()
            )
            for pair, days in zip(liked.tolist(), dice.uniform(1, 300, orders).tolist(), strict=True):
                buy(contact, [products[2 * pair], products[2 * pair + 1]], days)
    for contact in shop.contacts["tea"][:3] if "tea" in shop.contacts else ():
        for days in (30, 60, 90, 120):
            buy(contact, [shop.products["tea"][-1]], days)


class Broken:
    """An engine that fails when it has made a part of its lists."""

    name = "broken"

    def train(self, order: Order) -> Trained:
        ProductList.objects.create(
            product_id=1, kind="related", run_id=order.run_id, items=[2], scores=[1.0], reasons=[0]
        )
        raise RuntimeError("no")
