"""The end of codes that nobody used: they are switched off in the shop, and their budget is free again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from ..among import Among
from ..config import POINTS
from ..shop.port import Shop
from . import budget
from .models import Grant

# After its end, so that an order that was made in its last moment is not overtaken.
GRACE = timedelta(hours=1)
_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Swept:
    """How many codes were looked at, and those that ended."""

    looked: int
    ended: list[Grant]


def first_look(tier: str, ends_at: datetime, now: datetime) -> datetime:
    """When a new code is looked at: after its end. One for points every day: whoever lost it wants the points back."""
    return min(ends_at + GRACE, now + _AGAIN) if tier == POINTS else ends_at + GRACE


def due(now: datetime, *, points: bool) -> QuerySet[Grant]:
    """Codes that have to be looked at, the longest due first: those for points, or all others.

    Served by crm_voucher_grant_due.
    """
    rows = Grant.objects.filter(state=Grant.State.GRANTED, look_at__lte=now).order_by("look_at", "pk")
    return rows.filter(tier=POINTS) if points else rows.exclude(tier=POINTS)


def expire(
    shop: Shop, now: datetime, *, points: bool = False, of: Collection[int] | None = None, limit: int = 1000
) -> Swept:
    """End codes that are over: those whose time is over, and those that the shop's staff switched off or deleted.

    ``of``: only codes of these contacts, and of nobody. One that is in an order stays, or that is just being paid with:
    the order says what becomes of it. Call it until it has looked at none.
    """
    with transaction.atomic():
        found = due(now, points=points)
        if of is not None:
            found = found.filter(Q(contact_id=None) | Q(Among("contact_id", of)))
        # Read once: what is due by the time that the tiers are held may be of others.
        tiers = dict(found.values_list("pk", "tier")[:limit])
        budget.hold(set(tiers.values()))
        rows = {
            one.code: one
            for one in Grant.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(pk__in=list(tiers), state=Grant.State.GRANTED)
            .order_by("pk")
        }
        if not rows:
            return Swept(0, [])
        over = [code for code, one in rows.items() if one.expires_at + GRACE <= now]
        good = shop.deactivate_codes(over) if over else set()
        usage = shop.code_usage([code for code in rows if code not in good])
        ended: dict[str, list[Grant]] = defaultdict(list)
        kept = []
        for code, one in rows.items():
            what = usage.get(code)
            if code in good:
                ended[Grant.State.EXPIRED].append(one)
            elif what is not None and (what.in_use or what.active):
                one.look_at = now + _AGAIN
                kept.append(one)
            else:
                past = one.expires_at + GRACE <= now
                ended[Grant.State.EXPIRED if past else Grant.State.DEACTIVATED].append(one)
        for state, some in ended.items():
            end(some, Grant.State(state), now)
        Grant.objects.bulk_update(kept, ["look_at"])
    return Swept(len(rows), [one for some in ended.values() for one in some])


def end(grants: Sequence[Grant], state: Grant.State, now: datetime) -> None:
    """Put granted codes, which the caller holds with their tiers, into a last state: they count no more."""
    Grant.objects.filter(pk__in=[one.pk for one in grants]).update(state=state, ended_at=now)
    budget.count((one.tier, one.currency, -1, -one.value) for one in grants)
