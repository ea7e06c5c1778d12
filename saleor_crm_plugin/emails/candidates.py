"""What the blocks of mails can show, for a whole batch of mails in one channel: each question is asked once for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, zip_longest
from uuid import UUID

from ..activity.stock.watch import came_back
from ..recs.served import lately, suggest
from ..recs.served.instead import Wanted, instead_of
from ..recs.served.rules import SHOP, rules_of
from ..recs.served.suggest import Reason, Suggestion
from ..shop.port import Shop
from .blocks import Block, Kind
from .models import Message

NEWSLETTER = "newsletter"  # the mail about nothing
MOST_ON_SHELF = 5000  # products of a category or collection
# What only sells well goes with nothing in particular. "Goes well with your cart" and "similar" are never said of it;
# where there is nothing else, the block is left out: a mail about a cart is no advertisement.
_OF_ITSELF = frozenset({Reason.POPULAR, Reason.POPULAR_IN_CATEGORY})
_ABOUT_SOMETHING = frozenset({Kind.RELATED, Kind.CART, Kind.BOUGHT_TOGETHER})
# Where too little of a category or collection suits or sells, whatever else is in it is shown.
_OF_EVERYTHING = frozenset({Kind.RECOMMENDED, Kind.POPULAR})
# So many products that a mail is about are made up for in a list of what the customer may like.
_PUSHED_OUT = 20
_NARROW = 60  # products looked at where not each may stand in the block
_LOOKED_AT = 200  # products of a category or collection that are looked at beside the popular ones
_LAST = 3  # products that a newsletter is about
_BACK_SINCE = timedelta(days=14)


@dataclass(frozen=True)
class Asking:
    """A mail to be stored, the blocks that it has, and the products that it is about: no block shows these.

    ``wanted`` are the variants that are not there and whose place a block of alternatives takes.
    """

    message: Message
    blocks: Sequence[Block]
    about: Sequence[str] = ()
    wanted: Sequence[Wanted] = ()

    @property
    def key(self) -> UUID:
        """The mail's id."""
        return self.message.pk

    @property
    def closed(self) -> set[str]:
        """What no block shows."""
        return {*self.about, *(one.product_id for one in self.wanted)}

    def has(self, kind: Kind) -> bool:
        """Whether a block shows this kind, or falls back on it."""
        return any(kind in (block.kind, block.fallback) for block in self.blocks)


@dataclass(frozen=True)
class Candidate:
    """A product that can stand in a block, and why."""

    product_id: str
    reason: str


Lists = Mapping[UUID, Sequence[Candidate]]


@dataclass(frozen=True)
class _OnShelf:
    """A category or collection: all that is in it, and what is sold of it now, the most popular first."""

    all: frozenset[str]
    sold: Sequence[Candidate]


class Candidates:
    """What each block of these mails can show, best first, of what the channel sells now.

    How many statements that takes depends on the kinds of blocks and the categories and collections that they name.
    """

    def __init__(self, shop: Shop, channel: str, mails: Sequence[Asking], now: datetime) -> None:
        self._shop, self._channel, self._mails, self._now = shop, channel, mails, now
        blocks = {block for mail in mails for block in mail.blocks}
        self._lists = {kind: self._of_kind(kind) for kind in Kind if any(mail.has(kind) for mail in mails)}
        places = {(block.category, block.collection) for block in blocks if block.category or block.collection}
        self._shelves = {place: self._shelf(*place) for place in sorted(places)}
        self._prices = self._read_prices() if any(block.priced for block in blocks) else {}
        slugs = sorted({slug for block in blocks for slug in (*block.pin, *block.ban)})
        self._ids = shop.product_ids(slugs) if slugs else {}
        pins = sorted({self._ids[slug] for block in blocks for slug in block.pin if slug in self._ids})
        self._pins_sold = set(shop.on_sale(pins, channel, [])) if pins else set()

    def pinned(self, block: Block) -> list[Candidate]:
        """What comes first in a block, whatever its rule."""
        ids = (self._ids[slug] for slug in block.pin if slug in self._ids)
        return [Candidate(one, Reason.PINNED.value) for one in ids if one in self._pins_sold]

    def banned(self, block: Block) -> set[str]:
        """What a block never shows."""
        return {self._ids[slug] for slug in block.ban if slug in self._ids}

    def found(self, mail: Asking, block: Block, kind: Kind) -> list[Candidate]:
        """What the rule of ``kind`` finds for a block of a mail."""
        found = list(self._lists[kind].get(mail.key, ()))
        if block.category or block.collection:
            shelf = self._shelves[block.category, block.collection]
            found = [one for one in found if one.product_id in shelf.all]
            found += shelf.sold if kind in _OF_EVERYTHING else ()
        return [one for one in found if self._costs_right(block, one.product_id)] if block.priced else found

    def _costs_right(self, block: Block, product: str) -> bool:
        price = self._prices.get(product)
        least, most = block.price_min, block.price_max
        return price is not None and (least is None or price >= least) and (most is None or price <= most)

    def _read_prices(self) -> dict[str, Decimal]:
        lists = (one for lists in self._lists.values() for one in lists.values())
        shelves = (shelf.sold for shelf in self._shelves.values())
        products = sorted({one.product_id for some in chain(lists, shelves) for one in some})
        language = self._mails[0].message.language  # prices have none
        tiles = self._shop.tiles(products, self._channel, [language])[language]
        return {key: tile.price for key, tile in tiles.items()}

    def _shelf(self, category: str, collection: str) -> _OnShelf:
        shelf = self._shop.shelf(category, collection, MOST_ON_SHELF)
        if not shelf.product_ids:
            return _OnShelf(frozenset(), ())
        inside = frozenset(shelf.product_ids)
        place = shelf.category_id
        popular = suggest.popular(self._shop, [place], self._channel, _NARROW, self._now)[place]
        first = [Candidate(one.product_id, one.reason.value) for one in popular if one.product_id in inside]
        banned = rules_of([SHOP])[SHOP].bans
        shown = {one.product_id for one in first}
        rest = [one for one in shelf.product_ids[:_LOOKED_AT] if one not in banned and one not in shown]
        sold = self._shop.on_sale(rest, self._channel, [])
        return _OnShelf(inside, [*first, *(Candidate(one, "shelf") for one in rest if one in sold)])

    def _of_kind(self, kind: Kind) -> Lists:
        """What a block of this kind can show in each mail that has one."""
        asking = [mail for mail in self._mails if mail.has(kind)]
        # What the mail's other blocks show, and what it is about, is taken out of it afterwards; and what only sells
        # well.
        n = (2 if kind in _ABOUT_SOMETHING else 1) * max(
            sum(block.limit for block in mail.blocks) + min(len(mail.closed), _PUSHED_OUT) for mail in asking
        )
        if any(block.narrow for mail in asking for block in mail.blocks):
            n = max(n, _NARROW)
        if kind == Kind.BACK_IN_STOCK:
            return self._back(asking)
        return {
            mail: [
                Candidate(one.product_id, one.reason.value)
                for one in suggested
                if kind not in _ABOUT_SOMETHING or one.reason not in _OF_ITSELF
            ]
            for mail, suggested in self._suggested(kind, asking, n).items()
        }

    def _suggested(self, kind: Kind, asking: Sequence[Asking], n: int) -> Mapping[UUID, Sequence[Suggestion]]:
        shop, channel, now = self._shop, self._channel, self._now
        if kind == Kind.RECOMMENDED:
            contacts = list({mail.message.contact_id for mail in asking})
            of_contact = suggest.for_contacts(shop, contacts, channel, n, now)
            return {mail.key: of_contact[mail.message.contact_id] for mail in asking}
        if kind == Kind.POPULAR:
            everybodys = suggest.popular(shop, [None], channel, n, now)[None]
            return {mail.key: everybodys for mail in asking}
        if kind == Kind.ALTERNATIVES:
            of_variant = instead_of(shop, {one for mail in asking for one in mail.wanted}, channel, n, now)
            return {mail.key: _in_turns([of_variant[one] for one in mail.wanted]) for mail in asking}
        about = self._about(kind, asking)
        if kind == Kind.CART:
            of_cart = suggest.for_carts(shop, [(str(key), inside) for key, inside in about.items()], channel, n, now)
            return {mail.key: of_cart[str(mail.key)] for mail in asking}
        products = list({one for inside in about.values() for one in inside})
        beside = suggest.related if kind == Kind.RELATED else suggest.together
        of_product = beside(shop, products, channel, n, now)
        return {mail.key: _in_turns([of_product[one] for one in about[mail.key]]) for mail in asking}

    def _about(self, kind: Kind, asking: Sequence[Asking]) -> Mapping[UUID, Sequence[str]]:
        """What each mail is about. A newsletter is about what its reader has in the cart, looked at or bought last."""
        letters = [mail for mail in asking if mail.message.template == NEWSLETTER and not mail.about]
        did = lately.of_contacts({mail.message.contact_id for mail in letters}, self._now) if letters else {}
        about = {mail.key: list(mail.about) for mail in asking}
        for mail in letters:
            signs = did[mail.message.contact_id]
            if kind == Kind.CART:
                about[mail.key] = sorted(signs.carted)
            elif kind == Kind.RELATED:
                about[mail.key] = list(signs.wanted(self._now))[:_LAST]
            else:
                newest = sorted(signs.bought, key=lambda one: (signs.bought[one], one), reverse=True)
                about[mail.key] = newest[:_LAST]
        return about

    def _back(self, asking: Sequence[Asking]) -> Lists:
        """What was sold out while somebody waited for it and is there again, the latest first."""
        back = came_back(self._channel, self._now - _BACK_SINCE, _NARROW)
        banned = rules_of([SHOP])[SHOP].bans
        sold = self._shop.on_sale(back, self._channel, []) if back else {}
        there = [Candidate(one, Kind.BACK_IN_STOCK.value) for one in back if one in sold and one not in banned]
        return {mail.key: there for mail in asking}


def _in_turns(lists: Sequence[Sequence[Suggestion]]) -> list[Suggestion]:
    """The first of each list, then the second of each, and so on: scores of different lists do not compare."""
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]
