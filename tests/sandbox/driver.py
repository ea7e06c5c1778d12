"""The hands of customers and staff in the demo shop, for the contract tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.db.models import F, Sum
from django.utils.text import slugify

from saleor_crm_plugin.shop.port import Shop
from saleor_crm_plugin.shop.sandbox import aftersales, own_settings, payments, storefront
from saleor_crm_plugin.shop.sandbox.models import (
    Category,
    Channel,
    Checkout,
    CheckoutLine,
    Order,
    Price,
    Product,
    Stock,
    User,
    Variant,
)
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop


class SandboxDriver:
    """Acts on the demo shop. Every action happens a second after the one before."""

    channel, currency = "eu", "EUR"
    other_channel, other_currency = "poland", "PLN"

    def __init__(self) -> None:
        self.shop: Shop = SandboxShop()
        self.now = datetime(2026, 3, 2, 10, tzinfo=UTC)
        for slug, currency in ((self.channel, self.currency), (self.other_channel, self.other_currency)):
            Channel.objects.create(slug=slug, currency=currency)
        self.category = Category.objects.create(name="Clothes", slug="clothes")

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
        unique = uuid4().hex[:12]
        product = Product.objects.create(
            name=name,
            slug=f"product-{unique}",
            category=self.category,
            translations=dict(translations or {}),
            gift_card=gift_card,
        )
        ids = []
        for size in variants:
            variant = Variant.objects.create(product=product, sku=f"{unique}-{size}", name=size, size=size)
            Stock.objects.create(variant=variant, quantity=stock)
            for channel in Channel.objects.all():
                Price.objects.create(variant=variant, channel=channel, price=price, undiscounted=was or price)
            ids.append(str(variant.pk))
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
        user = User.objects.create(
            email=email,
            first_name=first_name,
            language=language,
            country="DE",
            confirmed=confirmed,
            metadata=dict(metadata or {}),
        )
        return str(user.pk)

    def confirm_customer(self, user_id: str) -> None:
        storefront.confirm_customer(user_id, now=datetime.now(UTC))

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
        return storefront.create_cart(
            channel=channel or self.channel,
            email=email,
            user_id=user_id,
            language=language,
            country=country,
            metadata=metadata,
            now=self._tick(),
        )

    def add_line(self, cart_id: str, variant_id: str, quantity: int = 1) -> None:
        storefront.add_line(cart_id, variant_id, quantity, now=self._tick())

    def set_quantity(self, cart_id: str, variant_id: str, quantity: int) -> None:
        storefront.set_quantity(cart_id, variant_id, quantity, now=self._tick())

    def remove_line(self, cart_id: str, variant_id: str) -> None:
        storefront.remove_line(cart_id, variant_id, now=self._tick())

    def set_email(self, cart_id: str, email: str) -> None:
        storefront.set_email(cart_id, email, now=self._tick())

    def set_cart_metadata(self, cart_id: str, metadata: Mapping[str, str]) -> None:
        storefront.set_metadata(cart_id, metadata, now=self._tick())

    def set_changed_at(self, cart_id: str, moment: datetime) -> None:
        Checkout.objects.filter(pk=UUID(cart_id)).update(changed_at=moment)

    def set_order_changed_at(self, order_id: str, moment: datetime) -> None:
        Order.objects.filter(pk=UUID(order_id)).update(changed_at=moment)

    def set_price(self, variant_id: str, price: Decimal, *, was: Decimal | None = None) -> None:
        storefront.set_price(variant_id, price, was=was)

    def set_stock(self, variant_id: str, quantity: int) -> None:
        storefront.set_stock(variant_id, quantity)

    def sell_out(self, variant_id: str) -> None:
        storefront.set_stock(variant_id, 0)

    def unlist(self, variant_id: str, channel: str) -> None:
        Price.objects.filter(
            variant__product__variants=int(variant_id), channel=Channel.objects.get(slug=channel)
        ).update(listed=False)

    def describe(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        Product.objects.filter(variants=int(variant_id)).update(attributes=dict(product))
        Variant.objects.filter(pk=int(variant_id)).update(**variant)

    def note(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        noted = Variant.objects.select_related("product").get(pk=int(variant_id))
        for one, entries in ((noted.product, product), (noted, variant)):
            one.metadata |= entries
            one.save(update_fields=["metadata"])

    def put_in_category(self, variant_id: str, path: Sequence[str]) -> list[str]:
        parent: Category | None = None
        ids = []
        for name in path:
            taken = Category.objects.filter(slug=slugify(name)).exists()
            slug = uuid4().hex if taken else slugify(name)
            parent = Category.objects.create(name=name, slug=slug, parent=parent)
            ids.append(str(parent.pk))
        Product.objects.filter(variants=int(variant_id)).update(category=parent)
        return ids

    def put_in_collection(self, variant_ids: Sequence[str]) -> str:
        season = uuid4().hex[:20]
        Product.objects.filter(variants__in=[int(one) for one in variant_ids]).update(season=season)
        return season

    def delete_variant(self, variant_id: str) -> None:
        Variant.objects.filter(pk=int(variant_id)).delete()

    def add_code(self, cart_id: str, code: str) -> bool:
        try:
            storefront.add_code(cart_id, code, now=self._tick())
        except storefront.NotPossible:
            return False
        return True

    def begin_payment(self, cart_id: str) -> None:
        payments.begin(cart_id, now=self._tick())

    def fail_payment(self, cart_id: str) -> None:
        payments.fail(cart_id, now=self._tick())

    def order_total(self, order_id: str) -> Decimal:
        return Decimal(Order.objects.get(pk=UUID(order_id)).total)

    def place_order(self, cart_id: str, *, paid: bool = True, confirmed: bool = True) -> str:
        return storefront.place_order(cart_id, paid=paid, confirmed=confirmed, now=self._tick())

    def edit_order(self, order_id: str, variant_id: str, quantity: int) -> None:
        aftersales.edit_order(order_id, variant_id, quantity, now=self._tick())

    def confirm_order(self, order_id: str) -> None:
        aftersales.confirm_order(order_id, now=self._tick())

    def set_names(self, order_id: str, billing: tuple[str, str], shipping: tuple[str, str]) -> None:
        aftersales.set_names(order_id, " ".join(billing), " ".join(shipping), now=self._tick())

    def fulfil_order(self, order_id: str, quantities: Mapping[str, int] | None = None) -> None:
        aftersales.fulfil_order(order_id, quantities, now=self._tick())

    def return_lines(self, order_id: str, quantities: Mapping[str, int]) -> None:
        aftersales.return_lines(order_id, quantities, now=self._tick())

    def set_status(self, order_id: str, status: str) -> None:
        Order.objects.filter(pk=UUID(order_id)).update(status=status)

    def cancel_order(self, order_id: str) -> None:
        storefront.cancel_order(order_id, now=self._tick())

    def refund_order(self, order_id: str, amount: Decimal) -> None:
        storefront.refund_order(order_id, amount, now=self._tick())

    def deactivate_customer(self, user_id: str) -> None:
        User.objects.filter(pk=int(user_id)).update(active=False)

    def delete_customer(self, user_id: str) -> None:
        storefront.delete_customer(user_id)

    def configure(self, name: str, value: object) -> None:
        own_settings.save(name, value)

    def own_total(self, cart_id: str) -> Decimal:
        lines = CheckoutLine.objects.filter(checkout=UUID(cart_id), variant__prices__channel=F("checkout__channel"))
        total = lines.aggregate(total=Sum(F("quantity") * F("variant__prices__price")))["total"]
        return Decimal(total or 0)

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
