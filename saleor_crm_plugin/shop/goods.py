"""What a shop sells: the shapes in which it tells of its products. Conventions as in ``port.py``."""

from dataclasses import dataclass
from decimal import Decimal

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
