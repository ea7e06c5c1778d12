"""What the demo shop sells: its whole range for training, and what a channel has now, at which prices."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from django.db.models import Count, F, Max, Min, QuerySet
from django.utils.text import slugify

from ..categories import paths as category_paths
from ..goods import CatalogueProduct, CatalogueVariant, OnSale, Tile, Values, VariantTile
from ..restock import expected_on
from .models import Category, Price, Product, Variant
from .pricing import translated

_PIECE = 2000  # products
_NONE: Values = frozenset()
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
    if not attributes:
        sold = _listed(products, channel).filter(variant__stock__quantity__gt=0).order_by().distinct()
        keys = sold.values_list("variant__product", "variant__product__category")
        return {str(key): OnSale(str(key), str(category), _NONE, _NONE, _NONE) for key, category in keys}
    listed: defaultdict[int, list[Price]] = defaultdict(list)
    for row in _listed(products, channel).select_related("channel", "variant__product", "variant__stock"):
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


def read_tiles(
    products: Sequence[int], channel: str, languages: Collection[str], media: str
) -> dict[str, dict[str, Tile]]:
    """The products that the channel sells now, as a mail shows them, by language and id. One query. ``media``: where
    pictures are."""
    tiles: dict[str, dict[str, Tile]] = {language: {} for language in languages}
    there = _listed(products, channel).filter(variant__stock__quantity__gt=0).values(
        key=F("variant__product"), currency=F("channel__currency"), slug=F("variant__product__slug"),
        name=F("variant__product__name"), translations=F("variant__product__translations"),
    )  # fmt: skip
    lowest, highest = Min("price"), Max("price")
    for row in there.annotate(lowest=lowest, highest=highest, regular=Min("undiscounted")).order_by("key"):
        for language, told in tiles.items():
            told[str(row["key"])] = Tile(
                product_id=str(row["key"]),
                name=translated(row["name"], row["translations"], language),
                slug=row["slug"],
                image_url=f"{media}{row['slug']}.png",
                price=row["lowest"],
                undiscounted_price=max(row["lowest"], row["regular"]),
                currency=row["currency"],
                prices_differ=row["lowest"] != row["highest"],
            )
    return tiles


def read_variants(
    variants: Sequence[int], channel: str, language: str, attributes: Sequence[str], *, media: str, restock: str
) -> dict[str, VariantTile]:
    """The variants that the channel shows, also those that are sold out. Two queries.

    ``media``: where pictures are. ``restock``: the metadata field of the day on which a variant is expected again.
    """
    rows = list(_shown(channel).filter(variant__in=variants).select_related("channel", "variant__product"))
    products = {row.variant.product_id for row in rows}
    several = Variant.objects.filter(product__in=products).values("product").annotate(count=Count("pk"))
    choices = dict(several.values_list("product", "count"))
    tiles: dict[str, VariantTile] = {}
    for row in rows:
        variant, product = row.variant, row.variant.product
        name = translated(variant.name, variant.translations, language)
        tiles[str(variant.pk)] = VariantTile(
            variant_id=str(variant.pk),
            product_id=str(product.pk),
            product_name=translated(product.name, product.translations, language),
            variant_name=name if choices[product.pk] > 1 else "",
            slug=product.slug,
            image_url=f"{media}{product.slug}.png",
            price=row.price,
            undiscounted_price=max(row.price, row.undiscounted),
            currency=row.channel.currency,
            values=_of(attributes, _product_values(product), _variant_values(variant)),
            expected_on=expected_on(restock, variant.metadata, product.metadata),
        )
    return tiles


def read_variants_of(products: Sequence[int]) -> dict[str, list[str]]:
    """The variants of products, in the order in which they were made. One query."""
    variants: defaultdict[str, list[str]] = defaultdict(list)
    rows = Variant.objects.filter(product__in=products).order_by("pk")
    for product, variant in rows.values_list("product_id", "pk"):
        variants[str(product)].append(str(variant))
    return dict(variants)


def _listed(products: Sequence[int], channel: str) -> QuerySet[Price]:
    """The prices of the variants that the channel lists."""
    return _shown(channel).filter(variant__product__in=products).order_by("variant")


def _shown(channel: str) -> QuerySet[Price]:
    return Price.objects.filter(variant__product__published=True, channel__slug=channel, listed=True)


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
