"""Saleor behind the port: one class that opens the writer connection and hands each question to its module.

Carts and orders are read to act on them, so they are read from the writer: a replica may lag behind
(saleor/core/db/connection.py guards the writer; we say that we mean it).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from saleor.core.db.connection import allow_writer
from saleor.core.utils import build_absolute_uri

from saleor_crm_plugin.shop.goods import Availability, CatalogueProduct, OnSale, Shelf, StockFacts, Tile, VariantTile
from saleor_crm_plugin.shop.port import Cart, Changed, Customer, Order, OrderFacts, PricedCart
from saleor_crm_plugin.shop.saleor import carts, orders, owner, vouchers
from saleor_crm_plugin.shop.saleor.availability import stock_facts
from saleor_crm_plugin.shop.saleor.catalogue import read_catalogue
from saleor_crm_plugin.shop.saleor.customers import read_changed_customers, read_customers
from saleor_crm_plugin.shop.saleor.deliverable import read_deliverable
from saleor_crm_plugin.shop.saleor.facts import facts
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.names import read_product_names
from saleor_crm_plugin.shop.saleor.onsale import read_on_sale
from saleor_crm_plugin.shop.saleor.priced import read_priced_carts
from saleor_crm_plugin.shop.saleor.shelf import (
    read_existing,
    read_in_categories,
    read_product_ids,
    read_shelf,
    read_shelves_there,
)
from saleor_crm_plugin.shop.saleor.tiles import read_tiles
from saleor_crm_plugin.shop.saleor.variants import read_variants, read_variants_of
from saleor_crm_plugin.shop.stock import read_availability
from saleor_crm_plugin.shop.vouchers import CodeUsage, VoucherTerms


class SaleorShop:
    """The shop that the plugin runs in."""

    def writing(self) -> AbstractContextManager[None]:
        """Allow queries on the writer connection."""
        allowed: AbstractContextManager[None] = allow_writer()
        return allowed

    def configuration(self) -> Mapping[str, object]:
        """The owner's settings as stored."""
        with allow_writer():
            return owner.configuration()

    def active(self) -> bool:
        """Whether the owner has the plugin switched on."""
        with allow_writer():
            return owner.active()

    def name(self) -> str:
        """The shop's name."""
        with allow_writer():
            return str(owner.site_settings().site.name)

    def public_url(self, path: str) -> str:
        """The absolute address of a path of the API: PUBLIC_URL, or the site's domain (saleor/core/utils)."""
        with allow_writer():
            return str(build_absolute_uri(path))

    def carts(self, ids: Sequence[str]) -> dict[str, Cart]:
        """Checkouts by id."""
        with allow_writer():
            return carts.read_carts(ids)

    def priced_carts(self, ids: Sequence[str]) -> dict[str, PricedCart]:
        """Checkouts priced now. One that Saleor fails to price is missing; the log says why."""
        with allow_writer():
            return read_priced_carts(ids)

    def deliverable(self, cart_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The variants that each checkout can have, its own reservations included."""
        with allow_writer():
            return read_deliverable(cart_ids)

    def orders(self, ids: Sequence[str]) -> dict[str, Order]:
        """Orders by id."""
        with allow_writer():
            return orders.read_orders(ids)

    def order_facts(self) -> OrderFacts:
        """The same and more, as SQL over Saleor's tables."""
        with allow_writer():
            return facts()

    def count_orders(self) -> int:
        """About how many orders there are."""
        with allow_writer():
            return orders.count_orders()

    def orders_of_carts(self, cart_ids: Sequence[str]) -> dict[str, list[str]]:
        """The real orders placed from each cart."""
        with allow_writer():
            return orders.read_orders_of_carts(cart_ids)

    def customers(self, ids: Sequence[str]) -> dict[str, Customer]:
        """Customer accounts by id."""
        with allow_writer():
            return read_customers(ids)

    def changed_carts(self, after: Changed, limit: int) -> list[Changed]:
        """Checkouts that changed after a point."""
        with allow_writer():
            return carts.read_changed_carts(after, limit)

    def changed_orders(self, after: Changed, limit: int) -> list[Changed]:
        """Orders that changed after a point."""
        with allow_writer():
            return orders.read_changed_orders(after, limit)

    def changed_customers(self, after: Changed, limit: int) -> list[Changed]:
        """Accounts that changed after a point."""
        with allow_writer():
            return read_changed_customers(after, limit)

    def catalogue(self) -> Iterator[CatalogueProduct]:
        """The whole range. It opens the writer connection piece by piece: between them the reader goes its own way."""
        return read_catalogue()

    def on_sale(self, product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
        """Products by id, those that a customer sees and can buy now."""
        with allow_writer():
            return read_on_sale(product_ids, channel, attributes)

    def tiles(self, product_ids: Sequence[str], channel: str, languages: Collection[str]) -> dict[str, dict[str, Tile]]:
        """Products by language and id at the storefront's prices, those that are on sale."""
        with allow_writer():
            return read_tiles(product_ids, channel, languages)

    def product_ids(self, slugs: Sequence[str]) -> dict[str, str]:
        """Products by slug."""
        with allow_writer():
            return read_product_ids(slugs)

    def product_names(self, product_ids: Sequence[str], language: str) -> dict[str, str]:
        """Products by id, in a language where it is translated."""
        with allow_writer():
            return read_product_names(product_ids, language)

    def shelf(self, category: str, collection: str, most: int) -> Shelf:
        """The products of a category and of a collection."""
        with allow_writer():
            return read_shelf(category, collection, most)

    def shelves_there(
        self, categories: Sequence[str], collections: Sequence[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Categories and collections that are there."""
        with allow_writer():
            return read_shelves_there(categories, collections)

    def in_categories(self, category_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The products of categories with those below them."""
        with allow_writer():
            return read_in_categories(category_ids)

    def existing(self, product_ids: Sequence[str]) -> frozenset[str]:
        """Products that are there."""
        with allow_writer():
            return read_existing(product_ids)

    def stock_facts(self) -> StockFacts:
        """What is left of variants, as SQL over Saleor's tables."""
        return stock_facts()

    def availability(self, variant_ids: Sequence[str], channel: str) -> dict[str, Availability]:
        """Variants by id, counted as the storefront's ``quantityAvailable``."""
        variants = [str(key) for key in integers(variant_ids)]
        with allow_writer():
            return read_availability(stock_facts(), variants, channel)

    def variants(
        self, variant_ids: Sequence[str], channel: str, language: str, attributes: Sequence[str]
    ) -> dict[str, VariantTile]:
        """Variants by id at the storefront's prices, also those that are sold out."""
        with allow_writer():
            return read_variants(variant_ids, channel, language, attributes)

    def variants_of(self, product_ids: Sequence[str]) -> dict[str, list[str]]:
        """The variants of each product."""
        with allow_writer():
            return read_variants_of(product_ids)

    def cart_reference(self, cart_id: str) -> str:
        """The checkout's global id."""
        return carts.reference(cart_id)

    def channels(self) -> dict[str, str]:
        """All channels: slug to currency."""
        with allow_writer():
            return vouchers.read_channels()

    def ensure_voucher(self, terms: VoucherTerms, known: str) -> str:
        """The voucher under the key of these terms, made where there is none."""
        with allow_writer():
            return vouchers.ensure_voucher(terms, known)

    def add_codes(self, voucher_id: str, codes: Sequence[str]) -> list[str]:
        """Add codes to a voucher. Returns those that are taken."""
        with allow_writer():
            return vouchers.add_codes(voucher_id, codes)

    def code_usage(self, codes: Sequence[str]) -> dict[str, CodeUsage]:
        """What became of codes."""
        with allow_writer():
            return vouchers.read_code_usage(codes)

    def deactivate_codes(self, codes: Sequence[str]) -> set[str]:
        """Switch codes off. Returns those that were good until now."""
        with allow_writer():
            return vouchers.deactivate_codes(codes)

    def codes_of_orders(self, order_ids: Sequence[str]) -> dict[str, str]:
        """The code that was used for each order."""
        with allow_writer():
            return vouchers.read_codes_of_orders(order_ids)
