"""Chooses the products that stand in the blocks of mails, for many mails at once, and freezes them with each mail."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from traceback import format_exc
from typing import Any
from uuid import UUID

from django.db import transaction

from ..config import Settings
from ..privacy import masked
from ..recs.served import suggest
from ..recs.served.suggest import Reason, Suggestion
from ..shop.goods import Tile
from ..shop.port import Shop
from . import links
from .blocks import FEWEST, Block, Kind
from .models import Message

logger = logging.getLogger(__name__)

Lists = Mapping[UUID, Sequence[Suggestion]]

# What only sells well goes with nothing in particular. "Goes well with your cart" and "similar" are never said of it;
# where there is nothing else, the block is left out: a mail about a cart is no advertisement.
_OF_ITSELF = frozenset({Reason.POPULAR, Reason.POPULAR_IN_CATEGORY})
_ABOUT_SOMETHING = frozenset({Kind.RELATED, Kind.CART})
# So many products that a mail is about are made up for in a list of what the customer may like.
_PUSHED_OUT = 20


@dataclass(frozen=True)
class Asking:
    """A mail to be stored, the blocks that it has, and the products that it is about: no block shows these."""

    message: Message
    blocks: Sequence[Block]
    about: Sequence[str] = ()

    @property
    def key(self) -> UUID:
        """The mail's id."""
        return self.message.pk


def add_products(shop: Shop, settings: Settings, mails: Sequence[Asking], now: datetime) -> None:
    """Give each mail the products for its blocks: ``content["blocks"]``.

    The number of statements depends on the channels, languages and kinds of blocks, never on how many mails there are.
    A mail is worth more than its blocks: where choosing fails, that is logged, and the channel's mails go without.
    """
    of_channel: dict[str, list[Asking]] = {}
    for mail in mails:
        if mail.blocks:
            of_channel.setdefault(mail.message.channel, []).append(mail)
    for channel, some in of_channel.items():
        try:
            with transaction.atomic():  # a statement that fails must not take the caller's transaction with it
                _add(shop, settings, channel, some, now)
        except Exception:
            logger.error("CRM: products for mails could not be chosen: %s", masked(format_exc()))


def _add(shop: Shop, settings: Settings, channel: str, mails: Sequence[Asking], now: datetime) -> None:
    kinds = {block.kind for mail in mails for block in mail.blocks}
    lists = {kind: _lists(kind, shop, channel, mails, now) for kind in Kind if kind in kinds}
    chosen = {mail.key: _choose(mail, lists) for mail in mails}
    tiles = _tiles(shop, channel, mails, chosen)
    for mail in mails:
        told = tiles[mail.message.language]
        blocks = {
            kind.value: [
                _frozen(settings, mail.message, kind, one, told[one.product_id])
                for one in shown
                if one.product_id in told
            ]
            for kind, shown in chosen[mail.key].items()
        }
        mail.message.content["blocks"] = {kind: shown for kind, shown in blocks.items() if len(shown) >= FEWEST}


def _lists(kind: Kind, shop: Shop, channel: str, mails: Sequence[Asking], now: datetime) -> Lists:
    """What a block of this kind can show in each mail that has one, best first."""
    asking = [mail for mail in mails if any(block.kind == kind for block in mail.blocks)]
    # What the mail's other blocks show, and what it is about, is taken out of it afterwards; and what only sells well.
    n = (2 if kind in _ABOUT_SOMETHING else 1) * max(
        sum(block.limit for block in mail.blocks) + min(len(mail.about), _PUSHED_OUT) for mail in asking
    )
    if kind == Kind.RECOMMENDED:
        contacts = list({mail.message.contact_id for mail in asking})
        of_contact = suggest.for_contacts(shop, contacts, channel, n, now)
        return {mail.key: of_contact[mail.message.contact_id] for mail in asking}
    if kind == Kind.POPULAR:
        everybodys = suggest.popular(shop, [None], channel, n, now)[None]
        return {mail.key: everybodys for mail in asking}
    if kind == Kind.CART:
        of_cart = suggest.for_carts(shop, [(str(mail.key), mail.about) for mail in asking], channel, n, now)
        return {mail.key: of_cart[str(mail.key)] for mail in asking}
    of_product = suggest.related(shop, list({one for mail in asking for one in mail.about}), channel, n, now)
    return {mail.key: _in_turns([of_product[one] for one in mail.about]) for mail in asking}


def _in_turns(lists: Sequence[Sequence[Suggestion]]) -> list[Suggestion]:
    """The first of each list, then the second of each, and so on: scores of different lists do not compare."""
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]


def _choose(mail: Asking, lists: Mapping[Kind, Lists]) -> dict[Kind, list[Suggestion]]:
    """What each block of a mail shows: none of it twice in the mail."""
    closed = set(mail.about)
    chosen: dict[Kind, list[Suggestion]] = {}
    for block in mail.blocks:
        found: dict[str, Suggestion] = {}
        for one in lists[block.kind][mail.key]:
            said = block.kind not in _ABOUT_SOMETHING or one.reason not in _OF_ITSELF
            if said and one.product_id not in closed and len(found) < block.limit:
                found.setdefault(one.product_id, one)
        if len(found) >= FEWEST:
            closed |= found.keys()
            chosen[block.kind] = list(found.values())
    return chosen


def _tiles(
    shop: Shop, channel: str, mails: Iterable[Asking], chosen: Mapping[UUID, Mapping[Kind, Sequence[Suggestion]]]
) -> dict[str, dict[str, Tile]]:
    """The chosen products in each language that they are shown in."""
    products: dict[str, set[str]] = {}
    for mail in mails:
        shown = chain.from_iterable(chosen[mail.key].values())
        products.setdefault(mail.message.language, set()).update(one.product_id for one in shown)
    return {language: shop.tiles(sorted(ids), channel, language) if ids else {} for language, ids in products.items()}


def _frozen(settings: Settings, message: Message, kind: Kind, one: Suggestion, tile: Tile) -> dict[str, Any]:
    """A product as ``content.py`` reads it. Money as decimal strings."""
    return {
        "product_id": one.product_id,
        "reason": one.reason.value,
        "name": tile.name,
        "price": str(tile.price),
        "undiscounted_price": str(tile.undiscounted_price),
        "currency": tile.currency,
        "prices_differ": tile.prices_differ,
        "image_url": tile.image_url,
        "url": links.product(settings, tile.slug, message.channel, message.language, message.flow, kind),
    }
