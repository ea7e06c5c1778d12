"""What mails about stock say: the variants, as they are now, and the ways on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from ...activity.stock.models import StockInterest
from ...config import Settings
from ...contacts.models import Contact
from ...emails import links, stock_links
from ...emails.models import Message
from ...emails.own.kept import blocks_of
from ...emails.products import Asking
from ...recs.served.instead import Wanted
from ...shop.goods import VariantTile
from ...shop.port import Shop
from ..catalogue import OUT_OF_STOCK, PRICE_DROP, STOCK_CONFIRMATION
from ..letterhead import letterhead
from ..situation import Frozen


class Tiles:
    """The variants of some interests as their mails show them: one question to the shop per channel and language."""

    def __init__(self, shop: Shop, settings: Settings, interests: Collection[StockInterest]) -> None:
        wanted_in: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for one in interests:
            wanted_in[one.channel, one.language].add(one.variant_id)
        sizes = settings.guards.sizes
        self._tiles = {
            (variant, channel, language): tile
            for (channel, language), variants in wanted_in.items()
            for variant, tile in shop.variants(sorted(variants), channel, language, sizes).items()
        }

    def of(self, one: StockInterest) -> VariantTile | None:
        """The variant, None where the channel does not show it."""
        return self._tiles.get((one.variant_id, one.channel, one.language))


def frozen(
    shop: Shop,
    settings: Settings,
    flow: str,
    contact: Contact,
    digest: str,
    told: Sequence[tuple[StockInterest, VariantTile]],
    now: datetime,
    campaign: str = "",
) -> Frozen:
    """The mail of a flow to a contact about what interests him, without the link to unsubscribe and the blocks.
    ``campaign`` is what its links say, where another flow sends it. ``digest`` is the hash of the contact's address."""
    (one, _), *_ = told
    content = letterhead(shop, settings, channel=one.channel)
    shown = {tile.variant_id: interest for interest, tile in reversed(told)}  # who asked twice sees it once
    content["items"] = [
        _item(settings, campaign or flow, interest, tile, now.date())
        for interest, tile in told
        if shown[tile.variant_id] is interest
    ]
    content["also_of"] = [interest.pk for interest, tile in told if shown[tile.variant_id] is not interest]
    asked = one.kind == StockInterest.Kind.REQUEST
    if flow == STOCK_CONFIRMATION.key:
        content["confirm_url"] = stock_links.confirm_url(shop, one, digest)
    told_later = flow == OUT_OF_STOCK.key and settings.back_in_stock_enabled  # else nobody is told when it is back
    if told_later or flow in (STOCK_CONFIRMATION.key, PRICE_DROP.key):
        content["cancel_url"] = stock_links.cancel_url(shop, one) if asked else ""
    if told_later:
        content["ask_url"] = "" if asked else stock_links.ask_url(shop, contact, one.variant_id, one.channel, digest)
    return Frozen(one.language, one.channel, content)


def _item(settings: Settings, campaign: str, one: StockInterest, tile: VariantTile, today: date) -> dict[str, Any]:
    expected = tile.expected_on and tile.expected_on >= today
    return {
        "interest_id": one.pk,
        "variant_id": tile.variant_id,
        "product_id": tile.product_id,
        "product_name": tile.product_name,
        "variant_name": tile.variant_name,
        "price": str(tile.price),
        "undiscounted_price": str(tile.undiscounted_price),
        "currency": tile.currency,
        "image_url": tile.image_url,
        "url": links.product(settings, tile.slug, one.channel, one.language, campaign),
        "expected_on": tile.expected_on.isoformat() if tile.expected_on and expected else "",
    }


def asking(message: Message, tiles: Sequence[VariantTile]) -> Asking:
    """The blocks of products of a mail: instead of these variants, which it is about."""
    return Asking(
        message,
        blocks_of(message.template, message.content),
        about=[tile.product_id for tile in tiles],
        wanted=[Wanted.of(tile) for tile in tiles],
    )
