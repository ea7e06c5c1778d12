"""What runs short in the demo shop, who waits for it, and what becomes of it: so that its page can tell each story.

Customers ask as a storefront lets them (``graphql/waiting.py``); stock moves as the shop moves it, and the sweep finds
it. The CRM does the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Count, F

from ..activity.stock.models import StockInterest
from ..config import Settings
from ..flows.stock import asking
from ..graphql import waiting
from ..graphql.waiting import Goods
from ..shop.port import Shop
from ..shop.sandbox import storefront
from ..shop.sandbox.models import CheckoutLine, Price, User, Variant
from ..webhooks.handlers import customer

_AGREED = {"marketing-consent": "true", "marketing-consent-wording": "checkout-2024"}
_CHANNEL = "eu"
_CONFIRM = 0.6  # of the guests

State = StockInterest.State


@dataclass(frozen=True)
class Short:
    """A variant that is not there: ``customers`` and ``guests`` waited for it before the day began."""

    story: str
    customers: int
    guests: int = 0


# What became of each, hour by hour, is in ``Scarcity.hour``.
SHORT: dict[str, Short] = {
    "few": Short("Five came back for those who wait.", 13),
    "enough": Short("Enough came back for all; a day later it cost a quarter less.", 7),
    "night": Short("Four came back at midnight and were bought before the morning: nobody was woken for nothing.", 9),
    "carts": Short("Sold out while it lay in carts: their owners were shown what is there instead.", 0),
    "expected": Short("Still away. The shop expects it in twelve days, and the mails say so.", 18, 2),
    "asked": Short("Still away, and asked for all day: guests confirm first.", 10, 1),
    "some": Short("Still away.", 6),
    "rare": Short("Still away.", 3),
}


class Scarcity:
    """Its staging. ``variants`` tells which variant plays which part."""

    def __init__(self, shop: Shop, settings: Settings, now: datetime, *, seed: int) -> None:
        self._shop, self._settings = shop, settings
        self._rng = np.random.default_rng([seed, 11])
        self._users = self._customers()
        self.variants = dict(zip(SHORT, self._sought_after(), strict=False))
        self._carts(now)
        self._wait_for_weeks(now)

    def hour(self, hour: int, now: datetime) -> None:
        """What happens at the beginning of an hour of the demo, from 0."""
        if 1 <= hour <= 9:
            self._ask_today(now)
        match hour:
            case 1:
                self._stock("few", 5)
                self._stock("carts", 0)
            case 2 | 4 | 5 | 8:
                self._buy("few", now)
            case 3:
                self._stock("enough", 12)
            case 6 | 7:
                self._buy("enough", now)
            case 13:
                self._stock("night", 4)
            case 18:
                self._stock("night", 0)
            case 26:
                self._cheaper("enough")

    def _carts(self, now: datetime) -> None:
        """Some put one of a variant into their carts just before."""
        if "carts" not in self.variants:
            return
        for minutes in (55, 40, 30, 20):
            owner, at = next(self._users), now - timedelta(minutes=minutes)
            cart = self._cart(owner, at)
            storefront.add_line(cart, self.variants["carts"], now=at)

    def _wait_for_weeks(self, now: datetime) -> None:
        """They waited before the mails that show something else were switched on."""
        settings = replace(self._settings, out_of_stock_enabled=False)
        for part, variant in self.variants.items():
            short = SHORT[part]
            if part != "carts":
                self._stock(part, 0)
            if part == "expected":
                day = (now + timedelta(days=12)).date().isoformat()
                Variant.objects.filter(pk=int(variant)).update(metadata={"restock-date": day})
            times = sorted(now - timedelta(hours=float(ago)) for ago in self._rng.uniform(30, 500, short.customers))
            for at in times:
                self._customer_asks(variant, settings, at)
            for _ in range(short.guests):  # who never confirmed
                self._guest_asks(variant, settings, now - timedelta(hours=float(self._rng.uniform(30, 100))))

    def _ask_today(self, now: datetime) -> None:
        """A customer and a guest ask for something; guests who asked before confirm, or not."""
        for interest in StockInterest.objects.filter(state=State.UNCONFIRMED, asked_at__gte=now - timedelta(hours=1)):
            if self._rng.random() < _CONFIRM:
                with transaction.atomic():
                    asking.confirm(self._shop, self._settings, interest.pk, now)
        parts = [part for part in ("asked", "expected", "some") if part in self.variants]
        for part in parts[:2]:
            self._customer_asks(self.variants[part], self._settings, now)
        for part in parts[:1]:
            self._guest_asks(self.variants[part], self._settings, now)

    def _customer_asks(self, variant: str, settings: Settings, at: datetime) -> None:
        user = next(self._users)
        asker = waiting.account(self._shop, str(user.pk), "", "", confirmed=True)
        waiting.ask(self._shop, settings, asker, Goods(variant, _CHANNEL), at)
        with transaction.atomic():
            customer.handle(self._shop, [str(user.pk)], at)  # whether the account agreed to mail

    def _guest_asks(self, variant: str, settings: Settings, at: datetime) -> None:
        language = str(self._rng.choice(["de", "fr", "en"]))
        asker = waiting.guest(f"guest{int(self._rng.integers(10_000, 99_999))}@example.org", language)
        waiting.ask(self._shop, settings, asker, Goods(variant, _CHANNEL), at)

    def _stock(self, part: str, units: int) -> None:
        if part in self.variants:
            storefront.set_stock(self.variants[part], units)

    def _buy(self, part: str, now: datetime) -> None:
        """The first of those who were told, and have not bought, buys one."""
        if part not in self.variants:
            return
        told = StockInterest.objects.filter(variant_id=self.variants[part], state=State.TOLD).order_by("asked_at")
        accounts = [int(one) for one in told.values_list("contact__user_id", flat=True) if one]
        for user in sorted(User.objects.filter(pk__in=accounts), key=lambda user: accounts.index(user.pk)):
            if not user.orders.filter(placed_at__gte=now - timedelta(days=2)).exists():
                cart = self._cart(user, now)
                storefront.add_line(cart, self.variants[part], now=now)
                storefront.place_order(cart, now=now, order_id=self._uuid())
                return

    def _cheaper(self, part: str) -> None:
        if part in self.variants:
            variant = self.variants[part]
            for price in Price.objects.filter(variant=int(variant)):
                price.price = (price.undiscounted * Decimal("0.72")).quantize(Decimal(1)) - Decimal("0.05")
                price.save(update_fields=["price"])

    def _cart(self, owner: User, at: datetime) -> str:
        return storefront.create_cart(
            channel=_CHANNEL,
            now=at,
            user_id=str(owner.pk),
            language=owner.language,
            country=owner.country,
            metadata=_AGREED,
            cart_id=self._uuid(),
        )

    def _uuid(self) -> UUID:
        return UUID(bytes=self._rng.bytes(16), version=4)

    def _customers(self) -> Iterator[User]:
        """Customers of the channel without a cart, each once; those who buy often come sooner."""
        rows = User.objects.filter(active=True, checkouts=None).exclude(country="PL").annotate(n=Count("orders"))
        users = list(rows.filter(n__gte=1).order_by("pk"))
        chances = np.array([float(user.n) for user in users])
        for index in self._rng.choice(len(users), size=len(users), replace=False, p=chances / chances.sum()):
            yield users[index]

    def _sought_after(self) -> Sequence[str]:
        """Variants that sell well and lie in nobody's cart, each of another category."""
        carted = CheckoutLine.objects.values("variant__product")
        sold = Variant.objects.filter(product__published=True, stock__quantity__gte=5, prices__channel__slug=_CHANNEL)
        sold = sold.filter(prices__listed=True).exclude(product__in=carted)
        found: dict[int, int] = {}
        rows = sold.annotate(n=Count("orderline"), category=F("product__category")).order_by("-n", "pk")
        for variant, category in rows.values_list("pk", "category"):
            found.setdefault(category, variant)
        return [str(variant) for variant in list(found.values())[: len(SHORT)]]
