"""What staff does with an order after it was placed: correct it, hand it over, take it back.

Like ``storefront.py``, every action takes the moment at which it happens and fires its hook after the commit.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from .models import Fulfilment, FulfilmentLine, Order, OrderLine, Price, Status
from .pricing import net
from .storefront import Hook, NotPossible, announce, locked, put_back, sell, update

Quantities = Mapping[str, int]  # variant id to number of units


@transaction.atomic
def edit_order(order_id: str, variant_id: str, quantity: int, *, now: datetime, hook: Hook = announce) -> None:
    """Change how many units of a variant an order is for while it is not confirmed: 0 takes the line out."""
    order = locked(order_id)
    if order.status not in (Status.DRAFT, Status.UNCONFIRMED):
        raise NotPossible("A confirmed order is edited no more.")
    line = order.lines.filter(variant_id=int(variant_id)).first()
    sell(int(variant_id), quantity - (line.quantity if line else 0), hook)
    price = Price.objects.select_related("variant__product").get(
        variant_id=int(variant_id), channel_id=order.channel_id
    )
    card = price.variant.product.gift_card
    line = line or OrderLine(order=order, variant_id=int(variant_id), unit_price=price.price, gift_card=card)
    line.quantity, line.net = quantity, net(line.unit_price * quantity, order.country, gift_card=line.gift_card)
    if quantity:
        line.save()
    elif line.pk:
        line.delete()
    goods = order.lines.aggregate(sum=Sum(F("quantity") * F("unit_price")))["sum"] or 0
    update(order, now, hook, total=max(goods - order.discount, 0))


@transaction.atomic
def confirm_order(order_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """Accept an order that waited for it."""
    order = locked(order_id)
    if order.status != Status.UNCONFIRMED:
        raise NotPossible("There is nothing to confirm.")
    update(order, now, hook, status=Status.UNFULFILLED)


@transaction.atomic
def set_names(order_id: str, billing: str, shipping: str, *, now: datetime, hook: Hook = announce) -> None:
    """Say who pays for an order and who gets it."""
    update(locked(order_id), now, hook, billing_name=billing, shipping_name=shipping)


@transaction.atomic
def fulfil_order(order_id: str, quantities: Quantities | None = None, *, now: datetime, hook: Hook = announce) -> None:
    """Hand over units of an order, everything that is left where none are named."""
    order = locked(order_id)
    if order.status not in (Status.UNFULFILLED, Status.PARTIALLY_FULFILLED, Status.PARTIALLY_RETURNED):
        raise NotPossible("Nothing of this order can be handed over.")
    parcel = Fulfilment.objects.create(order=order, status=Fulfilment.Status.FULFILLED, created_at=now)
    for line in order.lines.order_by("pk"):
        left = line.quantity - line.fulfilled
        wanted = left if quantities is None else quantities.get(str(line.variant_id), 0)
        if wanted > left:
            raise NotPossible("More can't be handed over than was ordered.")
        if wanted:
            FulfilmentLine.objects.create(fulfilment=parcel, line=line, quantity=wanted)
            OrderLine.objects.filter(pk=line.pk).update(fulfilled=F("fulfilled") + wanted)
    update(order, now, hook, status=_status(order))


@transaction.atomic
def return_lines(order_id: str, quantities: Quantities, *, now: datetime, hook: Hook = announce) -> None:
    """Take units back that were handed over; they can be sold again. The money is another matter."""
    order = locked(order_id)
    parcel = Fulfilment.objects.create(order=order, status=Fulfilment.Status.RETURNED, created_at=now)
    for variant_id, quantity in sorted(quantities.items()):
        left = quantity
        out = FulfilmentLine.objects.filter(
            fulfilment__order=order, fulfilment__status=Fulfilment.Status.FULFILLED, line__variant_id=int(variant_id)
        )
        for sent in out.order_by("pk"):
            moved = min(left, sent.quantity)
            if moved:
                FulfilmentLine.objects.create(fulfilment=parcel, line_id=sent.line_id, quantity=moved)
                FulfilmentLine.objects.filter(pk=sent.pk).update(quantity=F("quantity") - moved)
                left -= moved
        if left:
            raise NotPossible("More can't come back than was handed over.")
        put_back(int(variant_id), quantity, hook)
    FulfilmentLine.objects.filter(fulfilment__order=order, quantity=0).delete()
    order.fulfilments.filter(lines=None).delete()
    update(order, now, hook, status=_status(order))


def _status(order: Order) -> Status:
    """As saleor/order/utils.py determine_order_status."""
    sums = order.lines.aggregate(all=Sum("quantity"), out=Sum("fulfilled"))
    back = FulfilmentLine.objects.filter(fulfilment__order=order, fulfilment__status=Fulfilment.Status.RETURNED)
    returned = back.aggregate(sum=Sum("quantity"))["sum"] or 0
    if not sums["out"]:
        return Status.UNFULFILLED
    if returned:
        return Status.RETURNED if returned == sums["all"] else Status.PARTIALLY_RETURNED
    return Status.PARTIALLY_FULFILLED if sums["out"] < sums["all"] else Status.FULFILLED
