"""What customers have: the sums of their lots, and their tier."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ...config import LoyaltyRules
from .ledger import SOON, Params
from .tiers import YEAR, Standing, standing

# One row for each contact that has lots. Earned points whose time is over are gone, whether or not the job has
# written that down yet. Served by the index on the lots' contact.
_SUMS = """
SELECT contact_id,
    coalesce(sum(points) FILTER (WHERE live OR owes), 0),
    coalesce(sum(points) FILTER (WHERE pending), 0),
    coalesce(sum(points) FILTER (WHERE live AND due_at <= %(soon)s), 0),
    min(due_at) FILTER (WHERE live),
    coalesce(sum(points) FILTER (WHERE live AND due_at < next_day), 0),
    coalesce(sum(worth) FILTER (WHERE earned_at > %(year_ago)s), 0)
FROM (
    SELECT *, date_trunc('day', min(due_at) FILTER (WHERE live) OVER (PARTITION BY contact_id), 'UTC')
        + interval '24 hours' AS next_day
    FROM (
        SELECT *, earned_at IS NULL AS pending, points < 0 AS owes,
            earned_at IS NOT NULL AND points > 0 AND (due_at IS NULL OR due_at > %(now)s) AS live
        FROM crm_loyalty_lot WHERE contact_id = ANY(%(contacts)s)
    ) lot
) lot
GROUP BY contact_id
"""


@dataclass(frozen=True)
class Account:
    """A customer's points as of a moment.

    ``balance`` is what is earned, not spent and not expired; negative where points were taken back that had been spent.
    ``available`` of it can be spent, ``expiring`` of these end within 30 days; ``next_points`` end first, on the day
    (UTC) of ``next_at`` (None: none ever). ``pending`` ones wait for delivery and the return window. ``year_points``
    are those of orders that were earned in the last 365 days: they decide the tier.
    """

    balance: int
    available: int
    pending: int
    expiring: int
    next_at: datetime | None
    next_points: int
    year_points: int
    standing: Standing


def account(contact_ids: Collection[int], rules: LoyaltyRules, now: datetime) -> dict[int, Account]:
    """The accounts of these contacts, also of those who never had a point. One query."""
    params: Params = {"contacts": list(contact_ids), "now": now, "soon": now + SOON, "year_ago": now - YEAR}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, params)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return {contact: _account(rules, *rows.get(contact, (0, 0, 0, None, 0, 0))) for contact in contact_ids}


def _account(
    rules: LoyaltyRules,
    balance: int,
    pending: int,
    expiring: int,
    next_at: datetime | None,
    next_points: int,
    year_points: int,
) -> Account:
    # More than that can only expire for a moment, between a merge of people and the next look at what they owe.
    most = max(int(balance), 0)
    return Account(
        balance=int(balance),
        available=most,
        pending=int(pending),
        expiring=min(int(expiring), most),
        next_at=next_at,
        next_points=min(int(next_points), most),
        year_points=int(year_points),
        standing=standing(rules, int(year_points)),
    )
