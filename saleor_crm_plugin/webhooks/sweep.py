"""The sweep: finds the changes that no hook told of (bulk imports, scripts, a crash between commit and hook)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from ..activity.models import Cart, Purchase
from ..contacts.address import normalise
from ..contacts.models import Contact
from ..shop.port import Changed, Shop
from . import inbox
from .models import InboxItem, SweepCursor

# Rows are stamped before they are committed, so that one with an older stamp can appear after the sweep
# has passed. Looking back this far finds those of transactions that took less long.
OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(days=2)  # after the installation
PAGE = 1000
PAGES = 20  # a run's limit; the next one goes on from there


def sweep(shop: Shop, now: datetime) -> int:
    """Put into the inbox what changed since the last sweep and was not seen. Returns how many objects."""
    found = _follow("carts", InboxItem.Kind.CART, shop.changed_carts, partial(_unseen, Cart), now)
    found += _follow("orders", InboxItem.Kind.ORDER, shop.changed_orders, partial(_unseen, Purchase), now)
    found += _follow("accounts", InboxItem.Kind.CUSTOMER, shop.changed_customers, partial(_unmet, shop), now)
    return found + _vanished_customers(shop, now)


def _follow(
    name: str,
    kind: InboxItem.Kind,
    changed: Callable[[Changed, int], list[Changed]],
    unseen: Callable[[list[Changed]], list[str]],
    now: datetime,
) -> int:
    cursor, _ = SweepCursor.objects.get_or_create(name=name, defaults={"changed_at": now - FIRST_LOOK})
    after = Changed(cursor.object_id, cursor.changed_at)
    if after.changed_at > now - OVERLAP:  # the clock was set back, or the last run stopped amid the newest changes
        after = Changed("", now - OVERLAP)
    found = 0
    for _ in range(PAGES):
        page = changed(after, PAGE)
        ids = unseen(page)
        inbox.hint(kind, ids, now)
        found += len(ids)
        if len(page) < PAGE:
            # All caught up: the next run starts a little earlier than this one.
            after = Changed("", now - OVERLAP)
            break
        after = page[-1]
    SweepCursor.objects.filter(pk=name).update(changed_at=after.changed_at, object_id=after.id)
    return found


def _unseen(facts: type[Cart] | type[Purchase], page: list[Changed]) -> list[str]:
    """Those whose facts do not tell of this change."""
    seen = dict(facts._default_manager.filter(pk__in=[c.id for c in page]).values_list("pk", "changed_at"))
    return [c.id for c in page if seen.get(c.id) != c.changed_at]


def _unmet(shop: Shop, page: list[Changed]) -> list[str]:
    """Accounts whose address is known, but not to us: no hook tells that a password was set, which confirms it."""
    accounts = [one for one in shop.customers([c.id for c in page]).values() if one.known]
    met = dict(Contact.objects.filter(user_id__in=[one.id for one in accounts]).values_list("user_id", "email"))
    return [one.id for one in accounts if met.get(one.id) != normalise(one.email)]


def _vanished_customers(shop: Shop, now: datetime) -> int:
    """Accounts that we know and the shop no longer has: looked at in turn, a page a run."""
    cursor, _ = SweepCursor.objects.get_or_create(name="customers", defaults={"changed_at": now})
    last = int(cursor.object_id or 0)
    page = list(
        Contact.objects.filter(pk__gt=last).exclude(user_id=None).order_by("pk").values_list("pk", "user_id")[:PAGE]
    )
    ids = [str(user_id) for _, user_id in page]
    gone = sorted(set(ids) - set(shop.customers(ids)))
    inbox.hint(InboxItem.Kind.CUSTOMER, gone, now)
    SweepCursor.objects.filter(pk="customers").update(
        object_id=str(page[-1][0]) if len(page) == PAGE else "", changed_at=now
    )
    return len(gone)
