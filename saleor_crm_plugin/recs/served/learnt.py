"""Reads what training left: lists by product and by customer, what they wear, and what sells."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...shop import reading
from .models import ContactList, ProductList
from .reasons import BY_CODE, Reason

_BIGGEST = 2**63 - 1
_CURRENT = "(SELECT id FROM crm_recs_run WHERE current)"

# Each is served by the key.
_OF_PRODUCTS = f"""
SELECT product_id, items[1:%(most)s], scores[1:%(most)s], reasons[1:%(most)s] FROM crm_recs_product
WHERE product_id = ANY(%(products)s::bigint[]) AND kind = %(kind)s AND run_id = {_CURRENT}
"""  # noqa: S608 - of constants
_OF_CONTACTS = """
SELECT list.contact_id, list.kind, run.started_at, items[1:%(most)s], scores[1:%(most)s], reasons[1:%(most)s]
FROM crm_recs_contact list JOIN crm_recs_run run ON run.id = list.run_id
WHERE list.contact_id = ANY(%(contacts)s::bigint[]) AND run.current
"""
_WEARS = f"""
SELECT contact_id, sizes, genders FROM crm_recs_wears
WHERE contact_id = ANY(%(contacts)s::bigint[]) AND run_id = {_CURRENT}
"""  # noqa: S608 - of constants

# What sells in a channel comes before what sells in all.
_POPULAR = """
SELECT category_id, items[1:%(most)s], scores[1:%(most)s] FROM crm_recs_popular
WHERE category_id = ANY(%(categories)s::text[]) AND channel IN (%(channel)s, '')
ORDER BY category_id, channel = ''
"""
_SHELVES = """
SELECT product_id, categories[cardinality(categories)] FROM crm_recs_shelf
WHERE product_id = ANY(%(products)s::bigint[]) AND cardinality(categories) > 0
"""
_OF_SHELVES = """
SELECT product_id, items[1:%(most)s], scores[1:%(most)s] FROM (
    SELECT shelf.product_id, popular.channel, items, scores FROM crm_recs_shelf shelf
    JOIN crm_recs_popular popular ON popular.category_id = shelf.categories[cardinality(shelf.categories)]
    WHERE shelf.product_id = ANY(%(products)s::bigint[]) AND popular.channel IN (%(channel)s, '')
    UNION ALL
    SELECT NULL, channel, items, scores FROM crm_recs_popular
    WHERE category_id = '' AND channel IN (%(channel)s, '')
) selling
ORDER BY product_id, channel = ''
"""


@dataclass(frozen=True)
class Entry:
    """A product of a list, and why it is there. ``score`` is above zero."""

    product_id: str
    reason: Reason
    score: float


Entries = Sequence[Entry]


@dataclass(frozen=True)
class OfContact:
    """What was learnt of one customer. ``since`` is when the lists were made."""

    personal: Entries = ()
    again: Entries = ()
    since: datetime | None = None


@dataclass(frozen=True)
class Wear:
    """Values that a customer wears: the slug of the attribute and the slug of the value."""

    sizes: frozenset[tuple[str, str]] = frozenset()
    genders: frozenset[tuple[str, str]] = frozenset()

    @property
    def slugs(self) -> set[str]:
        """The attributes concerned."""
        return {slug for slug, _ in self.sizes | self.genders}


@dataclass(frozen=True)
class Selling:
    """What sells in the whole shop, and in the categories in which some products stand."""

    everywhere: Entries = ()
    beside: Mapping[str, Entries] = field(default_factory=dict)


def numbers(ids: Iterable[str]) -> list[int]:
    """Those that can be numbers of the shop's objects."""
    found = (int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < 20)
    return [number for number in found if number <= _BIGGEST]


def of_products(product_ids: Collection[str], kind: ProductList.Kind, most: int) -> dict[str, Entries]:
    """The lists of products; who has none is missing. One statement."""
    wanted = {"products": numbers(product_ids), "kind": kind.value, "most": most}
    if not wanted["products"]:
        return {}
    return {str(product): _entries(*lists) for product, *lists in _rows(_OF_PRODUCTS, wanted)}


def of_contacts(contact_ids: Collection[int], most: int) -> dict[int, OfContact]:
    """The lists of customers; who has none is missing. One statement."""
    found: dict[int, dict[str, Any]] = {}
    for contact, kind, since, *lists in _rows(_OF_CONTACTS, {"contacts": list(contact_ids), "most": most}):
        name = "personal" if kind == ContactList.Kind.PERSONAL else "again"
        found.setdefault(contact, {"since": since})[name] = _entries(*lists)
    return {contact: OfContact(**lists) for contact, lists in found.items()}


def wears(contact_ids: Collection[int]) -> dict[int, Wear]:
    """What customers wear; of whom nothing is known is missing. One statement."""
    rows = _rows(_WEARS, {"contacts": list(contact_ids)})
    return {contact: Wear(_values(sizes), _values(genders)) for contact, sizes, genders in rows}


def popular(category_ids: Collection[str], channel: str, most: int) -> dict[str, Entries]:
    """What sells in categories ("" is the whole shop); those in which nothing does are missing. One statement."""
    found: dict[str, list[Entry]] = {}
    wanted = {"categories": list(category_ids), "channel": channel, "most": most}
    for category, items, scores in _rows(_POPULAR, wanted):
        reason = Reason.POPULAR_IN_CATEGORY if category else Reason.POPULAR
        _add(found.setdefault(category, []), items, scores, reason)
    return dict(found)


def shelves(product_ids: Collection[str]) -> dict[str, str]:
    """The category in which each product stands; one that stands in none is missing. One statement."""
    return {str(product): category for product, category in _rows(_SHELVES, {"products": numbers(product_ids)})}


def selling(product_ids: Collection[str], channel: str, most: int) -> Selling:
    """What to show where a list is too short. One statement."""
    everywhere: list[Entry] = []
    beside: dict[str, list[Entry]] = {}
    wanted = {"products": numbers(product_ids), "channel": channel, "most": most}
    for product, items, scores in _rows(_OF_SHELVES, wanted):
        if product is None:
            _add(everywhere, items, scores, Reason.POPULAR)
        else:
            _add(beside.setdefault(str(product), []), items, scores, Reason.POPULAR_IN_CATEGORY)
    return Selling(everywhere, dict(beside))


def _add(entries: list[Entry], items: list[int], scores: list[float], reason: Reason) -> None:
    """Put a list behind another one, which comes first whatever the scores are."""
    last = entries[-1].score / scores[0] if entries else 1.0
    there = {entry.product_id for entry in entries}
    new = (Entry(str(item), reason, score * min(last, 1.0)) for item, score in zip(items, scores, strict=True))
    entries += [entry for entry in new if entry.product_id not in there]


def _entries(items: list[int], scores: list[float], reasons: list[int]) -> list[Entry]:
    told = zip(items, reasons, scores, strict=True)
    return [Entry(str(item), BY_CODE[reason], score) for item, reason, score in told]


def _values(told: list[str]) -> frozenset[tuple[str, str]]:
    pairs = (one.partition("=") for one in told)
    return frozenset((slug, value) for slug, _, value in pairs)


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with reading.connection().cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
