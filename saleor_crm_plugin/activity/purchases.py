"""Purchases: one per order, as the shop has it now, with its lines and what of them came back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from ..shop.port import OrderFacts
from . import queries
from .interactions import NoRoomError, lacks_a_month
from .models import Interaction, Purchase


@dataclass(frozen=True)
class Wanted:
    """Orders that are looked at: a SELECT of ``order_id`` and ``contact_id`` (null where an order is nobody's)."""

    select: str
    params: Mapping[str, Any]


def wanted(owners: Mapping[str, int | None]) -> Wanted:
    """Orders named one by one, with their contacts."""
    return Wanted(
        "SELECT * FROM unnest(%(orders)s::text[], %(contacts)s::bigint[]) AS named (order_id, contact_id)",
        {"orders": list(owners), "contacts": list(owners.values())},
    )


def known(orders: Collection[str]) -> set[str]:
    """Those of these orders that we have."""
    with connection.cursor() as cursor:
        cursor.execute(queries.KNOWN, {"orders": list(orders)})
        return {order for (order,) in cursor.fetchall()}


def record(facts: OrderFacts, new: Wanted | None, old: Wanted | None, now: datetime) -> set[int]:
    """Store orders as the shop has them now, and close the carts they came from.

    ``new`` are orders that we have not, ``old`` those that we have; None where there are none. The caller makes sure
    that nobody else records the same orders at the same time. Returns the contacts whose facts are others now. A
    constant number of queries; what is as it was is not written. Raises NoRoomError where months of interactions are
    missing.
    """
    changed = set[int | None]()
    with connection.cursor() as cursor:
        for some, purchases, returns, lines in (
            (new, queries.INSERT_PURCHASES, queries.INSERT_RETURNS, queries.INSERT_LINES),
            (old, queries.UPDATE_PURCHASES, queries.UPDATE_RETURNS, queries.UPDATE_LINES),
        ):
            if some:
                changed |= _run(cursor, purchases, facts.orders, some)
                changed |= _take_back(cursor, returns, facts.returns, some)
                changed |= _run(cursor, lines, facts.lines, some)
        for some in filter(None, (new, old)):
            _run(cursor, queries.CLOSE_CARTS, facts.orders, some, now=now)
    return {contact for contact in changed if contact is not None}


def forget_unreal(orders: Collection[str]) -> None:
    """Forget orders that the shop has deleted and that were none: drafts, and those that expired.

    A real one stays known, as a cart does: what was bought was bought.
    """
    Purchase.objects.filter(pk__in=orders, real=False).delete()


def forget(orders: Collection[str]) -> None:
    """Forget orders that the shop does not have, real or not."""
    Interaction.objects.filter(order_id__in=orders).delete()
    Purchase.objects.filter(pk__in=orders).delete()


def _run(cursor: CursorWrapper, statement: str, theirs: str, some: Wanted, **params: Any) -> set[int | None]:
    cursor.execute(statement.format(wanted=some.select, theirs=theirs), {**some.params, **params})
    return {contact for (contact,) in cursor.fetchall()} if cursor.description else set()


def _take_back(cursor: CursorWrapper, statement: str, theirs: str, some: Wanted) -> set[int | None]:
    """Store what came back. In a savepoint, so that it can still be asked which months are missing."""
    try:
        with transaction.atomic():
            return _run(cursor, statement, theirs, some)
    except IntegrityError as error:
        if not lacks_a_month(error):
            raise
        months = queries.MONTHS_OF_RETURNS.format(wanted=some.select, theirs=theirs)
        cursor.execute(months, some.params)
        raise NoRoomError(moment for (moment,) in cursor.fetchall()) from error
