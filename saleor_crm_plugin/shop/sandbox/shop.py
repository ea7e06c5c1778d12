"""The demo shop's answers to the port, from its own tables."""

import base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet

from saleor_crm_plugin.config import BY_NAME

from ..consent import mark
from ..facts import read_orders
from ..goods import Availability, CatalogueProduct, OnSale, Shelf, StockFacts, Tile, VariantTile
from ..port import Cart, CartLine, Changed, Customer, Order, OrderFacts, PricedCart
from ..stock import read_availability
from ..visitor import visitor
from ..vouchers import CodeUsage, VoucherTerms
from . import models, own_settings, stock, vouchers
from .assortment import read_catalogue, read_on_sale, read_tiles, read_variants, read_variants_of
from .facts import facts
from .pricing import priced
from .shelf import (
    read_existing,
    read_in_categories,
    read_product_ids,
    read_product_names,
    read_shelf,
    read_shelves_there,
)

M = TypeVar("M", bound=Model)


class SandboxShop:
    """The demo shop behind the port (``shop.port.Shop``)."""

    def writing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def configuration(self) -> Mapping[str, object]:
        return own_settings.stored()

    def active(self) -> bool:
        return bool(own_settings.own("active"))

    def name(self) -> str:
        return str(own_settings.own("name"))

    def public_url(self, path: str) -> str:
        return _base() + path

    def carts(self, ids: Sequence[str]) -> dict[str, Cart]:
        key, trusting = _metadata_key("consent_key"), own_settings.trusting()
        lines: dict[UUID, list[CartLine]] = {}
        wanted = uuids(ids)
        rows = models.CheckoutLine.objects.filter(checkout__in=wanted).annotate(product_id=F("variant__product"))
        for line in rows.order_by("id"):
            lines.setdefault(line.checkout_id, []).append(
                CartLine(
                    line_id=str(line.pk),
                    variant_id=str(line.variant_id),
                    product_id=str(line.product_id),
                    quantity=line.quantity,
                    total=line.unit_price * line.quantity,
                )
            )
        found = models.Checkout.objects.filter(pk__in=wanted).select_related("channel", "user")
        return {str(cart.pk): _cart(cart, tuple(lines.get(cart.pk, ())), key, trusting=trusting) for cart in found}

    def priced_carts(self, ids: Sequence[str]) -> dict[str, PricedCart]:
        return priced(uuids(ids), f"{_base()}/media/")

    def deliverable(self, cart_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        carts = self.priced_carts(cart_ids)
        return {key: frozenset(line.variant_id for line in cart.lines if line.available) for key, cart in carts.items()}

    def orders(self, ids: Sequence[str]) -> dict[str, Order]:
        return read_orders(facts(), [str(key) for key in uuids(ids)])

    def order_facts(self) -> OrderFacts:
        return facts()

    def count_orders(self) -> int:
        return models.Order.objects.count()

    def orders_of_carts(self, cart_ids: Sequence[str]) -> dict[str, list[str]]:
        placed: dict[str, list[str]] = {}
        rows = models.Order.objects.filter(checkout_id__in=uuids(cart_ids), status__in=models.REAL)
        for order, cart in rows.order_by("placed_at", "id").values_list("id", "checkout_id"):
            placed.setdefault(str(cart), []).append(str(order))
        return placed

    def customers(self, ids: Sequence[str]) -> dict[str, Customer]:
        key, trusting = _metadata_key("consent_key"), own_settings.trusting()
        return {
            str(user.pk): Customer(
                id=str(user.pk),
                email=user.email,
                first_name=user.first_name.strip(),
                language=user.language,
                active=user.active,
                known=user.confirmed or trusting,
                consent=mark(key, user.metadata),
            )
            for user in models.User.objects.filter(pk__in=integers(ids))
        }

    def changed_carts(self, after: Changed, limit: int) -> list[Changed]:
        return _changed(models.Checkout.objects.all(), after, limit)

    def changed_orders(self, after: Changed, limit: int) -> list[Changed]:
        return _changed(models.Order.objects.all(), after, limit)

    def changed_customers(self, after: Changed, limit: int) -> list[Changed]:
        return _changed(models.User.objects.all(), after, limit, integers)

    def catalogue(self) -> Iterator[CatalogueProduct]:
        return read_catalogue()

    def on_sale(self, product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
        return read_on_sale(integers(product_ids), channel, attributes)

    def tiles(self, product_ids: Sequence[str], channel: str, languages: Collection[str]) -> dict[str, dict[str, Tile]]:
        return read_tiles(integers(product_ids), channel, languages, f"{_base()}/media/")

    def product_ids(self, slugs: Sequence[str]) -> dict[str, str]:
        return read_product_ids(slugs)

    def product_names(self, product_ids: Sequence[str], language: str) -> dict[str, str]:
        return read_product_names(integers(product_ids), language)

    def shelf(self, category: str, collection: str, most: int) -> Shelf:
        return read_shelf(category, collection, most)

    def shelves_there(
        self, categories: Sequence[str], collections: Sequence[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        return read_shelves_there(categories, collections)

    def in_categories(self, category_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The products of categories with those below them."""
        return read_in_categories(category_ids)

    def existing(self, product_ids: Sequence[str]) -> frozenset[str]:
        """Products that are there."""
        return read_existing(integers(product_ids))

    def stock_facts(self) -> StockFacts:
        return stock.FACTS

    def availability(self, variant_ids: Sequence[str], channel: str) -> dict[str, Availability]:
        return read_availability(stock.FACTS, [str(key) for key in integers(variant_ids)], channel)

    def variants(
        self, variant_ids: Sequence[str], channel: str, language: str, attributes: Sequence[str]
    ) -> dict[str, VariantTile]:
        return read_variants(
            integers(variant_ids),
            channel,
            language,
            attributes,
            media=f"{_base()}/media/",
            restock=_metadata_key("stock_restock_key"),
        )

    def variants_of(self, product_ids: Sequence[str]) -> dict[str, list[str]]:
        return read_variants_of(integers(product_ids))

    def channels(self) -> dict[str, str]:
        return vouchers.read_channels()

    def ensure_voucher(self, terms: VoucherTerms, known: str) -> str:
        return vouchers.ensure_voucher(terms, known)

    def add_codes(self, voucher_id: str, codes: Sequence[str]) -> list[str]:
        return vouchers.add_codes(voucher_id, codes)

    def code_usage(self, codes: Sequence[str]) -> dict[str, CodeUsage]:
        return vouchers.read_code_usage(codes)

    def deactivate_codes(self, codes: Sequence[str]) -> set[str]:
        return vouchers.deactivate_codes(codes)

    def codes_of_orders(self, order_ids: Sequence[str]) -> dict[str, str]:
        return vouchers.read_codes_of_orders(uuids(order_ids))

    def cart_reference(self, cart_id: str) -> str:
        return base64.b64encode(f"Checkout:{cart_id}".encode()).decode()


def uuids(ids: Sequence[str]) -> list[UUID]:
    """The ids that are UUIDs in the port's spelling; the shop has no others."""
    found = []
    for text in ids:
        try:
            value = UUID(text)
        except ValueError:
            continue
        if str(value) == text:
            found.append(value)
    return found


def integers(ids: Sequence[str]) -> list[int]:
    """The ids that are numbers a row of ours can have."""
    return [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) <= 18]


def _cart(cart: models.Checkout, lines: tuple[CartLine, ...], consent_key: str, *, trusting: bool) -> Cart:
    user = cart.user
    return Cart(
        id=str(cart.pk),
        email=cart.email or (user.email if user else ""),
        user_id=str(user.pk) if user and (user.confirmed or trusting) else None,
        user_email=user.email if user else "",
        channel=cart.channel.slug,
        currency=cart.channel.currency,
        language=cart.language,
        country=cart.country,
        created_at=cart.created_at,
        changed_at=cart.changed_at,
        lines=lines,
        total=sum((line.total for line in lines), start=Decimal(0)),
        consent=mark(consent_key, cart.metadata),
        visitor_id=visitor(cart.metadata),
    )


def _changed(
    rows: QuerySet[M], after: Changed, limit: int, keys: Callable[[Sequence[str]], Sequence[UUID | int]] = uuids
) -> list[Changed]:
    """The next page by keyset: the first filter is the range of the index, the second skips within its first moment."""
    page = rows.filter(changed_at__gte=after.changed_at)
    for last in keys([after.id]):
        page = page.exclude(changed_at=after.changed_at, pk__lte=last)
    found = page.order_by("changed_at", "pk").values_list("pk", "changed_at")[:limit]
    return [Changed(str(pk), moment) for pk, moment in found]


def _metadata_key(name: str) -> str:
    stored = models.Setting.objects.filter(name=name).values_list("value", flat=True).first()
    return str(stored or BY_NAME[name].default)


def _base() -> str:
    return str(own_settings.own("public_url")).rstrip("/")
