"""What changed since: the sweep's reading of a table by (moment, key), which its index on the moment serves.

Relies on ``Checkout.last_change``, ``Order.updated_at`` and ``User.updated_at``: indexed, moved by every ``save()`` of
Saleor.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q

from saleor_crm_plugin.shop.port import Changed
from saleor_crm_plugin.shop.saleor.ids import uuids


def read_changes(
    rows: Any, moment: str, after: Changed, limit: int, keys: Callable[[Iterable[str]], list[Any]] = uuids
) -> list[Changed]:
    """Rows later than a point, in the order of (moment, key). A point without an id stands before all of its moment."""
    beyond = [Q(pk__gt=key) for key in keys([after.id])]
    later = Q(**{f"{moment}__gt": after.changed_at}) | Q(*beyond, **{moment: after.changed_at})
    # The first condition repeats what the second implies: the planner finds the index by it.
    found = rows.filter(Q(**{f"{moment}__gte": after.changed_at}), later).order_by(moment, "pk")[:limit]
    return [Changed(id=str(key), changed_at=changed_at) for key, changed_at in found.values_list("pk", moment)]
