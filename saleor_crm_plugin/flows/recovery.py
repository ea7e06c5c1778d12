"""What came back: orders placed from carts that a flow was about."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from ..shop.port import Order
from .catalogue import ABANDONED_CART
from .models import Enrolment
from .reasons import Reason
from .stored import store

# Orders from a cart that a flow is about, in a way that the run does not know of. ``{theirs}`` is a SELECT of orders
# as the shop tells of them. Served by the unique key of a run.
_UNNOTED = """
SELECT theirs.order_id
FROM ({theirs}) theirs
JOIN crm_enrolment run ON run.flow = %(flow)s AND run.subject_id = theirs.cart_id
WHERE theirs.real AND run.recovered_order_id IS NULL OR NOT theirs.real AND run.recovered_order_id = theirs.order_id
"""


def unnoted(theirs: str) -> list[str]:
    """The ids of those orders that ``note`` has not been told of as they are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNNOTED.format(theirs=theirs), {"flow": ABANDONED_CART.key})
        return [order for (order,) in cursor.fetchall()]


def note(orders: Sequence[Order], now: datetime) -> None:
    """End the runs of carts that became orders, and remember which order it was.

    Counted for both arms: a run that got a mail or was held out before the order counts as recovered
    (``report``), one that ordered before any decision does not. An order that turns out not to be real (expired,
    cancelled) is taken back.
    """
    of_cart = {order.cart_id: order for order in orders if order.cart_id}
    runs = list(
        Enrolment.objects.select_for_update()
        .filter(flow=ABANDONED_CART.key, subject_id__in=of_cart)
        .order_by("subject_id")
    )
    for run in runs:
        order = of_cart[run.subject_id]
        if order.real:
            run.recovered_order_id, run.recovered_at = order.id, order.placed_at
        elif run.recovered_order_id == order.id:
            run.recovered_order_id, run.recovered_at = None, None
        run.state, run.ended_by = Enrolment.State.FINISHED, run.ended_by or Reason.ORDERED
    store(runs, ["recovered_order_id", "recovered_at", "state", "ended_by"])
