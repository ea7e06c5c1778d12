"""What orders say of codes: used, by whom, or not used after all."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ..shop.port import Order, Shop
from . import budget, people
from .models import Grant

_COUNTED = (Grant.State.GRANTED, Grant.State.REDEEMED)


def note(shop: Shop, orders: Mapping[str, Order], owners: Mapping[str, int | None], now: datetime) -> int:
    """Store which codes orders were made with, also those of somebody else. Returns how many codes became others.

    ``owners`` are the orders' contacts. A code whose order turned out not to be real is granted again, until the sweep
    has looked whether the shop takes it again; of several orders the first one that is real has it. Two queries where
    no order has to do with a code of ours.
    """
    if not orders:
        return 0
    codes = shop.codes_of_orders([order.id for order in orders.values() if order.real])
    about = Q(redeemed_order_id__in=list(orders)) | Q(code__in=list(codes.values()))
    with transaction.atomic():
        tiers = set(Grant.objects.filter(about).values_list("tier", flat=True))
        if not tiers:
            return 0
        people.hold([owner for owner in owners.values() if owner is not None])
        budget.hold(tiers)
        rows = list(Grant.objects.select_for_update(no_key=True).filter(about).order_by("pk"))
        users: dict[str, Order] = {}
        for order in sorted((orders[key] for key in codes), key=lambda order: (order.placed_at, order.id)):
            users.setdefault(codes[order.id], order)
        changed = [one for one in rows if _tell(one, orders, codes, users.get(one.code), owners, now)]
        Grant.objects.bulk_update(
            changed, ["state", "redeemed_order_id", "redeemed_by", "redeemed_at", "ended_at", "look_at"]
        )
    return len(changed)


def _tell(
    one: Grant,
    orders: Mapping[str, Order],
    codes: Mapping[str, str],
    user: Order | None,
    owners: Mapping[str, int | None],
    now: datetime,
) -> bool:
    """Bring a grant to what orders say. Returns whether that was news."""
    before = (one.state, one.redeemed_order_id, one.redeemed_by_id)
    used_in = one.redeemed_order_id
    if used_in is not None and used_in in orders and codes.get(used_in) != one.code:
        one.state, one.redeemed_order_id, one.redeemed_by_id, one.redeemed_at = Grant.State.GRANTED, None, None, None
        one.look_at = now
    if user and one.redeemed_order_id in (None, user.id):
        if one.state not in _COUNTED:  # it ended in our books while the order was made
            budget.count([(one.tier, one.currency, 1, one.value)])
        one.state, one.redeemed_order_id, one.redeemed_at = Grant.State.REDEEMED, user.id, user.placed_at
        one.redeemed_by_id, one.ended_at = owners.get(user.id) or one.redeemed_by_id, None
    return before != (one.state, one.redeemed_order_id, one.redeemed_by_id)
