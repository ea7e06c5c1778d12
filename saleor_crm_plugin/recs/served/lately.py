"""What people did since the lists were made: what they looked at, what is in their carts, and what they have by now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...shop import reading
from ..interactions import SAYS, Kind

LOOKED_SINCE = timedelta(days=14)
CARTED_SINCE = timedelta(days=30)
HALF_LIFE = 7.0  # days
_LOOKS = 100  # of one person

# Served by crm_view_contact, and by the key, in the months that are concerned.
_VIEWED = """
SELECT who.id, viewed.product_id, viewed.at
FROM unnest(%(who)s::{type}[]) who (id), LATERAL (
    SELECT product_id, max(at) AS at FROM (
        SELECT product_id, at FROM crm_view
        WHERE {column} = who.id AND kind = 'product_view' AND at >= %(since)s AND at <= %(now)s
        ORDER BY at DESC LIMIT %(most)s
    ) newest GROUP BY product_id
) viewed
"""
_OF_CONTACTS = _VIEWED.format(type="bigint", column="contact_id")
_OF_VISITORS = _VIEWED.format(type="text", column="visitor_id")

# Served by the index of contacts.
_CARTED = """
SELECT cart.contact_id, line ->> 'product_id', max(cart.changed_at)
FROM crm_cart cart, jsonb_array_elements(cart.lines) line
WHERE cart.contact_id = ANY(%(who)s::bigint[]) AND cart.status = 'open' AND cart.changed_at >= %(since)s
GROUP BY 1, 2
"""

# Served by crm_purchase_contact and the key of the lines. What came back was theirs once, too, and they know it.
_BOUGHT = """
SELECT purchase.contact_id, line.product_id, max(purchase.placed_at)
FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
WHERE purchase.contact_id = ANY(%(who)s::bigint[]) AND purchase.real AND line.product_id IS NOT NULL
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Signs:
    """Of one person: products and when last. ``bought`` is of all times."""

    viewed: Mapping[str, datetime] = field(default_factory=dict)
    carted: Mapping[str, datetime] = field(default_factory=dict)
    bought: Mapping[str, datetime] = field(default_factory=dict)

    def wanted(self, now: datetime) -> dict[str, float]:
        """How much each product that was looked at or carted and never bought is wanted, the most first."""
        worth: dict[str, float] = {}
        for kind, signs in ((Kind.VIEW, self.viewed), (Kind.CART, self.carted)):
            for product, at in signs.items():
                age = max((now - at).total_seconds(), 0) / 86_400
                worth[product] = max(worth.get(product, 0), SAYS[kind] * 0.5 ** (age / HALF_LIFE))
        left = {product: value for product, value in worth.items() if product not in self.bought}
        return dict(sorted(left.items(), key=lambda one: (-one[1], one[0])))


def of_contacts(contact_ids: Collection[int], now: datetime) -> dict[int, Signs]:
    """What each contact did. Three statements."""
    who = list(contact_ids)
    looked = {"who": who, "since": now - LOOKED_SINCE, "now": now, "most": _LOOKS}
    viewed = _by_person(_OF_CONTACTS, looked)
    carted = _by_person(_CARTED, {"who": who, "since": now - CARTED_SINCE})
    bought = _by_person(_BOUGHT, {"who": who})
    return {one: Signs(viewed.get(one, {}), carted.get(one, {}), bought.get(one, {})) for one in who}


def of_visitors(visitor_ids: Collection[str], now: datetime) -> dict[str, Signs]:
    """What each visitor looked at under this id. One statement.

    Nothing else of whoever it turned out to be: an id is bound to an address by typing it in a checkout, and whoever
    knows the id must not learn what its owner bought.
    """
    who = [one for one in visitor_ids if one]
    looked = {"who": who, "since": now - LOOKED_SINCE, "now": now, "most": _LOOKS}
    viewed = _by_person(_OF_VISITORS, looked) if who else {}
    return {one: Signs(viewed.get(one, {})) for one in visitor_ids}


def viewed_by(contact_ids: Collection[int], since: datetime, now: datetime) -> dict[int, dict[str, datetime]]:
    """What each contact looked at, and when last. One statement."""
    return _by_person(_OF_CONTACTS, {"who": list(contact_ids), "since": since, "now": now, "most": _LOOKS})


def _by_person(statement: str, params: dict[str, Any]) -> dict[Any, dict[str, datetime]]:
    found: dict[Any, dict[str, datetime]] = {}
    with reading.connection().cursor() as cursor:
        cursor.execute(statement, params)
        for who, product, at in cursor.fetchall():
            found.setdefault(who, {})[product] = at
    return found
