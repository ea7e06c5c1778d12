"""What time does to points: pending ones become earned, earned ones expire."""

from datetime import datetime

from django.db import connection, transaction

from ...config import LoyaltyRules
from .ledger import Others, Params, append, hold, settle

# Whose lots are due, the oldest first. Served by the partial index crm_loyalty_lot_due: its cost grows with what is
# due, not with what exists.
DUE = """
SELECT contact_id FROM crm_loyalty_lot WHERE points > 0 AND due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
"""

_CONFIRM = """
SELECT id, 'confirm', 0, (moves + 1)::text, %(expires)s::timestamptz, '', '' FROM crm_loyalty_lot
WHERE contact_id = ANY(%(contacts)s) AND points > 0 AND due_at <= %(now)s AND earned_at IS NULL
"""

# What debts have left of earned points whose time is over.
_EXPIRE = """
SELECT id, 'expire', -points, (moves + 1)::text, due_at, '', '' FROM crm_loyalty_lot
WHERE contact_id = ANY(%(contacts)s) AND points > 0 AND due_at <= %(now)s AND earned_at IS NOT NULL
"""


def mature(rules: LoyaltyRules, now: datetime, limit: int = 1000) -> int:
    """Do what is due for the contacts of up to ``limit`` due lots. Returns how many moved: call it until none does.

    Points live for their lifetime from the moment at which this finds them, so that a job that was late takes nothing
    from anybody. Contacts that another worker holds are left for the next run.
    """
    params: Params = {"now": now, "limit": limit, "expires": now + rules.lifetime if rules.lifetime else None}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(DUE, params)
            due = {row[0] for row in cursor.fetchall()}
        if not due:
            return 0
        held = hold(due, Others.SKIP)
        params["contacts"] = list(held)
        return append(_CONFIRM, params) + settle(held, params) + append(_EXPIRE, params)
