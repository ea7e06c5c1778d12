"""The hands of customers and staff in one shop: what a shop needs to take part in the contract tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from saleor_crm_plugin.shop.port import Shop


class ShopDriver(Protocol):
    """The hands of customers and staff in one shop.

    Every method acts as the shop itself would (through its own services where it has them), so that
    the shop's own bookkeeping (moments of change, totals, allocations) happens. Ids are those of the
    port. ``None`` and ``""`` mean "not given".
    """

    shop: Shop
    channel: str  # slug of the first channel; its currency is ``currency``
    currency: str
    other_channel: str  # slug of a second channel, with another currency
    other_currency: str

    def make_product(
        self,
        name: str = "Linen shirt",
        *,
        price: Decimal = Decimal("40.00"),
        was: Decimal | None = None,
        variants: Sequence[str] = ("M",),
        stock: int = 100,
        translations: Mapping[str, str] | None = None,
        gift_card: bool = False,
    ) -> list[str]:
        """A published product, listed in both channels at ``price`` (undiscounted ``was``, else the same) in
        the channel's currency, with ``stock`` units of each of its variants. Returns the variants' ids.
        ``translations`` maps a language to the product's name in it. A ``gift_card`` is money to be spent later."""

    def make_customer(
        self,
        email: str,
        *,
        first_name: str = "Ada",
        language: str = "de",
        metadata: Mapping[str, str] | None = None,
        confirmed: bool = True,
    ) -> str:
        """A customer account, with a confirmed address if nothing else is said. Returns its id."""

    def confirm_customer(self, user_id: str) -> None:
        """The address turns out to be the customer's."""

    def make_cart(
        self,
        *,
        email: str = "",
        user_id: str | None = None,
        channel: str | None = None,
        language: str = "de",
        country: str = "DE",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """An empty cart, in the first channel where none is named. Returns its id."""

    def add_line(self, cart_id: str, variant_id: str, quantity: int = 1) -> None: ...

    def set_quantity(self, cart_id: str, variant_id: str, quantity: int) -> None: ...

    def remove_line(self, cart_id: str, variant_id: str) -> None: ...

    def set_email(self, cart_id: str, email: str) -> None: ...

    def set_cart_metadata(self, cart_id: str, metadata: Mapping[str, str]) -> None:
        """Add or replace entries of the cart's metadata."""

    def set_changed_at(self, cart_id: str, moment: datetime) -> None:
        """Put the cart's last change at exactly this moment (a plain UPDATE)."""

    def set_order_changed_at(self, order_id: str, moment: datetime) -> None: ...

    def set_price(self, variant_id: str, price: Decimal, *, was: Decimal | None = None) -> None:
        """A new price in both channels, in each channel's currency, in force at once."""

    def set_stock(self, variant_id: str, quantity: int) -> None:
        """So many units are there, in all, for both channels."""

    def sell_out(self, variant_id: str) -> None:
        """Stock 0 everywhere."""

    def unlist(self, variant_id: str, channel: str) -> None:
        """The channel no longer sells the variant's product."""

    def describe(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        """What attributes say of the variant's product and of the variant itself: attribute to value, both slugs.
        A variant's is ``colour``."""

    def note(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        """Add or replace entries of the public metadata of the variant's product and of the variant itself."""

    def put_in_category(self, variant_id: str, path: Sequence[str]) -> list[str]:
        """Make a branch of new categories, from the root to a leaf, and put the variant's product into the leaf.
        Returns the categories' ids."""

    def put_in_collection(self, variant_ids: Sequence[str]) -> str:
        """Make a collection of the variants' products, in this order where the shop keeps one. Returns its slug."""

    def delete_variant(self, variant_id: str) -> None:
        """The shop sells it no more, and forgets that it ever did."""

    def add_code(self, cart_id: str, code: str) -> bool:
        """Use a voucher for the cart. Returns whether the shop takes its code."""

    def begin_payment(self, cart_id: str) -> None:
        """The customer is away to pay the cart, which is no order yet."""

    def fail_payment(self, cart_id: str) -> None:
        """The payment that began did not come through."""

    def order_total(self, order_id: str) -> Decimal:
        """What the order costs, without shipping."""

    def place_order(self, cart_id: str, *, paid: bool = True, confirmed: bool = True) -> str:
        """Turn the cart into an order, as completing the checkout does: the cart is gone. Returns the order's id.
        One that is not ``confirmed`` waits for a member of staff."""

    def edit_order(self, order_id: str, variant_id: str, quantity: int) -> None:
        """Change how many of a variant an order is for that is not confirmed yet: 0 takes the line out."""

    def confirm_order(self, order_id: str) -> None: ...

    def set_names(self, order_id: str, billing: tuple[str, str], shipping: tuple[str, str]) -> None:
        """Who pays and who gets it: first and last name."""

    def fulfil_order(self, order_id: str, quantities: Mapping[str, int] | None = None) -> None:
        """Hand over units of variants, all that is left where none are named."""

    def return_lines(self, order_id: str, quantities: Mapping[str, int]) -> None:
        """Take units of variants back that were handed over. No money moves."""

    def set_status(self, order_id: str, status: str) -> None:
        """Put the order in a status of Saleor's: draft, unconfirmed, unfulfilled, "partially fulfilled",
        fulfilled, partially_returned, returned, canceled, expired."""

    def cancel_order(self, order_id: str) -> None: ...

    def refund_order(self, order_id: str, amount: Decimal) -> None:
        """Give so much of a paid order back."""

    def deactivate_customer(self, user_id: str) -> None: ...

    def delete_customer(self, user_id: str) -> None: ...

    def configure(self, name: str, value: object) -> None:
        """Save one of the owner's settings of the plugin."""

    def own_total(self, cart_id: str) -> Decimal:
        """What the shop itself says that the cart's lines cost now, without shipping."""
