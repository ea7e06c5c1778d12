"""What customers and staff do in the demo shop: each action changes the tables and fires its hook.

Hooks are as unreliable as Saleor's: they run after the commit, nothing depends on them, and a caller
may put another hook in the place of ``announce`` to lose, hold back, repeat or reorder them
(``hook=lost``, ``hook=box.append_pair``). Every action takes the moment at which it happens.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F

from .models import Channel, Checkout, CheckoutLine, Fulfilment, Order, OrderLine, Price, Status, Stock, User
from .pricing import net, offers_of
from .vouchers import discount, take_off

Hook = Callable[[str, str], None]
log = logging.getLogger(__name__)

# Who is told of changes: called with a kind ("cart", "order", "customer", "stock") and the object's id.
listeners: list[Hook] = []


class NotPossible(Exception):  # noqa: N818 - it is an answer to a customer
    """The shop refuses: an empty cart is ordered, a cancelled order refunded."""


def announce(kind: str, object_id: str) -> None:
    """Tell every listener. What one of them raises reaches neither the others nor the customer."""
    for listener in list(listeners):
        try:
            listener(kind, object_id)
        except Exception:
            log.exception("A listener failed on %s %s.", kind, object_id)


def lost(kind: str, object_id: str) -> None:
    """A hook that gets lost."""


@transaction.atomic
def create_cart(
    *,
    channel: str,
    now: datetime,
    email: str = "",
    user_id: str | None = None,
    language: str = "en",
    country: str = "",
    metadata: Mapping[str, str] | None = None,
    cart_id: UUID | None = None,
    hook: Hook = announce,
) -> str:
    """A new, empty cart, under the id that is given. Returns its id."""
    cart = Checkout.objects.create(
        id=cart_id or uuid4(),
        email=email,
        user_id=int(user_id) if user_id else None,
        channel=Channel.objects.get(slug=channel),
        language=language,
        country=country,
        metadata=dict(metadata or {}),
        created_at=now,
        changed_at=now,
    )
    after_commit(hook, "cart", cart.pk)
    return str(cart.pk)


@transaction.atomic
def add_line(cart_id: str, variant_id: str, quantity: int = 1, *, now: datetime, hook: Hook = announce) -> None:
    """Put units of a variant into the cart, on top of those that are there."""
    cart = touched(cart_id, now)
    price = Price.objects.get(variant_id=int(variant_id), channel_id=cart.channel_id)
    line, created = CheckoutLine.objects.get_or_create(
        checkout=cart, variant_id=int(variant_id), defaults={"quantity": quantity, "unit_price": price.price}
    )
    if not created:
        CheckoutLine.objects.filter(pk=line.pk).update(quantity=F("quantity") + quantity, unit_price=price.price)
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def set_quantity(cart_id: str, variant_id: str, quantity: int, *, now: datetime, hook: Hook = announce) -> None:
    """Change how many units of a line are wanted. 0 removes the line."""
    if quantity == 0:
        remove_line(cart_id, variant_id, now=now, hook=hook)
        return
    cart = touched(cart_id, now)
    cart.lines.filter(variant_id=int(variant_id)).update(quantity=quantity)
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def remove_line(cart_id: str, variant_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """Take a line out of the cart."""
    cart = touched(cart_id, now)
    cart.lines.filter(variant_id=int(variant_id)).delete()
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def set_email(cart_id: str, email: str, *, now: datetime, hook: Hook = announce) -> None:
    """Say (or change) where mails about this cart go."""
    cart = touched(cart_id, now)
    Checkout.objects.filter(pk=cart.pk).update(email=email)
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def set_metadata(cart_id: str, metadata: Mapping[str, str], *, now: datetime, hook: Hook = announce) -> None:
    """Add or replace entries of the cart's metadata, such as the consent box."""
    cart = touched(cart_id, now)
    Checkout.objects.filter(pk=cart.pk).update(metadata={**cart.metadata, **metadata})
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def add_code(cart_id: str, code: str, *, now: datetime, hook: Hook = announce) -> None:
    """Use a voucher for the cart. Raises NotPossible where its code is not good for it."""
    cart = touched(cart_id, now)
    if discount(code, cart.channel_id, goods_of(cart), now) is None:
        raise NotPossible("This code is not valid here.")
    Checkout.objects.filter(pk=cart.pk).update(voucher_code=code)
    after_commit(hook, "cart", cart.pk)


@transaction.atomic
def place_order(
    cart_id: str,
    *,
    now: datetime,
    paid: bool = True,
    confirmed: bool = True,
    order_id: UUID | None = None,
    hook: Hook = announce,
) -> str:
    """Turn the cart into an order at today's prices. The cart is gone then. Returns the order's id.

    One that is not ``confirmed`` waits for a member of staff, who may still edit it.
    """
    cart = Checkout.objects.select_for_update(of=("self",)).select_related("user").get(pk=UUID(cart_id))
    lines = list(cart.lines.select_related("variant__product").order_by("variant_id"))
    if not lines:
        raise NotPossible("An empty cart can't be ordered.")
    offers = offers_of(line.variant_id for line in lines)
    prices = {line.pk: offers[line.variant_id, cart.channel_id].price for line in lines}
    goods = sum((prices[line.pk] * line.quantity for line in lines), start=Decimal(0))
    off = take_off(cart, goods, now)
    if off is None:
        raise NotPossible("The code of the cart is no longer valid.")
    name = f"{cart.user.first_name} {cart.user.last_name}".strip() if cart.user else ""
    order = Order.objects.create(
        id=order_id or uuid4(),
        number=next_number(),
        status=Status.UNFULFILLED if confirmed else Status.UNCONFIRMED,
        checkout_id=cart.pk,
        user=cart.user,
        email=cart.email or (cart.user.email if cart.user else ""),
        channel_id=cart.channel_id,
        language=cart.language,
        country=cart.country,
        billing_name=name,
        shipping_name=name,
        total=goods - off,
        voucher_code=cart.voucher_code,
        discount=off,
        paid=paid,
        placed_at=now,
        changed_at=now,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price=prices[line.pk],
            net=net(
                prices[line.pk] * line.quantity * (1 - off / goods if goods else 1),
                cart.country,
                gift_card=(card := line.variant.product.gift_card),
            ),
            gift_card=card,
        )
        for line in lines
    )
    for line in [] if cart.paying else lines:  # in the order of variants, so that two orders can't lock each other out
        sell(line.variant_id, line.quantity, hook)
    cart.delete()
    after_commit(hook, "order", order.pk)
    return str(order.pk)


@transaction.atomic
def cancel_order(order_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """Cancel an order of which nothing has been handed over; its units can be sold again."""
    order = locked(order_id)
    if order.status == Status.CANCELED:
        return
    if order.fulfilments.filter(status=Fulfilment.Status.FULFILLED).exists():
        raise NotPossible("What was handed over can only be returned.")
    for line in order.lines.order_by("variant_id"):
        if line.variant_id is not None:
            put_back(line.variant_id, line.quantity, hook)
    update(order, now, hook, status=Status.CANCELED)


@transaction.atomic
def refund_order(order_id: str, amount: Decimal, *, now: datetime, hook: Hook = announce) -> None:
    """Give a part of a paid order, or all of it, back."""
    order = locked(order_id)
    if not order.paid or order.refunded + amount > order.total:
        raise NotPossible("Only what was paid can be given back.")
    update(order, now, hook, refunded=order.refunded + amount)


@transaction.atomic
def set_stock(variant_id: str, quantity: int, *, hook: Hook = announce) -> None:
    """Count a variant: so many units can be sold now."""
    Stock.objects.update_or_create(variant_id=int(variant_id), defaults={"quantity": quantity})
    after_commit(hook, "stock", variant_id)


@transaction.atomic
def set_price(variant_id: str, price: Decimal, *, was: Decimal | None = None, hook: Hook = announce) -> None:
    """Sell a variant for so much in every channel, in its currency. ``was``: without a promotion, else the same."""
    Price.objects.filter(variant=int(variant_id)).update(price=price, undiscounted=was or price)
    after_commit(hook, "stock", variant_id)


@transaction.atomic
def confirm_customer(user_id: str, *, now: datetime, hook: Hook = announce) -> None:
    """Somebody proved that an account's address is theirs."""
    User.objects.filter(pk=int(user_id)).update(confirmed=True, changed_at=now)
    after_commit(hook, "customer", user_id)


@transaction.atomic
def delete_customer(user_id: str, *, hook: Hook = announce) -> None:
    """Delete an account with its carts; its orders stay, nameless."""
    User.objects.filter(pk=int(user_id)).delete()
    after_commit(hook, "customer", user_id)


def next_number() -> int:
    """The next order's number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sandbox_order_number')")
        return int(cursor.fetchone()[0])


def goods_of(cart: Checkout) -> Decimal:
    """What a cart's goods cost now, before any voucher."""
    offers = offers_of(cart.lines.values_list("variant_id", flat=True))
    return sum(
        (offers[line.variant_id, cart.channel_id].price * line.quantity for line in cart.lines.all()), Decimal(0)
    )


def touched(cart_id: str, now: datetime) -> Checkout:
    """The cart, locked, its last change moved to now."""
    cart = Checkout.objects.select_for_update().get(pk=UUID(cart_id))
    Checkout.objects.filter(pk=cart.pk).update(changed_at=now)
    return cart


def locked(order_id: str) -> Order:
    """An order that only we change until the transaction ends."""
    return Order.objects.select_for_update().get(pk=UUID(order_id))


def update(order: Order, now: datetime, hook: Hook, **changes: object) -> None:
    """Change an order and tell of it."""
    Order.objects.filter(pk=order.pk).update(changed_at=now, **changes)
    after_commit(hook, "order", order.pk)


def sell(variant_id: int, quantity: int, hook: Hook) -> None:
    """Take so many units out of the stock (a negative number puts them back). Raises NotPossible if they lack."""
    if not Stock.objects.filter(variant_id=variant_id, quantity__gte=quantity).update(
        quantity=F("quantity") - quantity
    ):
        raise NotPossible("A line of the cart is sold out.")
    after_commit(hook, "stock", variant_id)


def put_back(variant_id: int, quantity: int, hook: Hook) -> None:
    """So many units can be sold again, if the shop still counts the variant."""
    Stock.objects.filter(variant_id=variant_id).update(quantity=F("quantity") + quantity)
    after_commit(hook, "stock", variant_id)


def after_commit(hook: Hook, kind: str, object_id: object) -> None:
    """Tell of a change once it is there."""
    transaction.on_commit(partial(hook, kind, str(object_id)), robust=True)
