"""Lost demand, for the buyer: what customers wait for, how many of them, and what that is worth."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from ..catalogue import BACK_IN_STOCK

# What is wanted and not there, by variant and channel. Who has their turn waits, too. Of weaker interest it counts what
# has not been there since, whether its customer was shown something else meanwhile or not. One pass over all that is
# wanted, by crm_stock_interest_wanted where most of what is kept has ended (100,000 requests: 0.15 s on two cores).
_WANTED = """
SELECT one.variant_id, one.channel,
    count(*) FILTER (WHERE one.kind = 'request') AS waiting,
    count(*) FILTER (WHERE one.kind = 'cart') AS in_carts,
    count(*) FILTER (WHERE one.kind = 'view') AS looked,
    count(*) FILTER (WHERE one.kind <> 'request') AS weaker,
    min(one.asked_at) AS since
FROM crm_stock_interest one
LEFT JOIN crm_stock_watch watch USING (variant_id, channel)
WHERE one.state IN ('waiting', 'told') AND one.expires_at > %(now)s
    AND (one.kind <> 'request' OR one.state = 'waiting')
    AND (one.kind = 'request' OR one.asked_at > coalesce(watch.came_back_at, '-infinity'))
    AND (%(channel)s::text IS NULL OR one.channel = %(channel)s)
GROUP BY one.variant_id, one.channel
"""

# One page: the rest is read for what it shows. Who waits is found by crm_stock_interest_wanted, too, their values and
# runs by their unique keys.
PAGE = f"""
WITH page AS MATERIALIZED (
    SELECT * FROM ({_WANTED}) wanted
    WHERE %(variant)s::text IS NULL OR (-waiting, -weaker, variant_id, channel)
        > (-%(waiting)s::bigint, -%(weaker)s::bigint, %(variant)s, %(in_channel)s)
    ORDER BY -waiting, -weaker, variant_id, channel LIMIT %(limit)s
)
SELECT page.variant_id, page.channel, coalesce(watch.product_id, ''), page.waiting, page.in_carts, page.looked,
    page.since, watch.sold, watch.units, watch.price, coalesce(watch.currency, ''),
    worth.valued, worth.expected, told.told, told.bought
FROM page
LEFT JOIN crm_stock_watch watch USING (variant_id, channel)
CROSS JOIN LATERAL (
    SELECT count(*) AS valued, coalesce(sum(value.expected_value), 0) AS expected
    FROM crm_stock_interest one
    JOIN crm_lifetime_value value ON value.contact_id = one.contact_id AND value.currency = watch.currency
    WHERE one.variant_id = page.variant_id AND one.channel = page.channel AND one.kind = 'request'
        AND one.state = 'waiting' AND one.expires_at > %(now)s
) worth
CROSS JOIN LATERAL (
    SELECT count(*) AS told, count(run.recovered_order_id) AS bought
    FROM crm_stock_interest one
    LEFT JOIN crm_enrolment run ON run.flow = %(flow)s AND run.subject_id = one.id::text
    WHERE one.variant_id = page.variant_id AND one.channel = page.channel AND one.kind = 'request'
        AND one.state = 'told'
) told
ORDER BY -page.waiting, -page.weaker, page.variant_id, page.channel
"""  # noqa: S608 - of constants

TOTALS = f"""
SELECT coalesce(watch.currency, ''), count(*), sum(wanted.waiting), coalesce(sum(wanted.waiting * watch.price), 0)
FROM ({_WANTED}) wanted LEFT JOIN crm_stock_watch watch USING (variant_id, channel)
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - of constants


class Position(NamedTuple):
    """Where an entry stands in the list."""

    waiting: int
    weaker: int
    variant_id: str
    channel: str


@dataclass(frozen=True)
class Demand:
    """How much a variant is wanted in a channel (slug), where not enough of it is there.

    ``waiting`` customers asked to be told and wait, those whose turn it is included; guests who have not confirmed
    their address are not. ``in_carts`` is how many had it in a cart when it sold out, ``looked`` how many came back to
    look at it. ``since`` is when the first of all of them said so. ``sold`` and ``units`` (None: it never runs out) are
    as last seen, as is ``price``: as the shop entered it, None where it has none, in ``currency`` ("" where the shop
    does not have it any more). ``expected`` is what the ``valued`` customers among the waiting are expected to bring in
    12 months, in ``currency``. ``told`` customers were told that it is there, as far back as that is kept, and
    ``bought`` of them ordered it soon after.
    """

    variant_id: str
    channel: str
    product_id: str
    waiting: int
    in_carts: int
    looked: int
    since: datetime
    sold: bool
    units: int | None
    price: Decimal | None
    currency: str
    valued: int
    expected: Decimal
    told: int
    bought: int

    @property
    def lost(self) -> Decimal | None:
        """What the waiting customers would have paid for one each, at today's price."""
        return None if self.price is None else self.waiting * self.price

    @property
    def position(self) -> Position:
        return Position(self.waiting, self.in_carts + self.looked, self.variant_id, self.channel)


@dataclass(frozen=True)
class Total:
    """All that is wanted in one currency, at today's prices. ``currency`` is "" for what the shop does not have."""

    currency: str
    variants: int  # in channels: one in two channels counts twice
    waiting: int
    lost: Decimal


def demand(channel: str | None, now: datetime, after: Position | None, limit: int) -> list[Demand]:
    """What is wanted most in a channel, or in all: by how many wait, then by how many had it in a cart or looked.

    At most ``limit`` after a position. One statement: it counts all that is wanted, and reads the rest of what it
    shows.
    """
    begin = after or Position(0, 0, "", "")
    asked = {
        "channel": channel,
        "now": now,
        "limit": limit,
        "flow": BACK_IN_STOCK.key,
        "waiting": begin.waiting,
        "weaker": begin.weaker,
        "variant": begin.variant_id if after else None,
        "in_channel": begin.channel,
    }
    return [Demand(*row) for row in _rows(PAGE, asked)]


def totals(channel: str | None, now: datetime) -> list[Total]:
    """All that is wanted in a channel, or in all, by currency. One statement."""
    return [Total(*row) for row in _rows(TOTALS, {"channel": channel, "now": now})]


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())
