"""The picture of a line: its variant's first, else its product's first, as a thumbnail's address.

Relies on saleor/product/models.py (ProductMedia, VariantMedia) and saleor/thumbnail/utils.py: the
file's address where the thumbnail was made before, else the address that makes it when asked for.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from saleor.core.utils import build_absolute_uri
from saleor.product import ProductMediaTypes
from saleor.product.models import ProductMedia, VariantMedia
from saleor.thumbnail.models import Thumbnail
from saleor.thumbnail.utils import get_image_or_proxy_url

from saleor_crm_plugin.shop.saleor.lines import OfVariant

_SIZE = 256  # one of saleor/thumbnail THUMBNAIL_SIZES: sharp at 128 px on a dense screen


def picture_finder(lines: Iterable[OfVariant]) -> Callable[[OfVariant], str]:
    """A function from a line to its picture's absolute address, "" where it has none. Three queries."""
    by_variant = _first(
        VariantMedia.objects.filter(variant_id__in={line.variant_id for line in lines}, media__in=_images()),
        ("variant_id", "media__sort_order", "media_id"),
    )
    by_product = _of_products({line.product_id for line in lines})
    addresses = _addresses({*by_variant.values(), *by_product.values()})

    def picture(line: OfVariant) -> str:
        media = by_variant.get(line.variant_id) or by_product.get(line.product_id)
        return "" if media is None else addresses[media]

    return picture


def product_pictures(products: Iterable[int]) -> Mapping[int, str]:
    """The absolute address of each product's picture. Products without one are missing. Two queries."""
    media = _of_products(products)
    addresses = _addresses(set(media.values()))
    return {product: addresses[first] for product, first in media.items()}


def _images() -> Any:
    return ProductMedia.objects.filter(type=ProductMediaTypes.IMAGE).exclude(image="").exclude(image=None)


def _of_products(products: Iterable[int]) -> Mapping[int, int]:
    return _first(_images().filter(product_id__in=products), ("product_id", "sort_order", "pk"))


def _addresses(media: Collection[int]) -> Mapping[int, str]:
    """The address of each picture's thumbnail. The shop's own address is read where there are pictures only."""
    made = Thumbnail.objects.filter(product_media_id__in=media, size=_SIZE, format=None).order_by()
    thumbnails = {thumbnail.product_media_id: thumbnail for thumbnail in made}
    return {
        one: str(build_absolute_uri(get_image_or_proxy_url(thumbnails.get(one), str(one), "ProductMedia", _SIZE, None)))
        for one in media
    }


def _first(rows: Any, columns: tuple[str, str, str]) -> Mapping[int, int]:
    """Owner to the media that comes first: ordered by ``sort_order``, those without one last, then by age."""
    owner, _sort_order, media = columns
    return dict(rows.order_by(*columns).distinct(owner).values_list(owner, media))
