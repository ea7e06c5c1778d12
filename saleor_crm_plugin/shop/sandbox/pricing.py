"""What the lines of a cart cost today, in the cart's channel and language."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db.models import Count

from ..port import PricedCart, PricedLine
from .models import Checkout, CheckoutLine, Price, Product

# Standard rates of VAT in percent, by country; nothing is taxed elsewhere.
VAT = {"DE": 19, "AT": 20, "FR": 20, "PL": 23, "GB": 20, "NL": 21, "IT": 22}


@dataclass(frozen=True)
class Offer:
    """A variant's price in a channel now, and whether the channel sells it."""

    price: Decimal
    undiscounted: Decimal
    sold: bool


def priced(ids: list[UUID], media: str) -> dict[str, PricedCart]:
    """The carts as a mail shows them, in a constant number of queries. ``media``: where pictures are."""
    carts = {cart.pk: cart for cart in Checkout.objects.filter(pk__in=ids).select_related("channel", "user")}
    found = CheckoutLine.objects.filter(checkout__in=carts).order_by("id")
    lines = list(found.select_related("variant__product", "variant__stock"))
    offers = offers_of(line.variant_id for line in lines)
    products = {line.variant.product_id for line in lines}
    counts = Product.objects.filter(pk__in=products).annotate(variants_count=Count("variants"))
    sizes = dict(counts.values_list("pk", "variants_count"))
    shown: dict[UUID, list[PricedLine]] = {pk: [] for pk in carts}
    for line in lines:
        cart = carts[line.checkout_id]
        offer = offers.get((line.variant_id, cart.channel_id))
        several = sizes[line.variant.product_id] > 1
        there = cart.paying or (hasattr(line.variant, "stock") and line.variant.stock.quantity >= line.quantity)
        available = bool(offer and offer.sold and there)
        shown[cart.pk].append(_line(line, cart.language, offer, available, several=several, media=media))
    return {
        str(pk): PricedCart(
            id=str(pk),
            currency=cart.channel.currency,
            first_name=cart.user.first_name if cart.user else "",
            lines=tuple(shown[pk]),
            total=sum((line.total for line in shown[pk]), start=Decimal(0)),
        )
        for pk, cart in carts.items()
    }


def offers_of(variants: Iterable[int]) -> dict[tuple[int, int], Offer]:
    """Today's offers by (variant, channel)."""
    rows = Price.objects.filter(variant__in=set(variants)).select_related("variant__product")
    return {
        (row.variant_id, row.channel_id): Offer(
            row.price, row.undiscounted, sold=row.listed and row.variant.product.published
        )
        for row in rows
    }


def net(gross: Decimal, country: str, *, gift_card: bool) -> Decimal:
    """What is left of a price without tax. A gift card is money: it is taxed when it is spent."""
    rate = 0 if gift_card else VAT.get(country, 0)
    return (gross * 100 / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def translated(name: str, translations: dict[str, str], language: str) -> str:
    """The name in a language such as ``de`` or ``de-at``, or as it is where there is none."""
    return translations.get(language) or translations.get(language.replace("_", "-").split("-")[0]) or name


def _line(
    line: CheckoutLine, language: str, offer: Offer | None, available: bool, *, several: bool, media: str
) -> PricedLine:
    variant, product = line.variant, line.variant.product
    price = offer.price if offer else line.unit_price
    return PricedLine(
        line_id=str(line.pk),
        variant_id=str(variant.pk),
        product_id=str(product.pk),
        quantity=line.quantity,
        product_name=translated(product.name, product.translations, language),
        variant_name=translated(variant.name, variant.translations, language) if several else "",
        unit_price=price,
        undiscounted_unit_price=max(price, offer.undiscounted if offer else price),
        total=price * line.quantity,
        image_url=f"{media}{product.slug}.png",
        product_slug=product.slug,
        available=available,
    )
