"""Whether our facts are what the shop's tables say, order by order, by statements."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from ..activity import purchases
from ..contacts import crowd
from ..shop.port import BEFORE_ALL, Shop
from . import batch, history, queries


@dataclass(frozen=True)
class Difference:
    """What is not the same in an order: which value, as we have it and as the shop has it."""

    order_id: str
    what: str
    ours: str
    theirs: str

    @property
    def kind(self) -> str:
        """What sort of difference, in a word or two, so that they can be counted."""
        if self.what == "order":
            return "missing order" if self.ours == "missing" else "order that the shop does not have"
        subject, *rest = self.what.split()
        if subject == "line":
            return " ".join(["line", *rest[1:]])
        return "return" if subject.startswith("return:") else subject


@dataclass
class Verified:
    """How many orders the shop has, how many wait in the inbox to be looked at, how many are not the same here."""

    looked: int = 0
    waiting: int = 0
    different: int = 0


def verify(
    shop: Shop,
    clock: Callable[[], datetime],
    tell: Callable[[Difference], None],
    *,
    repair: bool = False,
    size: int | None = None,
) -> Verified:
    """Compare all orders of the shop with ours, and tell each difference.

    An order that is about to be looked at anyway is no difference, nor one that changes while we look: what differs is
    looked at twice. With ``repair`` different orders are stored as the shop has them, and those that it does not have
    are forgotten.
    """
    done, size = Verified(), size or history.BATCH
    after: Mapping[str, Any] = BEFORE_ALL
    while True:
        with transaction.atomic():
            page = batch.read_page(shop, after, size)
            if not page.size:
                break
            found = {one.order_id for one in _compare(page, clock())}
            after = batch.last()
        done.looked += page.size
        if found:
            _tell(shop, sorted(found), done, tell, clock, repair=repair)
    for orders in _superfluous(shop, size):
        done.different += len(orders)
        for order_id in orders:
            tell(Difference(order_id, "order", "there", "missing"))
        if repair:
            purchases.forget(orders)
    return done


def _tell(
    shop: Shop,
    orders: list[str],
    done: Verified,
    tell: Callable[[Difference], None],
    clock: Callable[[], datetime],
    *,
    repair: bool,
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(queries.WAITING, {"orders": orders})
        waiting = {order_id for (order_id,) in cursor.fetchall()}
        there = batch.read_orders(shop, [order_id for order_id in orders if order_id not in waiting])
        differences = list(_compare(there, clock()))
    different = {one.order_id for one in differences}
    done.waiting += len(waiting)
    done.different += len(different)
    for one in differences:
        tell(one)
    if repair and different:
        history.take(shop, sorted(different), clock())


def _compare(orders: batch.Batch, now: datetime) -> Iterator[Difference]:
    crowd.look(orders.facts.orders, orders.owners, now)
    statements = (
        queries.PURCHASES,
        queries.OWNERS,
        queries.LINES.format(theirs=orders.facts.lines),
        queries.RETURNS.format(theirs=orders.facts.returns),
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            for order_id, what, ours, theirs in cursor.fetchall():
                yield Difference(order_id, what, ours or "none", theirs or "none")


def _superfluous(shop: Shop, size: int) -> Iterator[list[str]]:
    """The real orders that we have and the shop has not. Drafts and expired ones may go: they were none."""
    after = ""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(queries.OURS, {"after": after, "limit": size})
            page = cursor.fetchall()
            if not page:
                return
            after = page[-1][0]
            real = [order_id for order_id, is_real in page if is_real]
            cursor.execute(queries.SUPERFLUOUS.format(theirs=shop.order_facts().orders), {"orders": real})
            if gone := sorted(order_id for (order_id,) in cursor.fetchall()):
                yield gone
