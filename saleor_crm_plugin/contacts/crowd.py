"""Thousands of people at once: whose each order is, without a loop over people.

``theirs`` is a SELECT of orders as ``shop.port.OrderFacts`` tells of them, ``owners`` the name of an empty table of
``order_id, contact_id, odd``, which is filled; the contact is null where nobody may be known by an order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from . import queries
from .address import PLAIN, pads
from .identity import Person, recognise, resolve


def meet(theirs: str, owners: str, now: datetime) -> Sequence[str]:
    """Find whose orders are; contacts are made where there are none.

    The same contacts as ``identity.resolve`` makes of the orders' people one by one, in a transaction in which nobody
    else writes facts (``locks.alone``). Returns the orders whose people a statement could not judge: they went through
    ``resolve``.
    """
    with connection.cursor() as cursor:
        odd = _judge(cursor, queries.MEET, theirs, owners, now)
        if odd:
            contacts = resolve(list(odd.values()), now)
            _own(cursor, owners, {o: contacts[p].pk if p in contacts else None for o, p in odd.items()})
    return list(odd)


def look(theirs: str, owners: str, now: datetime) -> None:
    """Find whose orders would be, and change nothing. Orders that name nobody are left out."""
    with connection.cursor() as cursor:
        odd = _judge(cursor, queries.RECOGNISE, theirs, owners, now)
        if odd:
            known = recognise(list(odd.values()))
            _own(cursor, owners, {order: known.get(person) for order, person in odd.items()})
            nobodys = [order for order, person in odd.items() if person not in known]
            cursor.execute(queries.DISOWN.format(owners=owners), {"orders": nobodys})


def _judge(cursor: CursorWrapper, statement: str, theirs: str, owners: str, now: datetime) -> dict[str, Person]:
    opad, ipad = pads()
    params: dict[str, Any] = {"now": now, "plain": PLAIN, "opad": opad, "ipad": ipad}
    cursor.execute(statement.format(theirs=theirs, owners=owners), params)
    cursor.execute(queries.ODD.format(theirs=theirs, owners=owners))
    return {order: Person(email=email, user_id=user_id) for order, email, user_id in cursor.fetchall()}


def _own(cursor: CursorWrapper, owners: str, found: Mapping[str, int | None]) -> None:
    cursor.execute(queries.OWN.format(owners=owners), {"orders": list(found), "contacts": list(found.values())})
