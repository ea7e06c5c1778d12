"""A demo shop in which codes are granted, for the tests of vouchers."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from saleor_crm_plugin import config
from saleor_crm_plugin.config import Settings, VoucherTier
from saleor_crm_plugin.contacts.identity import owner_of, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.vouchers import grant, redeem
from saleor_crm_plugin.vouchers.grant import Granted, Refusal, Wanted
from saleor_crm_plugin.vouchers.models import Grant, TierUse
from tests.contacts.people import meet
from tests.sandbox.driver import SandboxDriver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Granting(SandboxDriver):
    """The demo shop at noon, with the owner's tiers."""

    def __init__(self, tiers: str = "A = 20 %\nB = 15 %") -> None:
        super().__init__()
        self.now = NOON
        self.settings: Settings = config.parse({"voucher_tiers": tiers})

    def tier(self, name: str) -> VoucherTier:
        """A tier of the settings."""
        tier = self.settings.vouchers.tier(name)
        assert tier is not None
        return tier

    def wish(self, key: str, contact: Contact, tier: str = "A", channel: str = "eu", currency: str = "EUR") -> Wanted:
        return Wanted(key, self.tier(tier), contact.pk, channel, currency)

    def grant(self, *wishes: Wanted) -> dict[str, Granted | Refusal]:
        """Grant in a transaction, now."""
        with transaction.atomic():
            return grant.grant(self.shop, self.settings, wishes, self.now)

    def code(self, key: str, email: str = "ada@example.com", tier: str = "A") -> str:
        """A code that is granted to somebody."""
        answer = self.grant(self.wish(key, met(email), tier))[key]
        assert isinstance(answer, Granted)
        return answer.code

    def order(self, code: str, email: str = "ada@example.com", price: str = "40.00") -> str:
        """An order that uses a code. Raises NotPossible where the shop does not take it."""
        cart_id = self.make_cart(email=email)
        self.add_line(cart_id, self.make_product(price=Decimal(price))[0])
        storefront.add_code(cart_id, code, now=self._tick())
        return self.place_order(cart_id)

    def note(self, *order_ids: str) -> int:
        """Tell vouchers of orders, as the inbox does."""
        with transaction.atomic():
            orders = self.shop.orders(order_ids)
            people = {key: owner_of(order) for key, order in orders.items()}
            found = resolve(list(people.values()), self.now)
            owners = {key: found[person].pk if person in found else None for key, person in people.items()}
            return redeem.note(self.shop, orders, owners, self.now)


def met(email: str) -> Contact:
    """Somebody whom all workers know."""
    with transaction.atomic():
        return meet(email)


def states() -> dict[str, str]:
    """The grants by key."""
    return dict(Grant.objects.values_list("key", "state"))


def used(tier: str) -> tuple[int, dict[str, Decimal]]:
    """What the books say of a tier: codes, and amounts by currency."""
    rows = {row.currency: row for row in TierUse.objects.filter(tier=tier)}
    codes = rows.pop("").codes if rows else 0
    return codes, {currency: row.amount for currency, row in rows.items()}


def counted(tier: str) -> tuple[int, dict[str, Decimal]]:
    """What the grants themselves come to."""
    alive = Grant.objects.filter(tier=tier, state__in=["granted", "redeemed"])
    amounts = {currency: Decimal(0) for currency in Grant.objects.filter(tier=tier).values_list("currency", flat=True)}
    for one in alive:
        amounts[one.currency] += one.value
    return alive.count(), amounts
