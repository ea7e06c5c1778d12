"""Where storefronts begin in the demo shop: a product, the products of a channel, a category, a cart."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from graphql import GraphQLError

from ...shop.sandbox import models
from .. import cursors
from ..connections import CountableConnection, page, window
from ..ids import number_of, uuid_of
from .goods import Product, ProductType, default_channel


class ProductCountableConnection(CountableConnection):
    """Products, page by page."""

    class Meta:
        node = ProductType


def resolve_product(
    root: Any, info: Any, *, id: str | None = None, slug: str | None = None, channel: str | None = None
) -> Product | None:
    """A product that the channel lists."""
    named = _named("Product", id, slug)
    channel = default_channel() if channel is None else channel
    row = _listed(channel).filter(**named).first() if named else None
    return Product(row, channel) if row else None


def resolve_products(
    root: Any, info: Any, *, channel: str | None = None, first: int | None = None, after: str | None = None
) -> CountableConnection:
    """The products that a channel lists, the oldest first."""
    channel = default_channel() if channel is None else channel
    wanted = window(info, first, after, cursors.number)
    rows = _listed(channel).order_by("pk")
    found = list(rows.filter(pk__gt=wanted.after or 0)[: wanted.first + 1]) if wanted else []
    shown = [Product(row, channel) for row in found]
    return page(ProductCountableConnection, wanted, shown, lambda product: [product.node.pk], rows.count)


def resolve_category(root: Any, info: Any, *, id: str | None = None, slug: str | None = None) -> models.Category | None:
    """A category."""
    named = _named("Category", id, slug)
    return models.Category.objects.filter(**named).first() if named else None


def resolve_checkout(root: Any, info: Any, *, id: str) -> models.Checkout | None:
    """A cart: whoever knows its id may see it, as in Saleor."""
    return models.Checkout.objects.filter(pk=uuid_of(id, "Checkout")).first()


def _named(kind: str, id: str | None, slug: str | None) -> dict[str, Any]:
    """How a row is found; empty where no row can be called so. Raises GraphQLError, in Saleor's words."""
    if id and slug:
        raise GraphQLError("Argument 'id' cannot be combined with 'slug'")
    if id:
        return {"pk": number_of(id, kind)[1]}
    if slug:
        return {"slug": slug} if slug.isprintable() else {}
    raise GraphQLError("At least one of arguments is required: 'id', 'slug'.")


def _listed(channel: str) -> QuerySet[models.Product]:
    if not channel.isprintable():  # PostgreSQL refuses to look for NUL and for half a character
        return models.Product.objects.none()
    prices = models.Price.objects.filter(variant__product=OuterRef("pk"), channel__slug=channel, listed=True)
    return models.Product.objects.filter(Exists(prices), published=True)
