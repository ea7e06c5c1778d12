"""Products, categories and carts of the demo shop, in the shapes in which Saleor shows them: as much as storefronts
need beside our fields, so that a question that is answered here is answered by Saleor."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import graphene
from django.db.models import Model, Sum
from graphql import GraphQLError
from promise import Promise

from ...shop.goods import Tile
from ...shop.port import get_shop
from ...shop.sandbox import models
from ...shop.sandbox.shop import integers
from ..amounts import Amount
from ..loaders import load
from .money import Money

LanguageCodeEnum = graphene.Enum("LanguageCodeEnum", [(code.upper(), code) for code in ("en", "de", "fr", "pl")])


@dataclass(frozen=True)
class Product:
    """A product as it is asked for: in a channel, or in none."""

    node: models.Product
    channel_slug: str | None


class TaxedMoney(graphene.ObjectType):
    """A price."""

    currency = graphene.String(required=True, description="Currency code.")
    gross = graphene.Field(Money, required=True, description="Amount of money including taxes.")

    @staticmethod
    def resolve_gross(root: Amount, info: Any) -> Amount:
        return root


class TaxedMoneyRange(graphene.ObjectType):
    """What the variants of a product cost."""

    start = graphene.Field(TaxedMoney, description="Lower bound of a price range.")


class ProductPricingInfo(graphene.ObjectType):
    """Prices of a product in a channel."""

    on_sale = graphene.Boolean(description="Whether it is in sale or not.")
    price_range = graphene.Field(TaxedMoneyRange, description="The discounted price range of the product variants.")
    price_range_undiscounted = graphene.Field(
        TaxedMoneyRange, description="The undiscounted price range of the product variants."
    )

    @staticmethod
    def resolve_on_sale(root: Tile, info: Any) -> bool:
        return root.price < root.undiscounted_price

    @staticmethod
    def resolve_price_range(root: Tile, info: Any) -> TaxedMoneyRange:
        return TaxedMoneyRange(start=Amount(root.price, root.currency))

    @staticmethod
    def resolve_price_range_undiscounted(root: Tile, info: Any) -> TaxedMoneyRange:
        return TaxedMoneyRange(start=Amount(root.undiscounted_price, root.currency))


class Image(graphene.ObjectType):
    """A picture."""

    url = graphene.String(required=True, description="The URL of the image.")
    alt = graphene.String(description="Alt text for an image.")


class ProductTranslation(graphene.ObjectType):
    """What is translated of a product."""

    name = graphene.String(description="Translated product name.")


class CategoryType(graphene.ObjectType):
    """A branch of the catalogue."""

    id = graphene.GlobalID(required=True, description="The ID of the category.")
    name = graphene.String(required=True, description="Name of category")
    slug = graphene.String(required=True, description="Slug of the category.")

    class Meta:
        name = "Category"


def _of_row(name: str, default: Any, root: Product, info: Any) -> Any:
    return getattr(root.node, name)


class ProductType(graphene.ObjectType):
    """An individual item for sale in the storefront."""

    class Meta:
        name = "Product"
        default_resolver = _of_row

    id = graphene.GlobalID(required=True, description="The ID of the product.")
    name = graphene.String(required=True, description="Name of the product.")
    slug = graphene.String(required=True, description="Slug of the product.")
    channel = graphene.String(description="Channel given to retrieve this product.")
    category = graphene.Field(CategoryType, description="The category of the product.")
    thumbnail = graphene.Field(
        Image,
        size=graphene.Int(description="Desired longest side of the image in pixels; the demo has one size."),
        description="Thumbnail of the product. Null where the channel does not sell it.",
    )
    pricing = graphene.Field(
        ProductPricingInfo, description="Prices in the channel. Null where the channel does not sell it."
    )
    is_available = graphene.Boolean(description="Whether the channel sells the product now.")
    translation = graphene.Field(
        ProductTranslation,
        language_code=graphene.Argument(LanguageCodeEnum, required=True, description="A language code."),
        description="What is translated into a language. Null where nothing is.",
    )

    @staticmethod
    def resolve_id(root: Product, info: Any) -> int:
        return root.node.pk

    @staticmethod
    def resolve_channel(root: Product, info: Any) -> str | None:
        return root.channel_slug

    @staticmethod
    def resolve_category(root: Product, info: Any) -> Any:
        return load(info.context, categories, root.node.category_id)

    @staticmethod
    def resolve_thumbnail(root: Product, info: Any, *, size: int | None = None) -> Any:
        return _tile(root, info, lambda tile: tile and Image(url=tile.image_url, alt=root.node.name))

    @staticmethod
    def resolve_pricing(root: Product, info: Any) -> Any:
        return _tile(root, info, lambda tile: tile)

    @staticmethod
    def resolve_is_available(root: Product, info: Any) -> Any:
        return _tile(root, info, lambda tile: tile is not None)

    @staticmethod
    def resolve_translation(root: Product, info: Any, *, language_code: str) -> ProductTranslation | None:
        name = root.node.translations.get(language_code)
        return ProductTranslation(name=name) if name else None


class CheckoutType(graphene.ObjectType):
    """A cart."""

    id = graphene.GlobalID(required=True, description="The ID of the checkout.")
    quantity = graphene.Int(required=True, description="The number of items purchased.")

    class Meta:
        name = "Checkout"

    @staticmethod
    def resolve_quantity(root: models.Checkout, info: Any) -> Any:
        return load(info.context, _quantities, root.pk)


def products(context: Any, product_ids: Sequence[str], channel: str | None) -> Any:
    """A promise of products, None where one is not there."""
    found = [load(context, _rows, product_id) for product_id in product_ids]
    return Promise.all(found).then(lambda rows: [None if row is None else Product(row, channel) for row in rows])


def there(kind: str, keys: Sequence[int]) -> set[int]:
    """Those of the keys of products or categories that the shop has. One query."""
    rows: dict[str, type[Model]] = {"Product": models.Product, "Category": models.Category}
    return set(rows[kind]._default_manager.filter(pk__in=keys).values_list("pk", flat=True))


def default_channel() -> str:
    """The slug of the one channel. Raises GraphQLError, in Saleor's words, where there are more or none."""
    slugs = list(models.Channel.objects.values_list("slug", flat=True)[:2])
    if len(slugs) > 1:
        raise GraphQLError("More than one channel exists. Specify which channel to use.")
    if not slugs:
        raise GraphQLError("A default channel does not exist.")
    return slugs[0]


def categories(keys: Sequence[int]) -> list[models.Category | None]:
    """Categories by key. One query."""
    found = models.Category.objects.in_bulk(keys)
    return [found.get(key) for key in keys]


def _rows(ids: Sequence[str]) -> list[models.Product | None]:
    found = {str(row.pk): row for row in models.Product.objects.filter(pk__in=integers(ids))}
    return [found.get(product_id) for product_id in ids]


def _tile(root: Product, info: Any, then: Callable[[Tile | None], Any]) -> Any:
    if root.channel_slug is None:
        return then(None)
    return load(info.context, _tiles, (str(root.node.pk), root.channel_slug)).then(then)


def _tiles(wanted: Sequence[tuple[str, str]]) -> list[Tile | None]:
    """One query for each channel."""
    by_channel: dict[str, list[str]] = defaultdict(list)
    for product_id, channel in wanted:
        by_channel[channel].append(product_id)
    tiles = {channel: get_shop().tiles(ids, channel, ["en"])["en"] for channel, ids in by_channel.items()}
    return [tiles[channel].get(product_id) for product_id, channel in wanted]


def _quantities(keys: Sequence[Any]) -> list[int]:
    lines = models.CheckoutLine.objects.filter(checkout__in=keys).values_list("checkout")
    found = dict(lines.annotate(Sum("quantity")))
    return [found.get(key, 0) for key in keys]
