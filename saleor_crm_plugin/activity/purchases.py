"""Purchases: one per order, as the shop has it now, with its lines and what of them came back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from ..shop.port import OrderFacts
from . import queries
from .interactions import NoRoomError
from .models import Interaction, Purchase

_NO_PARTITION = "23514"  # check_violation, without the name of a constraint


@dataclass(frozen=True)
class Recorded:
    """The orders that are new to us, and the contacts whose facts are others now."""

    orders: Sequence[str]
    contacts: frozenset[int]


def record(facts: OrderFacts, owners: Mapping[str, int | None], now: datetime) -> Recorded:
    """Store orders as the shop has them now, and close the carts they came from.

    ``owners`` maps order ids to contact numbers, None where an order is nobody's. The caller makes sure that nobody
    else records the same orders at the same time (``webhooks/inbox.py``). A constant number of queries. Orders that
    are as they were are not written. Raises NoRoomError where months of interactions are missing.
    """
    orders = [order for order in owners if order]
    with connection.cursor() as cursor:
        cursor.execute(queries.KNOWN, {"orders": orders})
        known = [order for (order,) in cursor.fetchall()]
        new = list(set(orders).difference(known))
        contacts = set[int | None]()
        for statement, some in ((queries.INSERT_PURCHASES, new), (queries.UPDATE_PURCHASES, known)):
            theirs = {"orders": some, "contacts": [owners[order] for order in some]}
            contacts |= _run(cursor, statement, facts.orders, theirs)
        contacts |= _take_back(cursor, facts, orders, known)
        _run(cursor, queries.INSERT_LINES, facts.lines, {"orders": new})
        contacts |= _run(cursor, queries.UPDATE_LINES, facts.lines, {"orders": known})
        cursor.execute(queries.CLOSE_CARTS, {"orders": orders, "now": now})
    return Recorded(new, frozenset(contact for contact in contacts if contact is not None))


def forget_unreal(orders: Collection[str]) -> None:
    """Forget orders that the shop has deleted and that were none: drafts, and those that expired.

    A real one stays known, as a cart does: what was bought was bought.
    """
    Purchase.objects.filter(pk__in=orders, real=False).delete()


def forget(orders: Collection[str]) -> None:
    """Forget orders that the shop does not have, real or not."""
    Interaction.objects.filter(order_id__in=orders).delete()
    Purchase.objects.filter(pk__in=orders).delete()


def _run(cursor: CursorWrapper, statement: str, theirs: str, params: Mapping[str, object]) -> set[int | None]:
    if not params["orders"]:
        return set()
    cursor.execute(statement.format(theirs=theirs), params)
    return {contact for (contact,) in cursor.fetchall()} if cursor.description else set()


def _take_back(
    cursor: CursorWrapper, facts: OrderFacts, orders: Sequence[str], known: Sequence[str]
) -> set[int | None]:
    """Store what came back. In a savepoint, so that it can still be asked which months are missing."""
    try:
        with transaction.atomic():
            return _run(cursor, queries.RETURNS, facts.returns, {"orders": orders, "known": known})
    except IntegrityError as error:
        cause = getattr(error.__cause__, "diag", None)
        if cause is None or cause.sqlstate != _NO_PARTITION or cause.constraint_name:
            raise
        assert cause.table_name == Interaction._meta.db_table
        cursor.execute(queries.MONTHS_OF_RETURNS.format(theirs=facts.returns), {"orders": orders})
        raise NoRoomError(moment for (moment,) in cursor.fetchall()) from error
