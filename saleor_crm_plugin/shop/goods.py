"""What a shop sells: the shapes in which it tells of its products. Conventions as in ``port.py``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

# Attribute values: the slug of the attribute, the slug of the value.
Values = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class CatalogueVariant:
    """A variant and what its attributes say (size, colour)."""

    id: str
    values: Values


@dataclass(frozen=True)
class CatalogueProduct:
    """A product as recommendations learn it, whether it is sold now or not.

    ``categories`` are ids from the root of the tree to the product's own category, empty where it has none. ``values``
    are those of the product's own attributes. ``price`` is the lowest price of its variants in any channel, None where
    it has none. ``text`` is name and description as plain text in the shop's own language.
    """

    id: str
    categories: tuple[str, ...]
    values: Values
    price: Decimal | None
    text: str
    variants: tuple[CatalogueVariant, ...]


@dataclass(frozen=True)
class OnSale:
    """A product that a channel sells now: published, in its listings, and at least one variant can be bought.

    Only values of the attributes that were asked for are told: ``values`` of the product itself, ``comes_in`` of all
    variants that the channel lists, ``in_stock`` of those which can be bought now.
    """

    product_id: str
    category_id: str | None
    values: Values
    comes_in: Values
    in_stock: Values


@dataclass(frozen=True)
class Shelf:
    """What stands together in a shop. ``category_id`` is None where no category was asked for, or there is none."""

    category_id: str | None
    product_ids: tuple[str, ...]


@dataclass(frozen=True)
class Tile:
    """A product as a mail shows it: its name in a language, and the lowest price of the variants on sale.

    Prices are those of the channel, with its promotions. ``undiscounted_price`` is the lowest without them, as a
    storefront's price range says, and never below ``price``. ``prices_differ``: other variants cost more ("from").
    """

    product_id: str
    name: str
    slug: str
    image_url: str  # absolute, "" where the product has no picture
    price: Decimal
    undiscounted_price: Decimal
    currency: str
    prices_differ: bool


@dataclass(frozen=True)
class StockFacts:
    """What a shop knows of its stock, as SQL over its own tables: so that a sweep over thousands of variants is one
    statement, and one variant is looked at by the same.

    ``select`` reads a relation ``wanted`` with the columns ``variant_id`` and ``channel`` (text, as the port spells
    them), which whoever uses it defines in a WITH clause, and ``params``, which go with the statement. One row for each
    wanted pair that the shop has: ``variant_id, channel, product_id`` (text), ``sold`` (the channel sells it, whatever
    is left: published, for sale, listed with a price), ``units`` (integer, how many are left for whoever asks, never
    below 0, null where it never runs out), ``price`` (of the channel with its promotions, as the shop entered it; null
    where it has none) and ``currency``. The cost grows with ``wanted``, not with what the shop has.
    """

    select: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Availability:
    """A variant in a channel, as ``StockFacts`` tells of it."""

    product_id: str
    sold: bool
    units: int | None
    price: Decimal | None
    currency: str

    @property
    def there(self) -> bool:
        """Whether a customer can buy one now."""
        return self.sold and (self.units is None or self.units > 0)


@dataclass(frozen=True)
class VariantTile:
    """A variant as a mail shows it, whether it is there or not: names in a language, prices as a storefront shows them.

    ``variant_name`` is "" where the product has one variant only. ``expected_on`` is the day on which the shop expects
    it again (the setting "Restock date field"), None where it does not say. ``values`` are those of the attributes that
    were asked for.
    """

    variant_id: str
    product_id: str
    product_name: str
    variant_name: str
    slug: str
    image_url: str  # absolute, "" where there is no picture
    price: Decimal
    undiscounted_price: Decimal
    currency: str
    values: Values
    expected_on: date | None
