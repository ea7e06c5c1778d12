"""Chooses the products that stand in the blocks of mails, for many mails at once, and freezes them with each mail."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import chain
from traceback import format_exc
from typing import Any
from uuid import UUID

from django.db import transaction

from ..config import Settings
from ..privacy import masked
from ..shop.goods import Tile
from ..shop.port import Shop
from . import links
from .blocks import FEWEST, Kind
from .candidates import Asking, Candidate, Candidates

__all__ = ["Asking", "add_products", "frozen_tile"]

logger = logging.getLogger(__name__)

# By slot: by which rule a block was filled, and with what.
Chosen = Mapping[str, tuple[Kind, Sequence[Candidate]]]


def add_products(shop: Shop, settings: Settings, mails: Sequence[Asking], now: datetime) -> None:
    """Give each mail the products for its blocks: ``content["blocks"]``.

    The number of statements depends on the channels and kinds of blocks, never on how many mails there are.
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
    candidates = Candidates(shop, channel, mails, now)
    chosen = {mail.key: _choose(mail, candidates) for mail in mails}
    tiles = _tiles(shop, channel, mails, chosen)
    frozen = cache(partial(_frozen, settings, channel, tiles))
    for mail in mails:
        told = tiles[mail.message.language]
        blocks = {
            slot: [
                frozen(mail.message.language, links.campaign(mail.message), kind, one)
                for one in shown
                if one.product_id in told
            ]
            for slot, (kind, shown) in chosen[mail.key].items()
        }
        mail.message.content["blocks"] = {slot: shown for slot, shown in blocks.items() if len(shown) >= FEWEST}


def _choose(mail: Asking, candidates: Candidates) -> Chosen:
    """What each block of a mail shows, and by which rule: none of it twice in the mail."""
    closed = mail.closed
    chosen: dict[str, tuple[Kind, Sequence[Candidate]]] = {}
    for block in mail.blocks:
        shut = closed | candidates.banned(block)
        pins = candidates.pinned(block)
        for kind in (block.kind, block.fallback):
            found: dict[str, Candidate] = {}
            for one in (*pins, *candidates.found(mail, block, kind)) if kind else ():
                if one.product_id not in shut and len(found) < block.limit:
                    found.setdefault(one.product_id, one)
            if kind and len(found) >= FEWEST:
                closed |= found.keys()
                chosen[block.slot] = kind, list(found.values())
                break
    return chosen


def _tiles(
    shop: Shop, channel: str, mails: Iterable[Asking], chosen: Mapping[UUID, Chosen]
) -> dict[str, dict[str, Tile]]:
    """The chosen products in each language of the mails."""
    languages = {mail.message.language for mail in mails}
    shown = chain.from_iterable(some for blocks in chosen.values() for _, some in blocks.values())
    products = sorted({one.product_id for one in shown})
    return shop.tiles(products, channel, languages) if products else {language: {} for language in languages}


def _frozen(
    settings: Settings,
    channel: str,
    tiles: Mapping[str, Mapping[str, Tile]],
    language: str,
    campaign: str,
    kind: Kind,
    one: Candidate,
) -> dict[str, Any]:
    """A product of a block, by which rule it stands in it, and why."""
    frozen = frozen_tile(settings, tiles[language][one.product_id], channel, language, campaign, kind)
    return frozen | {"rule": kind.value, "reason": one.reason}


def frozen_tile(
    settings: Settings, tile: Tile, channel: str, language: str, campaign: str, block: str = ""
) -> dict[str, Any]:
    """A product as the readers of content know it. Money as decimal strings."""
    return {
        "product_id": tile.product_id,
        "name": tile.name,
        "price": str(tile.price),
        "undiscounted_price": str(tile.undiscounted_price),
        "currency": tile.currency,
        "prices_differ": tile.prices_differ,
        "image_url": tile.image_url,
        "url": links.product(settings, tile.slug, channel, language, campaign, block),
    }
