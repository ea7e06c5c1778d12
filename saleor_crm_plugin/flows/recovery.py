"""What came back: orders placed from carts that a flow was about."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from ..shop.port import Order
from .catalogue import ABANDONED_CART
from .models import Enrolment
from .reasons import Reason

# Orders that were stored and not noted: from a cart that a flow is about, in a way that the run does not know of.
# Served by the unique key of a run.
_UNNOTED = """
SELECT purchase.order_id
FROM crm_purchase purchase
JOIN crm_enrolment run ON run.flow = %(flow)s AND run.subject_id = purchase.cart_id
WHERE purchase.order_id = ANY(%(orders)s::text[])
    AND (purchase.real AND run.recovered_order_id IS NULL
        OR NOT purchase.real AND run.recovered_order_id = purchase.order_id)
"""


def unnoted(order_ids: Sequence[str]) -> list[str]:
    """Those of these orders that ``note`` has not been told of as they are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNNOTED, {"flow": ABANDONED_CART.key, "orders": list(order_ids)})
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
    Enrolment.objects.bulk_update(runs, ["recovered_order_id", "recovered_at", "state", "ended_by"])
