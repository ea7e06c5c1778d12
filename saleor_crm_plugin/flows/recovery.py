"""What came back: orders placed from carts that a flow was about."""

from collections.abc import Sequence
from datetime import datetime

from ..shop.port import Order
from .catalogue import ABANDONED_CART
from .models import Enrolment
from .reasons import Reason


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
