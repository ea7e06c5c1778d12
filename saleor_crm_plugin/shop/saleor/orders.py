"""Orders as they are now (``facts.py`` tells what of), those of a cart, and those that changed.

Relies on saleor/order/models.py (Order) and its indexes on ``checkout_token`` and ``updated_at``.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from saleor.order.models import Order as SaleorOrder

from saleor_crm_plugin.shop.facts import read_orders as read
from saleor_crm_plugin.shop.port import Changed, Order
from saleor_crm_plugin.shop.saleor.changes import read_changes
from saleor_crm_plugin.shop.saleor.facts import UNREAL, facts
from saleor_crm_plugin.shop.saleor.ids import uuids

_MANY = 100_000  # orders: so many take a blink to count


def read_orders(ids: Sequence[str]) -> dict[str, Order]:
    """Orders by id. Two queries."""
    return read(facts(), [str(key) for key in uuids(ids)])


def read_orders_of_carts(cart_ids: Sequence[str]) -> dict[str, list[str]]:
    """The real orders placed from each cart, oldest first. One query, by the index on ``checkout_token``."""
    tokens = [str(key) for key in uuids(cart_ids)]
    rows = SaleorOrder.objects.filter(checkout_token__in=tokens).exclude(status__in=UNREAL)
    orders: defaultdict[str, list[str]] = defaultdict(list)
    for token, key in rows.order_by("created_at", "pk").values_list("checkout_token", "pk"):
        orders[token].append(str(key))
    return dict(orders)


def read_changed_orders(after: Changed, limit: int) -> list[Changed]:
    """Orders that changed after a point."""
    return read_changes(SaleorOrder.objects, "updated_at", after, limit)


def count_orders() -> int:
    """About how many orders there are. Where PostgreSQL's statistics say many, that is taken for it: counting millions
    takes minutes. Few are counted, since statistics of a young table say anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'order_order'::regclass")
        (estimate,) = cursor.fetchone()
    return int(estimate) if estimate >= _MANY else SaleorOrder.objects.count()
