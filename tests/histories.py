"""Random lives of orders in any shop, and what we know of them in a form that can be compared."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from saleor_crm_plugin.activity.models import Interaction, Purchase, PurchaseLine
from saleor_crm_plugin.contacts.models import Contact
from tests.shop_driver import ShopDriver

Facts = dict[str, list[Any]]


def facts() -> Facts:
    """All that is known of orders and their people, whatever numbers the people have here."""
    who = {one.pk: (one.email, one.user_id, one.language, one.country) for one in Contact.objects.all()}
    purchases = list(Purchase.objects.order_by("pk").values())
    returns = list(Interaction.objects.order_by("source", "at").values())
    for row in (*purchases, *returns):
        row["contact_id"] = who.get(row["contact_id"])
    return {
        "contacts": sorted(who.values(), key=str),
        "purchases": purchases,
        "lines": list(PurchaseLine.objects.order_by("purchase_id", "line_id").values()),
        "returns": returns,
    }


def forget() -> None:
    """Empty the facts of orders, the inbox, and the marks up to which things were looked at. Erasures stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE crm_contact, crm_purchase, crm_purchase_line, crm_interaction, crm_contact_change, crm_inbox,"
            " crm_sweep_cursor CASCADE"
        )


def versions() -> set[tuple[Any, ...]]:
    """Which version of which row there is: a row that is written again, the same or not, is another version."""
    tables = {
        "crm_contact": "id", "crm_purchase": "order_id", "crm_purchase_line": "line_id", "crm_interaction": "source",
        "crm_contact_change": "id", "crm_cart": "id",
    }  # fmt: skip
    found: set[tuple[Any, ...]] = set()
    with connection.cursor() as cursor:
        for table, key in tables.items():
            cursor.execute(f"SELECT '{table}', {key}::text, xmin::text, ctid::text FROM {table}")
            found.update(cursor.fetchall())
    return found


class Lives:
    """A shop in which orders live: who buys, what is sold, and how each order stands."""

    def __init__(self, driver: ShopDriver, dice: random.Random) -> None:
        self.driver, self.dice = driver, dice
        self.goods = [driver.make_product(f"Thing {n}", price=Decimal(10 + 7 * n), stock=10_000)[0] for n in range(3)]
        self.goods += driver.make_product("Gift card", price=Decimal("25.00"), gift_card=True, stock=10_000)
        addresses = [f"customer{n}@example.com" for n in range(4)]
        self.accounts = [driver.make_customer(address, language="fr") for address in addresses[:2]]
        self.guests = [*addresses, "Customer1@Example.com", "guest@bücher.example"]

    def live(self, orders: int) -> Iterator[str]:
        """Let so many orders live, one after the other. Gives an order's id after each thing that happened to it."""
        for _ in range(orders):
            yield from self._order()

    def _order(self) -> Iterator[str]:
        dice, driver = self.dice, self.driver
        bought = {variant: dice.randint(1, 3) for variant in dice.sample(self.goods, dice.randint(1, 3))}
        paid, confirmed = dice.random() < 0.8, dice.random() < 0.7
        cart_id = self._cart()
        for variant, quantity in bought.items():
            driver.add_line(cart_id, variant, quantity)
        order_id = driver.place_order(cart_id, paid=paid, confirmed=confirmed)
        yield order_id
        if not confirmed:
            for _ in range(dice.randint(0, 2)):
                variant = dice.choice(self.goods[:3])
                bought[variant] = dice.randint(1, 3)
                driver.edit_order(order_id, variant, bought[variant])
                yield order_id
            if len(bought) > 1 and dice.random() < 0.5:
                driver.edit_order(order_id, bought.popitem()[0], 0)
                yield order_id
            if dice.random() < 0.3:
                return
            driver.confirm_order(order_id)
            yield order_id
        if dice.random() < 0.3:
            driver.set_names(order_id, ("Ada", "Byron"), (dice.choice(["Ada", "Bea"]), "Byron"))
            yield order_id
        yield from self._after(order_id, bought, paid=paid)

    def _cart(self) -> str:
        language = self.dice.choice(["de", "fr", "pl"])
        channel = self.dice.choice([self.driver.channel, self.driver.other_channel])
        if self.dice.random() < 0.5:
            user_id = self.dice.choice(self.accounts)
            other = self.dice.choice(["", "", "elsewhere@example.com"])
            return self.driver.make_cart(user_id=user_id, email=other, channel=channel, language=language)
        return self.driver.make_cart(email=self.dice.choice(self.guests), channel=channel, language=language)

    def _after(self, order_id: str, bought: dict[str, int], *, paid: bool) -> Iterator[str]:
        dice, driver = self.dice, self.driver
        total = driver.shop.orders([order_id])[order_id].total
        # A gift card that was paid is handed over by the shop itself, and does not come back.
        goods = {variant: quantity for variant, quantity in bought.items() if variant in self.goods[:3]}
        if len(goods) == len(bought) and dice.random() < 0.2:
            driver.cancel_order(order_id)
            yield order_id
            return
        sent: dict[str, int] = {}
        for _ in range(dice.randint(0, 2)):
            parcel = {v: dice.randint(1, left) for v, q in goods.items() if (left := q - sent.get(v, 0))}
            if parcel:
                driver.fulfil_order(order_id, parcel)
                sent = {v: sent.get(v, 0) + parcel.get(v, 0) for v in goods}
                yield order_id
        for _ in range(dice.randint(0, 2)):
            back = {v: dice.randint(1, q) for v, q in sent.items() if q and dice.random() < 0.5}
            if back:
                driver.return_lines(order_id, back)
                sent = {v: q - back.get(v, 0) for v, q in sent.items()}
                yield order_id
        if paid and dice.random() < 0.5:
            driver.refund_order(order_id, total if dice.random() < 0.3 else (total / 3).quantize(Decimal("0.01")))
            yield order_id
