"""Customers who are away to pay: their cart is no order yet, but has used its code up already, and its units are nobody
else's, as in Saleor. Nobody changes its lines meanwhile."""

from datetime import datetime

from django.db import transaction

from .models import Checkout
from .storefront import Hook, NotPossible, after_commit, announce, goods_of, put_back, sell, touched
from .vouchers import let_go, take_off


@transaction.atomic
def begin(cart_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """The payment of a cart begins. Raises NotPossible where its code is good no more, or a line sold out."""
    cart = touched(cart_id, now)
    if take_off(cart, goods_of(cart), now) is None:
        raise NotPossible("The code of the cart is no longer valid.")
    for line in cart.lines.order_by("variant_id"):
        sell(line.variant_id, line.quantity, hook)
    Checkout.objects.filter(pk=cart.pk).update(paying=True)
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def fail(cart_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """It does not come through: the cart is as before."""
    cart = touched(cart_id, now)
    Checkout.objects.filter(pk=cart.pk).update(paying=False)
    for line in cart.lines.order_by("variant_id"):
        put_back(line.variant_id, line.quantity, hook)
    let_go(cart.voucher_code)
    after_commit(hook, "cart", cart.pk)
