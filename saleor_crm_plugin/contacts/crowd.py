"""Thousands of people at once: whose each order is, without a loop over people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ..shop.port import OrderFacts
from . import queries
from .address import PLAIN, pads
from .identity import Person, resolve


@dataclass(frozen=True)
class Met:
    """The contact of each order that the shop has, None where nobody may be known by it."""

    owners: dict[str, int | None]
    odd: tuple[str, ...]  # the orders whose people a statement could not judge


def meet(facts: OrderFacts, orders: Sequence[str], now: datetime) -> Met:
    """Whose these orders are; contacts are made where there are none.

    The same contacts as ``identity.resolve`` makes of the orders' people one by one, in a transaction in which nobody
    else writes facts (``locks.alone``). Two queries, and those of ``resolve`` for the few whom a statement can't judge.
    """
    opad, ipad = pads()
    params = {"orders": list(orders), "now": now, "plain": PLAIN, "opad": opad, "ipad": ipad}
    statement = queries.MEET.format(theirs=facts.orders)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
        oldest_first = sorted((row for row in rows if row[2] is not None), key=lambda row: (row[2], row[0]))
        odd = {order: Person(email=written, user_id=user_id) for order, _, _, written, user_id in oldest_first}
        contacts = {}
        if odd:
            contacts = resolve(list(odd.values()), now)
            # Two contacts may have become one by it: whose the other orders are is asked again.
            cursor.execute(statement, params)
            rows = cursor.fetchall()
    owners: dict[str, int | None] = {order: contact for order, contact, *_ in rows}
    for order, person in odd.items():
        owners[order] = contacts[person].pk if person in contacts else None
    return Met(owners, tuple(odd))
