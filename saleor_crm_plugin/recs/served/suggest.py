"""What to show now: the lists made in training, with what happened since, of products that the channel sells.

Every function answers many at once. How many statements it takes depends neither on how many nor on ``n``; where lists
turn out to be too short there is one more, and another look at the shop. Ids are the shop's, as its port spells them.
What cannot be answered (nothing trained, nobody known) is answered with what is popular, and says so by its reason;
never by an error. Lists are the best first, without a product twice.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from ...contacts.models import Contact
from ...shop import reading
from ...shop.port import Shop
from . import lately, learnt
from .compose import Block, Draft, Suggestion, measured
from .lately import Signs
from .learnt import Entries, Entry, OfContact, Selling, Wear
from .models import ProductList
from .reasons import Reason
from .rules import SHOP, Kind, Place, Rules, rules_of

__all__ = [
    "Reason", "Suggestion", "for_carts", "for_contacts", "for_users", "for_visitors", "only_popular", "popular",
    "related", "together", "viewed_by_users",
]  # fmt: skip

K = TypeVar("K", bound=Hashable)

# Of a customer's list, at most so much is what they looked at, and as much what is due again.
_QUARTER = 4
# No category has more of a personal list while there are others.
_MOST_SHARE = 0.5
# Lists go on behind so many of the products that a customer did something with, the most wanted ones.
_SEEDS = 20
_VIEWED_SINCE = timedelta(days=60)


def related(shop: Shop, product_ids: Sequence[str], channel: str, n: int, now: datetime) -> dict[str, list[Suggestion]]:
    """Products like each product. Two statements and those of the shop's ``on_sale``."""
    return _beside(shop, product_ids, channel, n, ProductList.Kind.RELATED)


def together(
    shop: Shop, product_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What is bought together with each product; where that is too little, what is related to it comes after it."""
    return _beside(shop, product_ids, channel, n, ProductList.Kind.TOGETHER)


def popular(
    shop: Shop, category_ids: Sequence[str | None], channel: str, n: int, now: datetime
) -> dict[str | None, list[Suggestion]]:
    """What sells now in each category and those below it; None is the whole shop. Two statements and the shop's."""
    lists = learnt.popular([category or "" for category in category_ids], channel, 3 * _long(n))
    places = {category: Place(Kind.CATEGORY, category) if category else SHOP for category in category_ids}
    rules = rules_of([*places.values(), SHOP])
    drafts = {
        category: Draft(
            [Block(lists.get(category or "", ()))],
            rules=rules[places[category]] if category else Rules(),
            bans=rules[SHOP].bans,
        )
        for category in category_ids
    }
    return _composed(shop, drafts, channel, n)


def only_popular(
    shop: Shop, closed: Mapping[K, Collection[str]], channel: str, n: int, now: datetime
) -> dict[K, list[Suggestion]]:
    """What sells in the whole shop, without the products that are closed to whoever asks. As ``popular``."""
    everywhere = learnt.popular([""], channel, 3 * _long(n)).get("", ())
    bans = rules_of([SHOP])[SHOP].bans
    drafts = {key: Draft([Block(everywhere)], closed=products, bans=bans) for key, products in closed.items()}
    return _composed(shop, drafts, channel, n)


def for_users(shop: Shop, user_ids: Sequence[str], channel: str, n: int, now: datetime) -> dict[str, list[Suggestion]]:
    """What each customer with an account may like and has not bought, or buys again. As ``for_contacts``, and one."""
    contacts = _contacts(user_ids)
    # Who is not known yet has what nobody, who is contact 0, has: what is popular.
    lists = for_contacts(shop, list({contacts.get(user, 0) for user in user_ids}), channel, n, now)
    return {user: lists[contacts.get(user, 0)] for user in user_ids}


def for_contacts(
    shop: Shop, contact_ids: Sequence[int], channel: str, n: int, now: datetime
) -> dict[int, list[Suggestion]]:
    """The same for the CRM's own contacts, guests among them: for mails. Seven statements and the shop's.

    First what they looked at or carted and did not buy, then what is due again, each at most a quarter; then what they
    may like; and what is popular where that is too little.
    """
    known = learnt.of_contacts(contact_ids, _long(n))
    worn = learnt.wears(contact_ids)
    signs = lately.of_contacts(contact_ids, now)
    return _personal(shop, contact_ids, known, worn, signs, channel, n, now)


def for_visitors(
    shop: Shop, visitor_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What each visitor may like, whom nobody needs to know: from what they looked at. Three statements."""
    signs = lately.of_visitors(visitor_ids, now)
    return _personal(shop, visitor_ids, {}, {}, signs, channel, n, now)


def for_carts(
    shop: Shop, carts: Sequence[tuple[str, Sequence[str]]], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What goes well with each cart: (cart id, the products in it). Two or three statements and the shop's."""
    products = {product for _, inside in carts for product in inside}
    lists = learnt.of_products(products, ProductList.Kind.BASKET, _long(n))
    missing = products - lists.keys()
    lists |= learnt.of_products(missing, ProductList.Kind.RELATED, _long(n)) if missing else {}
    bans = rules_of([SHOP])[SHOP].bans
    drafts = {
        cart: Draft([Block(_added(lists, dict.fromkeys(inside, 1.0)))], closed=inside, bans=bans)
        for cart, inside in carts
    }
    return _composed(shop, drafts, channel, n, lambda: _what_sells(dict(carts), channel, n))


def viewed_by_users(
    shop: Shop, user_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What each customer looked at lately, the latest first, bought or not. Three statements and the shop's."""
    contacts = _contacts(user_ids)
    viewed = lately.viewed_by(list(contacts.values()), now - _VIEWED_SINCE, now)
    bans = rules_of([SHOP])[SHOP].bans
    drafts = {}
    for user in user_ids:
        seen = viewed.get(contacts.get(user, 0), {})
        latest = sorted(seen, key=lambda product: (-seen[product].timestamp(), product))
        entries = [Entry(product, Reason.VIEWED, 1 - place / len(latest)) for place, product in enumerate(latest)]
        drafts[user] = Draft([Block(entries)], bans=bans)
    return _composed(shop, drafts, channel, n)


def _beside(
    shop: Shop, product_ids: Sequence[str], channel: str, n: int, kind: ProductList.Kind
) -> dict[str, list[Suggestion]]:
    lists = learnt.of_products(product_ids, kind, _long(n))
    after = (
        {} if kind == ProductList.Kind.RELATED else learnt.of_products(product_ids, ProductList.Kind.RELATED, _long(n))
    )
    places = {product: Place(Kind.PRODUCT, product) for product in product_ids}
    rules = rules_of([*places.values(), SHOP])
    drafts = {
        product: Draft(
            [Block(lists.get(product, ())), Block(after.get(product, ()))],
            closed=(product,),
            rules=rules[places[product]],
            bans=rules[SHOP].bans,
        )
        for product in product_ids
    }
    return _composed(shop, drafts, channel, n, lambda: _what_sells({one: [one] for one in product_ids}, channel, n))


def _personal(
    shop: Shop,
    people: Sequence[K],
    known: Mapping[K, OfContact],
    worn: Mapping[K, Wear],
    signs: Mapping[K, Signs],
    channel: str,
    n: int,
    now: datetime,
) -> dict[K, list[Suggestion]]:
    wanted: dict[K, dict[str, float]] = {one: signs[one].wanted(now) for one in people}
    seeds: dict[K, dict[str, float]] = {one: dict(list(wanted[one].items())[:_SEEDS]) for one in people}
    products = {product for one in people for product in seeds[one]}
    lists = _surest(learnt.of_products(products, ProductList.Kind.RELATED, _long(n)))
    bans = rules_of([SHOP])[SHOP].bans
    drafts: dict[K, Draft] = {}
    for one in people:
        mine = known.get(one, OfContact())
        again = _still_due(mine, signs[one])
        # What is due again was bought before; nothing else that was is shown.
        closed = signs[one].bought.keys() - {entry.product_id for entry in again}
        looked_at = [Entry(product, Reason.VIEWED, worth) for product, worth in wanted[one].items()]
        own = [
            Block(looked_at, n // _QUARTER),
            Block(again, n // _QUARTER),
            Block(_with_fresh(mine.personal, _added(lists, seeds[one]))),
        ]
        drafts[one] = Draft(
            own,
            closed=closed,
            bans=bans,
            wear=worn.get(one, Wear()),
            most_share=_MOST_SHARE,
        )
    return _composed(shop, drafts, channel, n, lambda: _what_sells(seeds, channel, n))


def _still_due(mine: OfContact, signs: Signs) -> Entries:
    """What is due again and was not bought since that was found out."""
    since = mine.since
    return [
        entry
        for entry in mine.again
        if entry.product_id not in signs.bought or (since and signs.bought[entry.product_id] < since)
    ]


def _surest(lists: Mapping[str, Entries]) -> dict[str, Entries]:
    """Lists without what only fills them up, where there is anything else."""
    filling = (Reason.SIMILAR, Reason.POPULAR)
    sure = {product: [one for one in entries if one.reason not in filling] for product, entries in lists.items()}
    return {product: sure[product] or entries for product, entries in lists.items()}


def _added(lists: Mapping[str, Entries], worth: Mapping[str, float]) -> Entries:
    """What goes with some products together: each list counts as much as its product."""
    scores: dict[str, float] = {}
    strongest: dict[str, tuple[float, Reason]] = {}
    for product, weight in worth.items():
        for entry in lists.get(product, ()):
            score = weight * entry.score
            scores[entry.product_id] = scores.get(entry.product_id, 0) + score
            strongest[entry.product_id] = max(
                strongest.get(entry.product_id, (0.0, entry.reason)), (score, entry.reason)
            )
    return [Entry(product, strongest[product][1], score) for product, score in _best_first(scores)]


def _with_fresh(personal: Entries, fresh: Entries) -> Entries:
    """What the night knows, and what today says. The reason is that of the side that says more."""
    if not personal or not fresh:
        return personal or fresh
    night, today = measured(personal), measured(fresh)
    reasons = {entry.product_id: entry.reason for entry in fresh}
    for entry in personal:
        if night[entry.product_id] >= today.get(entry.product_id, 0):
            reasons[entry.product_id] = entry.reason
    both = {product: night.get(product, 0) + today.get(product, 0) for product in reasons}
    return [Entry(product, reasons[product], score) for product, score in _best_first(both)]


def _what_sells(seeds: Mapping[K, Iterable[str]], channel: str, n: int) -> dict[K, list[Block]]:
    """What sells beside products, the first one's shelf first, and then in the whole shop. One statement."""
    selling = learnt.selling({product for products in seeds.values() for product in products}, channel, _long(n))
    everywhere = Block(selling.everywhere)
    return {key: [*_shelves(selling, products), everywhere] for key, products in seeds.items()}


def _shelves(selling: Selling, product_ids: Iterable[str]) -> list[Block]:
    return [Block(selling.beside[product]) for product in product_ids if product in selling.beside]


def _best_first(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(
        ((product, score) for product, score in scores.items() if score > 0), key=lambda one: (-one[1], one[0])
    )


def _contacts(user_ids: Sequence[str]) -> dict[str, int]:
    rows = Contact.objects.using(reading.alias()).filter(user_id__in=user_ids).values_list("user_id", "pk")
    return {user: contact for user, contact in rows if user is not None}


def _composed(
    shop: Shop, drafts: Mapping[K, Draft], channel: str, n: int, fill: Callable[[], Mapping[K, list[Block]]] = dict
) -> dict[K, list[Suggestion]]:
    """The last look is at the shop: what it does not sell now is not shown.

    Most of what was learnt is sold. So the shop is asked about a little more than will be shown, and about all the
    rest, and what ``fill`` puts behind it, only where that was too little.
    """
    attributes = sorted({slug for draft in drafts.values() for slug in draft.wear.slugs})
    first = {product for draft in drafts.values() for product in islice(draft.candidates(), _first_look(draft, n))}
    sold = shop.on_sale(sorted(first), channel, attributes) if first else {}
    lists = {key: draft.compose(sold, n) for key, draft in drafts.items()}
    short = [key for key, shown in lists.items() if len(shown) < n]
    if not short:
        return lists
    more = fill()
    longer = {key: replace(drafts[key], blocks=[*drafts[key].blocks, *more.get(key, ())]) for key in short}
    rest = {product for draft in longer.values() for product in draft.candidates()} - first
    sold |= shop.on_sale(sorted(rest), channel, attributes) if rest else {}
    return lists | {key: draft.compose(sold, n) for key, draft in longer.items()}


def _first_look(draft: Draft, n: int) -> int | None:
    """How many candidates are looked at first. All, where one of another category may have to take a place."""
    return None if draft.most_share else n + n // 2 + 4


def _long(n: int) -> int:
    """How much of a list is looked at for ``n`` that can be shown."""
    return 3 * n + 12
