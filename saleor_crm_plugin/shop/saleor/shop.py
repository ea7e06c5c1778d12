"""Saleor behind the port: one class that opens the writer connection and hands each question to its module.

Carts and orders are read to act on them, so they are read from the writer: a replica may lag behind
(saleor/core/db/connection.py guards the writer; we say that we mean it).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from saleor.core.db.connection import allow_writer
from saleor.core.utils import build_absolute_uri

from saleor_crm_plugin.shop.goods import CatalogueProduct, OnSale, Tile
from saleor_crm_plugin.shop.port import Cart, Changed, Customer, Order, OrderFacts, PricedCart
from saleor_crm_plugin.shop.saleor import carts, orders, owner
from saleor_crm_plugin.shop.saleor.catalogue import read_catalogue
from saleor_crm_plugin.shop.saleor.customers import read_customers
from saleor_crm_plugin.shop.saleor.facts import FACTS
from saleor_crm_plugin.shop.saleor.onsale import read_on_sale
from saleor_crm_plugin.shop.saleor.priced import read_priced_carts
from saleor_crm_plugin.shop.saleor.tiles import read_tiles


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

    def orders(self, ids: Sequence[str]) -> dict[str, Order]:
        """Orders by id."""
        with allow_writer():
            return orders.read_orders(ids)

    def order_facts(self) -> OrderFacts:
        """The same and more, as SQL over Saleor's tables."""
        return FACTS

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

    def catalogue(self) -> Iterator[CatalogueProduct]:
        """The whole range. It opens the writer connection piece by piece: between them the reader goes its own way."""
        return read_catalogue()

    def on_sale(self, product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
        """Products by id, those that a customer sees and can buy now."""
        with allow_writer():
            return read_on_sale(product_ids, channel, attributes)

    def tiles(self, product_ids: Sequence[str], channel: str, language: str) -> dict[str, Tile]:
        """Products by id at the storefront's prices, those that are on sale."""
        with allow_writer():
            return read_tiles(product_ids, channel, language)

    def cart_reference(self, cart_id: str) -> str:
        """The checkout's global id."""
        return carts.reference(cart_id)
