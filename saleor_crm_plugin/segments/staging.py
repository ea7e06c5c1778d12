"""What a run works on: the contacts that it computes anew, and where they belong by what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ..config import Settings

# ``crm_changed`` are the contacts that are computed anew. ``crm_path`` is through which segments facts led a contact,
# the last of them in any case; ``crm_wanted`` is what follows from it for memberships; '' is no segment.
# They live as long as the run's transaction. A second run in one transaction (as in tests) begins with new ones.
_TABLES = """
DROP TABLE IF EXISTS pg_temp.crm_changed, pg_temp.crm_path, pg_temp.crm_wanted;
CREATE TEMPORARY TABLE crm_changed (contact_id bigint PRIMARY KEY) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_path (
    contact_id bigint NOT NULL,
    kind varchar(9) NOT NULL,
    segment varchar(32) NOT NULL,
    since timestamptz NOT NULL,
    cause varchar(24) NOT NULL
) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_wanted (
    contact_id bigint NOT NULL,
    kind varchar(9) NOT NULL,
    currency varchar(3) NOT NULL,
    segment varchar(32) NOT NULL,
    since timestamptz NOT NULL,
    cause varchar(24) NOT NULL
) ON COMMIT DROP
"""

_ALL = "INSERT INTO crm_changed SELECT id FROM crm_contact"

# What was filled a moment ago (a backfill, an import) has no statistics yet, and would be read row by row without them.
_KNOW = "ANALYZE crm_contact, crm_purchase, crm_interaction, crm_cart, crm_cart_change, crm_membership"

# The notes are taken away with the run's transaction: one that fails leaves them to the next. Those whose orders left
# the RFM period since the last run (or came into it again, where the clock or the period was turned back) changed too;
# they are found by the index crm_purchase_placed. Notes of contacts that are gone are only taken away.
CHANGED = """
WITH noted AS (DELETE FROM crm_contact_change RETURNING contact_id),
passed AS (
    SELECT contact_id FROM crm_purchase
    WHERE placed_at > least(%(from)s, %(to)s) AND placed_at <= greatest(%(from)s, %(to)s) AND counts
)
INSERT INTO crm_changed
SELECT id FROM crm_contact WHERE id IN (SELECT contact_id FROM noted UNION SELECT contact_id FROM passed)
"""


@dataclass(frozen=True)
class Run:
    """What one run computes: all contacts, or those that changed since the last run held (``since``)."""

    settings: Settings
    now: datetime
    since: datetime | None  # None: there is nothing yet
    everything: bool


def execute(sql: str, params: Mapping[str, Any] | None = None) -> int:
    """Run a statement. Returns how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def begin(run: Run) -> int:
    """Find out whom the run is about. Returns how many contacts."""
    execute(_TABLES)
    if run.everything or run.since is None:
        execute(_KNOW)
        execute("DELETE FROM crm_contact_change")
        count = execute(_ALL)
    else:
        period = run.settings.rfm.period
        count = execute(CHANGED, {"from": run.since - period, "to": run.now - period})
    execute("ANALYZE crm_changed")
    return count
