"""A batch of the shop's orders, read once into a table that is gone with the transaction.

What is done with them reads the table: whose they are, what they are, which carts they came from. So nothing of it
passes through Python, and the shop's orders are read once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from ..activity.purchases import Wanted
from ..shop.port import OrderFacts, Shop
from . import queries


@dataclass(frozen=True)
class Batch:
    """The orders that were read. ``facts`` are the shop's, with orders and returns from the tables."""

    facts: OrderFacts
    new: Wanted | None
    known: Wanted | None
    size: int

    owners = "crm_batch_owner"  # the table for whose they are


def read_page(shop: Shop, after: Mapping[str, Any], limit: int) -> Batch:
    """The next orders in the order of placing, the newest first, after a point (``shop.port.BEFORE_ALL``)."""
    facts = shop.order_facts()
    return _read(facts, queries.PAGE.format(page=facts.page), {**after, "limit": limit})


def read_orders(shop: Shop, orders: Sequence[str]) -> Batch:
    """These orders, as far as the shop has them."""
    return _read(shop.order_facts(), queries.NAMED, {"orders": list(orders)})


def last() -> dict[str, Any]:
    """The point at which the page that was read ends."""
    with connection.cursor() as cursor:
        cursor.execute(queries.LAST)
        order_id, placed_at = cursor.fetchone()
    return {"order_id": order_id, "placed_at": placed_at}


def months() -> list[datetime]:
    """The first moments of the months in which something of the batch came back."""
    with connection.cursor() as cursor:
        cursor.execute(queries.MONTHS_OF_BATCH)
        return [month for (month,) in cursor.fetchall()]


def countries(orders: Sequence[str]) -> dict[str, str]:
    """Where each of these orders of the batch went."""
    if not orders:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(queries.COUNTRIES, {"orders": list(orders)})
        return dict(cursor.fetchall())


def _read(facts: OrderFacts, wanted: str, params: Mapping[str, Any]) -> Batch:
    with connection.cursor() as cursor:
        cursor.execute(queries.PLAINLY)
        cursor.execute(queries.MAKE_BATCH)
        cursor.execute(queries.FILL_BATCH.format(wanted=wanted, theirs=facts.orders), params)
        cursor.execute(queries.FILL_RETURNS.format(theirs=facts.returns))
        cursor.execute(queries.COUNT)
        new, known = cursor.fetchone()
    return Batch(
        replace(facts, orders=queries.OF_BATCH, returns=queries.RETURNS_OF_BATCH),
        Wanted(queries.NEW, {}) if new else None,
        Wanted(queries.KNOWN, {}) if known else None,
        new + known,
    )
