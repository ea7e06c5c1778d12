"""The hands of customers and staff in real Saleor: its own GraphQL mutations over HTTP.

Only what no mutation does is done by SQL: turning clocks, statuses that take a process to reach.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from saleor.channel.models import Channel
from saleor.checkout.complete_checkout import _increase_checkout_voucher_usage, _release_checkout_voucher_usage
from saleor.checkout.models import Checkout
from saleor.discount.models import VoucherCode
from saleor.order.models import Order
from saleor.product.models import Category, ProductVariant
from saleor.warehouse.models import Warehouse

from saleor_crm_plugin.shop.port import Shop
from saleor_crm_plugin.shop.saleor import SaleorShop
from tests.saleor import graphql as gql
from tests.saleor.aftersales import Aftersales
from tests.saleor.graphql import GraphQL, global_id, key_of, pairs
from tests.saleor.merchandise import Merchandise
from tests.saleor.promotions import on_sale

ADDRESSES = {
    "DE": {"streetAddress1": "Unter den Linden 1", "city": "Berlin", "postalCode": "10117"},
    "AT": {"streetAddress1": "Graben 1", "city": "Wien", "postalCode": "1010"},
    "PL": {"streetAddress1": "Tęczowa 7", "city": "Wrocław", "postalCode": "53-601"},
    "FR": {"streetAddress1": "1 Rue de Rivoli", "city": "Paris", "postalCode": "75001"},
}
LENIENT = {"checkRequiredFields": False, "checkFieldsFormat": False}


class SaleorDriver(Aftersales, Merchandise):
    """Acts on Saleor as its customers and staff do."""

    channel, currency = "default-channel", "USD"
    other_channel, other_currency = "channel-pln", "PLN"

    def __init__(self, api: GraphQL, staff: GraphQL) -> None:
        self.shop: Shop = SaleorShop()
        self.api, self.staff = api, staff
        self._numbers = count(1)
        self._attributes = {}
        self.channels = {channel.slug: channel for channel in Channel.objects.all()}
        europe = Warehouse.objects.get(slug="europe")  # of populatedb: serves both channels
        self.warehouse = global_id("Warehouse", europe.pk)
        self.category = global_id("Category", Category.objects.order_by("pk")[0].pk)
        for slug in (self.channel, self.other_channel):
            settings = {"allowUnpaidOrders": True, "automaticallyConfirmAllNewOrders": True}
            staff(gql.CHANNEL_UPDATE, id=self._channel(slug), input={"orderSettings": settings})
        staff(gql.SHOP_SETTINGS, input={"fulfillmentAllowUnpaid": True})
        kind = {"name": "Clothes", "hasVariants": True, "isShippingRequired": False}
        self.product_type = staff(gql.PRODUCT_TYPE_CREATE, input=kind)["productType"]["id"]
        cards = {**kind, "name": "Gift cards", "kind": "GIFT_CARD"}
        self.gift_card_type = staff(gql.PRODUCT_TYPE_CREATE, input=cards)["productType"]["id"]

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
        product = self.staff(
            gql.PRODUCT_CREATE,
            input={
                "productType": self.gift_card_type if gift_card else self.product_type,
                "category": self.category,
                "name": name,
                "slug": f"product-{uuid4().hex[:12]}",
            },
        )["product"]["id"]
        shown = {"isPublished": True, "isAvailableForPurchase": True, "visibleInListings": True}
        listings = [{"channelId": channel, **shown} for channel in self.channel_ids()]
        self.staff(gql.PRODUCT_LISTING, id=product, input={"updateChannels": listings})
        inputs = [
            {
                "name": size,
                "sku": f"{uuid4().hex[:12]}-{size}",
                "attributes": [],
                "trackInventory": True,
                "stocks": [{"warehouse": self.warehouse, "quantity": stock}],
                "channelListings": self._prices(was or price),
            }
            for size in variants
        ]
        created = self.staff(gql.VARIANTS_CREATE, product=product, variants=inputs)["results"]
        ids = [key_of(result["productVariant"]["id"]) for result in created]
        for language, text in (translations or {}).items():
            self.staff(gql.PRODUCT_TRANSLATE, id=product, input={"name": text}, language=language.upper())
        if was is not None:
            on_sale(self.staff, ids, self.channel_ids(), off=was - price)
        return ids

    def make_customer(
        self,
        email: str,
        *,
        first_name: str = "Ada",
        language: str = "de",
        metadata: Mapping[str, str] | None = None,
        confirmed: bool = True,
    ) -> str:
        customer = {"email": email, "firstName": first_name, "languageCode": language.upper(), "isActive": True}
        created = self.staff(gql.CUSTOMER_CREATE, input=customer)["user"]["id"]
        if metadata:
            self.staff(gql.UPDATE_METADATA, id=created, input=pairs(metadata))
        if confirmed:  # Saleor makes no other accounts than such as still have to be
            self.confirm_customer(key_of(created))
        return key_of(created)

    def confirm_customer(self, user_id: str) -> None:
        self.staff(gql.CUSTOMER_UPDATE, id=global_id("User", user_id), input={"isConfirmed": True})

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
        address = {"country": country, **ADDRESSES.get(country, {})}
        created = self.api(
            gql.CHECKOUT_CREATE,
            input={
                "channel": channel or self.channel,
                "lines": [],
                "languageCode": language.upper(),
                "shippingAddress": address,
                "validationRules": {"shippingAddress": LENIENT, "billingAddress": LENIENT},
                "metadata": pairs(metadata or {}),
                **({"email": email} if email else {}),
            },
        )["checkout"]["id"]
        if user_id:
            self.staff(gql.CUSTOMER_ATTACH, id=created, customer=global_id("User", user_id))
            if email:
                self.api(gql.EMAIL_UPDATE, id=created, email=email)
        return key_of(created)

    def add_line(self, cart_id: str, variant_id: str, quantity: int = 1) -> None:
        line = {"variantId": global_id("ProductVariant", variant_id), "quantity": quantity}
        self.api(gql.LINES_ADD, id=_checkout(cart_id), lines=[line])

    def set_quantity(self, cart_id: str, variant_id: str, quantity: int) -> None:
        line = {"variantId": global_id("ProductVariant", variant_id), "quantity": quantity}
        self.api(gql.LINES_UPDATE, id=_checkout(cart_id), lines=[line])

    def remove_line(self, cart_id: str, variant_id: str) -> None:
        variant = global_id("ProductVariant", variant_id)
        lines = self.storefront(cart_id)["lines"]
        gone = [line["id"] for line in lines if line["variant"]["id"] == variant]
        self.api(gql.LINES_DELETE, id=_checkout(cart_id), lines=gone)

    def set_email(self, cart_id: str, email: str) -> None:
        self.api(gql.EMAIL_UPDATE, id=_checkout(cart_id), email=email)

    def set_cart_metadata(self, cart_id: str, metadata: Mapping[str, str]) -> None:
        self.api(gql.UPDATE_METADATA, id=_checkout(cart_id), input=pairs(metadata))

    def set_changed_at(self, cart_id: str, moment: datetime) -> None:
        Checkout.objects.filter(pk=UUID(cart_id)).update(last_change=moment)

    def set_order_changed_at(self, order_id: str, moment: datetime) -> None:
        Order.objects.filter(pk=UUID(order_id)).update(updated_at=moment)

    def set_price(self, variant_id: str, price: Decimal, *, was: Decimal | None = None) -> None:
        variant = global_id("ProductVariant", variant_id)
        self.staff(gql.VARIANT_LISTING, id=variant, input=self._prices(was or price))
        if was is not None:
            on_sale(self.staff, [variant_id], self.channel_ids(), off=was - price)
        expire_prices()

    def unlist(self, variant_id: str, channel: str) -> None:
        product = global_id("Product", ProductVariant.objects.get(pk=int(variant_id)).product_id)
        hidden = {"channelId": self._channel(channel), "isPublished": False}
        self.staff(gql.PRODUCT_LISTING, id=product, input={"updateChannels": [hidden]})

    def delete_variant(self, variant_id: str) -> None:
        self.staff(gql.VARIANT_DELETE, id=global_id("ProductVariant", variant_id))

    def add_code(self, cart_id: str, code: str) -> bool:
        try:
            self.api(gql.ADD_PROMO_CODE, id=_checkout(cart_id), code=code)
        except gql.RefusedError:
            return False
        return True

    def begin_payment(self, cart_id: str) -> None:
        cart, code = self._with_code(cart_id)
        _increase_checkout_voucher_usage(cart, code, code.voucher, cart.get_customer_email())

    def fail_payment(self, cart_id: str) -> None:
        cart, code = self._with_code(cart_id)
        _release_checkout_voucher_usage(cart, code, code.voucher, cart.get_customer_email())

    def _with_code(self, cart_id: str) -> tuple[Checkout, VoucherCode]:
        cart = Checkout.objects.get(pk=UUID(cart_id))
        return cart, VoucherCode.objects.select_related("voucher").get(code=cart.voucher_code)

    def order_total(self, order_id: str) -> Decimal:
        order = self.staff(gql.ORDER_TRANSACTIONS, id=global_id("Order", order_id))
        return Decimal(str(order["total"]["gross"]["amount"]))

    def place_order(self, cart_id: str, *, paid: bool = True, confirmed: bool = True) -> str:
        if not confirmed:
            channel = Checkout.objects.get(pk=UUID(cart_id)).channel.slug
            self.confirming(channel, automatically=False)
            try:
                return self.place_order(cart_id, paid=paid)
            finally:
                self.confirming(channel, automatically=True)
        checkout = _checkout(cart_id)
        if not Checkout.objects.get(pk=UUID(cart_id)).get_customer_email():
            self.set_email(cart_id, "guest@example.com")
        country = Checkout.objects.get(pk=UUID(cart_id)).country.code
        address = {"firstName": "Ada", "lastName": "Byron", "country": country, **ADDRESSES[country]}
        total = self.api(gql.BILLING_ADDRESS_UPDATE, id=checkout, address=address)["checkout"]["totalPrice"]["gross"]
        if paid:
            payment = {"name": "Card", "pspReference": f"psp-{next(self._numbers)}", "amountCharged": total}
            self.staff(gql.TRANSACTION_CREATE, id=checkout, transaction=payment)
        return key_of(self.api(gql.COMPLETE, id=checkout)["order"]["id"])

    def set_status(self, order_id: str, status: str) -> None:
        Order.objects.filter(pk=UUID(order_id)).update(status=status)

    def cancel_order(self, order_id: str) -> None:
        self.staff(gql.ORDER_CANCEL, id=global_id("Order", order_id))

    def refund_order(self, order_id: str, amount: Decimal) -> None:
        order = self.staff(gql.ORDER_TRANSACTIONS, id=global_id("Order", order_id))
        self.staff(
            gql.TRANSACTION_EVENT,
            id=order["transactions"][0]["id"],
            type="REFUND_SUCCESS",
            amount=str(amount),
            psp=f"refund-{next(self._numbers)}",
        )

    def deactivate_customer(self, user_id: str) -> None:
        self.staff(gql.CUSTOMER_UPDATE, id=global_id("User", user_id), input={"isActive": False})

    def delete_customer(self, user_id: str) -> None:
        self.staff(gql.CUSTOMER_DELETE, id=global_id("User", user_id))

    def configure(self, name: str, value: object) -> None:
        self.save({name: value})

    def save(self, settings: Mapping[str, object]) -> None:
        """Save settings of the plugin, which is on then."""
        changed = [
            {"name": name, "value": value if isinstance(value, bool) else str(value)}
            for name, value in settings.items()
        ]
        self.staff(gql.PLUGIN_UPDATE, id="saleor_crm", input={"active": True, "configuration": changed})

    def own_total(self, cart_id: str) -> Decimal:
        return Decimal(str(self.storefront(cart_id)["subtotalPrice"]["gross"]["amount"]))

    def storefront(self, cart_id: str) -> Any:
        """The cart as a storefront is told it."""
        return self.api(gql.CHECKOUT, id=_checkout(cart_id))

    def _channel(self, slug: str) -> str:
        return global_id("Channel", self.channels[slug].pk)

    def channel_ids(self) -> list[str]:
        """Both channels, as clients name them."""
        return [self._channel(slug) for slug in (self.channel, self.other_channel)]

    def _prices(self, price: Decimal) -> list[dict[str, str]]:
        return [{"channelId": channel, "price": str(price)} for channel in self.channel_ids()]


def expire_prices() -> None:
    """An hour passes: what Saleor calculated for carts is no longer good (CHECKOUT_PRICES_TTL)."""
    Checkout.objects.update(price_expiration=timezone.now(), discount_expiration=timezone.now())


def _checkout(cart_id: str) -> str:
    return global_id("Checkout", cart_id)
