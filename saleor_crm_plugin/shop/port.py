"""What we ask of a shop: the questions, and the shapes of the answers.

Two shops answer: Saleor (``shop/saleor.py``) and the demo shop (``shop/sandbox/``). Both pass the
same contract tests (``tests/shop_contract/``). Every read takes many ids and costs a constant
number of queries; ids that the shop does not have are missing from the answer.

Conventions: ids are strings (UUIDs of checkouts and orders in hyphenated lower case, integers of
users, products and variants in decimal), money is ``Decimal`` in the currency beside it, moments
are timezone-aware, prices are gross (what the customer pays).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from .goods import Availability, CatalogueProduct, OnSale, Shelf, StockFacts, Tile, VariantTile
from .vouchers import Vouchers


@dataclass(frozen=True)
class ConsentMark:
    """What a customer's tick box said, as the storefront left it in the metadata of a checkout or an account."""

    granted: bool
    wording: str  # the version or text the customer agreed to; "" where the storefront gave none


@dataclass(frozen=True)
class CartLine:
    """One line of a cart: which variant, how many, at the price the shop last computed."""

    line_id: str
    variant_id: str
    product_id: str
    quantity: int
    total: Decimal  # of the line


@dataclass(frozen=True)
class Cart:
    """A checkout as it is now. ``email`` is where its mail goes: its own, else its user's.

    ``lines`` are in the order in which they were added. ``changed_at`` moves with every change that
    a customer makes, not when the shop only refreshes prices. ``consent`` is what was said in this checkout; what
    the account says is the customer's (``Customer.consent``). ``user_id`` is the account that fills it, None where
    nobody knows whether its address is its own (``Customer.known``): it is a guest's cart then. ``visitor_id`` is what
    the storefront calls whoever fills the cart (``shop/visitor.py``), "" where it says nothing.
    """

    id: str
    email: str
    user_id: str | None
    user_email: str
    channel: str
    currency: str
    language: str
    country: str  # ISO 3166-1 alpha-2, "" where unknown
    created_at: datetime
    changed_at: datetime
    lines: tuple[CartLine, ...]
    total: Decimal  # of the lines
    consent: ConsentMark | None
    visitor_id: str


@dataclass(frozen=True)
class PricedLine:
    """One line as a mail shows it: today's price, the name in the cart's language."""

    line_id: str
    variant_id: str
    product_id: str
    quantity: int
    product_name: str
    variant_name: str  # "" where the product has one variant only
    unit_price: Decimal
    undiscounted_unit_price: Decimal
    total: Decimal
    image_url: str  # absolute, "" where the product has no picture
    product_slug: str
    available: bool  # the channel sells it now and has the quantity


@dataclass(frozen=True)
class PricedCart:
    """A cart priced now, by the shop's own calculation with its promotions, vouchers and taxes."""

    id: str
    currency: str
    first_name: str
    lines: tuple[PricedLine, ...]
    total: Decimal  # of the lines, after discounts, without shipping


@dataclass(frozen=True)
class Order:
    """An order as it is now.

    ``real`` is false for drafts, and for orders that are expired or cancelled: what the customer did not order, or what
    came to nothing. One that the shop still has to confirm is real. ``user_id`` is as in ``Cart``.
    ``refunded`` is the part of ``total`` that went back to the customer. ``country``, ``goods_net``, ``gift`` and
    ``fulfilled_at`` are as in ``OrderFacts``.
    """

    id: str
    cart_id: str | None
    email: str
    user_id: str | None
    user_email: str
    country: str
    channel: str
    currency: str
    language: str
    total: Decimal
    refunded: Decimal
    goods_net: Decimal
    gift: bool
    paid: bool
    real: bool
    placed_at: datetime
    changed_at: datetime
    fulfilled_at: datetime | None


@dataclass(frozen=True)
class OrderFacts:
    """What a shop knows of its orders, as SQL over its own tables: so that millions of orders become facts without
    passing through Python, and one order by the same statement.

    Each text but ``page`` is a SELECT that reads a relation ``wanted`` with a column ``order_id`` (text, ids as the
    port spells them); whoever uses it defines ``wanted`` in a WITH clause. Ids are text in the answer, too, and orders
    that the shop does not have are missing.

    ``orders``, one row per order: ``order_id, email, user_id, user_email, country, cart_id, channel, currency,
    language, total, refunded, goods_net, gift, real, paid, placed_at, changed_at, fulfilled_at``, of which ``user_id``,
    ``cart_id`` and ``fulfilled_at`` may be null. ``user_id`` is as in ``Cart``. ``country`` is where the customer
    lives, as far as the order tells: where it ships, else bills, the other way round for gifts (ISO 3166-1 alpha-2, ""
    where unknown). ``goods_net`` is what the goods cost after discounts without tax, shipping and gift cards. ``gift``:
    it ships to another name than it bills. ``fulfilled_at`` is when the last of it was handed over, null while
    something is left to hand over, and again when nothing of it is with the customer any more.

    ``lines``, one row per line of an order: ``order_id, line_id, product_id, variant_id, quantity, returned, total,
    gift_card``; product and variant are null where the shop has deleted them.

    ``returns``, one row for what of a line came back together: ``order_id, source`` (unique, and the same each time),
    ``product_id, variant_id, quantity, at``.

    ``page`` goes through all orders, the newest first: ``order_id, placed_at`` of at most ``%(limit)s`` orders that
    come after ``(%(placed_at)s, %(order_id)s)`` in that order. It begins at ``BEFORE_ALL``.
    """

    orders: str
    lines: str
    returns: str
    page: str


BEFORE_ALL = {"placed_at": "infinity", "order_id": "ffffffff-ffff-ffff-ffff-ffffffffffff"}


@dataclass(frozen=True)
class Customer:
    """A customer account. ``first_name`` is the account's own, else its usual address's, "" where neither is there.

    ``known``: somebody confirmed the address, or the owner trusts all (``trust_unconfirmed``). Anybody can register
    anybody's address: before, an account is to us what a guest is who typed it."""

    id: str
    email: str
    first_name: str
    language: str
    active: bool
    known: bool
    consent: ConsentMark | None


@dataclass(frozen=True)
class Changed:
    """Where a changed object stands in the order of changes: the key of the sweep's cursor."""

    id: str
    changed_at: datetime


class Shop(Vouchers, Protocol):
    """A shop, as the plugin sees it. What it does about vouchers is in ``vouchers.py``."""

    def writing(self) -> AbstractContextManager[None]:
        """Allow queries on the writer connection, where the shop guards it (Saleor's ``allow_writer``)."""

    def configuration(self) -> Mapping[str, object]:
        """The owner's settings as stored: name to raw value. Names that were never saved are missing."""

    def active(self) -> bool:
        """Whether the owner has the plugin switched on."""

    def name(self) -> str:
        """The shop's name, for the sender and the mail's footer."""

    def public_url(self, path: str) -> str:
        """The absolute address of a path of the shop's API host, such as ``/plugins/...``."""

    def carts(self, ids: Sequence[str]) -> dict[str, Cart]: ...

    def priced_carts(self, ids: Sequence[str]) -> dict[str, PricedCart]:
        """Carts as a mail shows them. May use the network (tax apps): never call it in a transaction."""

    def deliverable(self, cart_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The variants that each cart can have in the quantity that it wants, units that it holds itself included: what
        is sold out for everybody else need not be for it. Carts that are not there are missing."""

    def orders(self, ids: Sequence[str]) -> dict[str, Order]: ...

    def order_facts(self) -> OrderFacts:
        """The same and more, for statements. ``orders`` is answered by it, so that there is one truth."""

    def count_orders(self) -> int:
        """About how many orders there are: for a progress bar."""

    def orders_of_carts(self, cart_ids: Sequence[str]) -> dict[str, list[str]]:
        """The real orders placed from each cart: cart id to order ids. Carts without one are missing."""

    def customers(self, ids: Sequence[str]) -> dict[str, Customer]: ...

    def changed_carts(self, after: Changed, limit: int) -> list[Changed]:
        """Carts that changed after a point, in the order of (changed_at, id), at most ``limit``."""

    def changed_orders(self, after: Changed, limit: int) -> list[Changed]:
        """Orders that changed after a point, in the order of (changed_at, id), at most ``limit``."""

    def changed_customers(self, after: Changed, limit: int) -> list[Changed]:
        """Customers who changed after a point, or logged in, in the order of (changed_at, id), at most ``limit``."""

    def catalogue(self) -> Iterator[CatalogueProduct]:
        """All products, read in pieces: for training. No statement per product."""

    def on_sale(self, product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
        """Those of the products that the channel (slug) sells now. ``attributes`` are slugs."""

    def tiles(self, product_ids: Sequence[str], channel: str, languages: Collection[str]) -> dict[str, dict[str, Tile]]:
        """The products that the channel sells now, as a mail shows them: by language, each of which is in the answer,
        and id. As many statements for many languages as for one."""

    def product_ids(self, slugs: Sequence[str]) -> dict[str, str]:
        """The products with these slugs: slug to id."""

    def product_names(self, product_ids: Sequence[str], language: str) -> dict[str, str]:
        """What products are called in a language, whether or not they are sold: id to name."""

    def shelf(self, category: str, collection: str, most: int) -> Shelf:
        """The products that stand in a category (slug) or below it and in a collection (slug); "" is any.

        In the order of the collection, else the newest first; at most ``most``. None where there is no such category
        or collection.
        """

    def shelves_there(
        self, categories: Sequence[str], collections: Sequence[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Those of the slugs that name a category, and those that name a collection, whether anything is in it or
        not."""

    def in_categories(self, category_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """All products in each of these categories or below it, sold or not. Without categories that are not there."""

    def existing(self, product_ids: Sequence[str]) -> frozenset[str]:
        """Those of the products that the shop has, sold or not."""

    def stock_facts(self) -> StockFacts:
        """What is left of variants, for statements. ``availability`` is answered by it, so that there is one truth."""

    def availability(self, variant_ids: Sequence[str], channel: str) -> dict[str, Availability]:
        """Variants in a channel (slug) by id, exactly as the shop's own storefront counts them without an address."""

    def variants(
        self, variant_ids: Sequence[str], channel: str, language: str, attributes: Sequence[str]
    ) -> dict[str, VariantTile]:
        """The variants that the channel shows and prices, as a mail shows them, also those that are sold out.
        ``attributes`` are slugs."""

    def variants_of(self, product_ids: Sequence[str]) -> dict[str, list[str]]:
        """The variants of each product, in the shop's own order."""

    def cart_reference(self, cart_id: str) -> str:
        """The cart's id as a storefront knows it (Saleor: the global id), for the restore link."""


@cache
def get_shop() -> Shop:
    """The shop we run in: named by the Django setting ``CRM_SHOP``, Saleor where it is not set."""
    path = getattr(settings, "CRM_SHOP", "saleor_crm_plugin.shop.saleor.SaleorShop")
    shop: Shop = import_string(path)()
    return shop
