"""What the demo shop sells: its whole range for training, and what a channel has now, at which prices."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import Min
from django.utils.text import slugify

from ..categories import paths as category_paths
from ..goods import CatalogueProduct, CatalogueVariant, OnSale, Tile, Values
from .models import Category, Price, Product, Variant
from .pricing import translated

_PIECE = 2000  # products
_VARIANTS_SAY = ("size", "colour")


def read_catalogue(piece: int = _PIECE) -> Iterator[CatalogueProduct]:
    """All products in the order of their keys. One query for the category tree, and two for each piece."""
    paths = category_paths(dict(Category.objects.values_list("pk", "parent_id")))
    last = 0
    while True:
        found = Product.objects.filter(pk__gt=last).annotate(lowest=Min("variants__prices__price")).order_by("pk")
        products = list(found[:piece])
        variants: defaultdict[int, list[CatalogueVariant]] = defaultdict(list)
        for variant in Variant.objects.filter(product__in=products).order_by("pk"):
            variants[variant.product_id].append(CatalogueVariant(str(variant.pk), _variant_values(variant)))
        for product in products:
            yield CatalogueProduct(
                id=str(product.pk),
                categories=paths[product.category_id],
                values=_product_values(product),
                price=product.lowest,
                text=product.name,  # the demo shop describes nothing
                variants=tuple(variants[product.pk]),
            )
        if len(products) < piece:
            return
        last = products[-1].pk


def read_on_sale(products: Sequence[int], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
    """The products that the channel sells now. One query."""
    listed: defaultdict[int, list[Price]] = defaultdict(list)
    for row in _listed(products, channel):
        listed[row.variant.product_id].append(row)
    answer: dict[str, OnSale] = {}
    for key, rows in listed.items():
        there = [row for row in rows if _in_stock(row)]
        if there:
            product = rows[0].variant.product
            answer[str(key)] = OnSale(
                product_id=str(key),
                category_id=str(product.category_id),
                values=_of(attributes, _product_values(product)),
                comes_in=_of(attributes, *(_variant_values(row.variant) for row in rows)),
                in_stock=_of(attributes, *(_variant_values(row.variant) for row in there)),
            )
    return answer


def read_tiles(products: Sequence[int], channel: str, language: str, media: str) -> dict[str, Tile]:
    """The products that the channel sells now, as a mail shows them. One query. ``media``: where pictures are."""
    there: defaultdict[int, list[Price]] = defaultdict(list)
    for row in _listed(products, channel):
        if _in_stock(row):
            there[row.variant.product_id].append(row)
    tiles: dict[str, Tile] = {}
    for key, rows in there.items():
        product = rows[0].variant.product
        prices = [row.price for row in rows]
        tiles[str(key)] = Tile(
            product_id=str(key),
            name=translated(product.name, product.translations, language),
            slug=product.slug,
            image_url=f"{media}{product.slug}.png",
            price=min(prices),
            undiscounted_price=max(min(prices), min(row.undiscounted for row in rows)),
            currency=rows[0].channel.currency,
            prices_differ=min(prices) != max(prices),
        )
    return tiles


def _listed(products: Sequence[int], channel: str) -> list[Price]:
    """The prices of the variants that the channel lists."""
    rows = Price.objects.filter(
        variant__product__in=products, variant__product__published=True, channel__slug=channel, listed=True
    )
    return list(rows.select_related("channel", "variant__product", "variant__stock").order_by("variant"))


def _in_stock(row: Price) -> bool:
    return hasattr(row.variant, "stock") and row.variant.stock.quantity > 0


def _of(attributes: Sequence[str], *told: Values) -> Values:
    wanted = set(attributes)
    return frozenset((attribute, value) for values in told for attribute, value in values if attribute in wanted)


def _product_values(product: Product) -> Values:
    told = {**product.attributes, "brand": product.brand}
    return frozenset((attribute, slugify(value)) for attribute, value in told.items() if value)


def _variant_values(variant: Variant) -> Values:
    told = ((attribute, getattr(variant, attribute)) for attribute in _VARIANTS_SAY)
    return frozenset((attribute, slugify(value)) for attribute, value in told if value)
