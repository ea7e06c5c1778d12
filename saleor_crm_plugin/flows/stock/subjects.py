"""The subjects of flows about stock: a run's subject is an interest, a price drop's also which drop it was."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from ...activity.stock.models import StockInterest, StockWatch
from ...config import Settings
from ...shop.goods import Availability
from ...shop.port import Shop
from ..catalogue import BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP, STOCK_CONFIRMATION
from ..models import Enrolment
from .queries import HAS_A_UNIT, bought

FLOWS_ABOUT_STOCK = frozenset(flow.key for flow in (STOCK_CONFIRMATION, BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP))

Pair = tuple[str, str]  # variant id, channel
# So old may a view be that is a sign of interest.
LOOKED_BACK = timedelta(days=1)

# Whoever bought the variant since they asked waits for it no more. Who had it in a cart or looked at it may be the one
# who bought the last: they miss no variant of the product that they have bought since the cart was last changed, or
# since the first of the views that counted.
_FIRST_SIGN = """least(
    one.asked_at - CASE one.kind WHEN 'view' THEN %(looked_back)s ELSE interval '0' END,
    (SELECT cart.changed_at FROM crm_cart cart WHERE cart.id = one.cart_id)
)"""
_BOUGHT = f"""
SELECT one.id FROM crm_stock_interest one
WHERE one.id = ANY(%(ids)s) AND CASE one.kind
    WHEN 'request' THEN {bought("one.contact_id", "variant_id", "one.variant_id", "one.asked_at")}
    ELSE {bought("one.contact_id", "product_id", "one.product_id", _FIRST_SIGN)}
END
"""  # noqa: S608 - of constants
# Carts that still are what somebody was interested in.
_IN_CART = """
SELECT one.id FROM crm_stock_interest one
JOIN crm_cart cart ON cart.id = one.cart_id AND cart.status = 'open'
    AND cart.lines @> jsonb_build_array(jsonb_build_object('variant_id', one.variant_id))
WHERE one.id = ANY(%(ids)s)
"""


def interest_of(subject_id: str) -> int:
    """The interest that a run is about."""
    return int(subject_id.partition(".")[0])


def drop_of(subject_id: str) -> int:
    """Which drop of a price a run is about, from 1; 0 where it is about none."""
    return int(subject_id.partition(".")[2] or 0)


def named(runs: Collection[Enrolment]) -> dict[int, str]:
    """What runs of any flow are about, for people to read. One query."""
    numbers = {run.pk: interest_of(run.subject_id) for run in runs if run.flow in FLOWS_ABOUT_STOCK}
    interests = StockInterest.objects.in_bulk(set(numbers.values()))
    names = {run.pk: run.subject_id for run in runs}
    for key, number in numbers.items():
        if one := interests.get(number):
            names[key] = f"variant {one.variant_id} in {one.channel}"
    return names


def pair(interest: StockInterest) -> Pair:
    """Variant and channel."""
    return interest.variant_id, interest.channel


def cheaper(one: StockInterest, available: Availability, settings: Settings) -> bool:
    """Whether it costs so much less than when the interest was stated that it is worth a mail."""
    if one.price is None or available.price is None or one.currency != available.currency:
        return False
    return available.price <= one.price * (1 - Decimal(settings.stock.drop_percent) / 100)


@dataclass(frozen=True)
class Found:
    """Interests by number, and what is so of them now. ``bought`` and ``in_cart`` name those of which that is true,
    ``reserved`` those of carts that can have it although it is sold out: they hold the last units themselves."""

    interests: Mapping[int, StockInterest]
    available: Mapping[Pair, Availability]
    bought: Collection[int]
    in_cart: Collection[int]
    reserved: Collection[int]


def find(shop: Shop, subject_ids: Iterable[str]) -> Found:
    """Read the shop and our facts afresh. Three queries, and of the shop one for each channel and a few for carts."""
    numbers = {interest_of(subject) for subject in subject_ids}
    interests = StockInterest.objects.select_related("wave").in_bulk(numbers)
    by_channel: dict[str, set[str]] = {}
    for interest in interests.values():
        by_channel.setdefault(interest.channel, set()).add(interest.variant_id)
    available = {
        (variant, channel): one
        for channel, variants in by_channel.items()
        for variant, one in shop.availability(sorted(variants), channel).items()
    }
    of_carts = [one for one in interests.values() if one.cart_id]
    missing = [one for one in of_carts if pair(one) in available and not available[pair(one)].there]
    theirs = shop.deliverable([one.cart_id for one in missing]) if missing else {}
    reserved = {one.pk for one in missing if one.variant_id in theirs.get(one.cart_id, ())}
    deleted = {one.pk for one in missing if one.cart_id not in theirs}  # shops tell nobody of it
    return Found(interests, available, _those(_BOUGHT, interests), _those(_IN_CART, interests) - deleted, reserved)


def _those(statement: str, interests: Collection[int]) -> set[int]:
    asked: dict[str, Any] = {"ids": list(interests), "looked_back": LOOKED_BACK}
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return {key for (key,) in cursor.fetchall()}


def lock(numbers: Collection[int]) -> dict[int, StockInterest]:
    """Interests that nobody else is just at, locked. One query."""
    rows = StockInterest.objects.select_for_update(skip_locked=True, of=("self",))
    return {row.pk: row for row in rows.filter(pk__in=numbers).order_by("pk")}


def busy(pairs: Collection[Pair]) -> set[Pair]:
    """Lock these variants; those of which somebody else is just telling people are the answer. Two queries."""
    if not pairs:
        return set()
    rows = StockWatch.objects.filter(
        variant_id__in={variant for variant, _ in pairs}, channel__in={channel for _, channel in pairs}
    ).order_by("variant_id", "channel")
    there = set(rows.values_list("variant_id", "channel")) & set(pairs)
    return there - set(rows.select_for_update(skip_locked=True).values_list("variant_id", "channel"))


@dataclass
class Told:
    """How many an open wave has told, and how many of them have a unit: were told of late, and have not bought it."""

    people: int
    units: int


def told(pairs: Collection[Pair], since: datetime) -> dict[Pair, dict[int, Told]]:
    """The open waves of these variants, and who was told in each, of late: ``since`` then. One query."""
    found: dict[Pair, dict[int, Told]] = {}
    if not pairs:
        return found
    asked: dict[str, Any] = {
        "variants": [one for one, _ in pairs],
        "channels": [one for _, one in pairs],
        "told_since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, asked)
        for variant, channel, wave, people, units in cursor.fetchall():
            found.setdefault((variant, channel), {})[wave] = Told(people, units)
    return found


_TOLD = f"""
SELECT wave.variant_id, wave.channel, wave.id, counted.people, counted.units
FROM unnest(%(variants)s::text[], %(channels)s::text[]) AS asked (variant_id, channel)
JOIN crm_stock_wave wave USING (variant_id, channel)
CROSS JOIN LATERAL (
    SELECT count(*) AS people, count(*) FILTER (WHERE {HAS_A_UNIT}) AS units
    FROM crm_stock_interest one WHERE one.wave_id = wave.id AND one.told_at IS NOT NULL
) counted
WHERE wave.closed_at IS NULL
"""  # noqa: S608 - of constants
