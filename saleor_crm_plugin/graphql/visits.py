"""Who did what a storefront tells: finds or makes the contact, stores the events, and joins the visitor's past."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ..activity import views
from ..activity.interactions import NoRoomError, make_room
from ..config import TrackingRules
from ..contacts import locks, visitors
from ..contacts.identity import holder_of, resolve
from ..shop.port import Shop


def take(
    shop: Shop, rules: TrackingRules, visitor_id: str, user_id: str, seen: Sequence[views.Seen], now: datetime
) -> int:
    """Store what a visitor, an account, or an account at a visitor's computer did. Returns how many events were new.

    Waits for nobody but others who tell of the same visitor; two exceptions are rare: the first event of a month that
    is not there yet, and of an account that the CRM has not met. Events of somebody who was erased are not stored.
    Raises TooMuchError.
    """
    if not seen:
        return 0
    for _ in range(3):  # at first somebody may be unknown, then a month missing
        try:
            recorded = _write(rules, visitor_id, user_id, seen, now)
        except NoRoomError as missing:
            with transaction.atomic():
                locks.alone()
                make_room(missing.moments, views.TABLE)
            continue
        if recorded is not None:
            return recorded
        if not _meet(shop, user_id, now):
            return 0
    return 0


def _write(
    rules: TrackingRules, visitor_id: str, user_id: str, seen: Sequence[views.Seen], now: datetime
) -> int | None:
    """How many events were new, None where the account is nobody's whom we know."""
    scope = "" if visitor_id else f"{user_id}:"
    with transaction.atomic():
        visitors.hold([visitor_id or scope])
        known = visitors.known(visitor_id, user_id)
        if user_id and known.of_user is None:
            return None
        contact = known.of_user or known.of_visitor
        recorded = views.record(seen, visitor_id, contact, scope, rules.a_minute, now)
        if visitor_id and known.of_user and known.of_visitor is None:
            visitors.bind({visitor_id: known.of_user}, now)
            views.join([visitor_id])
        return recorded


def _meet(shop: Shop, user_id: str, now: datetime) -> bool:
    """Meet an account for the first time. False where there is none (any more), where nobody confirmed its address, or
    whose it was is erased."""
    with transaction.atomic():
        locks.share()
        return any(resolve([holder_of(one)], now) for one in shop.customers([user_id]).values() if one.known)
