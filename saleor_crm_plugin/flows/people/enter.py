"""Who enters the flows about customers: found by statements, from what was written down of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ...config import Settings
from ..flow import Flow

# What happened so long before the first mail was due is not written about any more, when a flow is switched on.
LATE = timedelta(days=2)

# Whoever was told something by the flow lately, or held out, stays out; who is erased, or agreed to nothing, does not
# come in at all. A run that ended before anything was said keeps nobody out but of what began before it: what was to be
# said of that is over. The first of several that start at once comes in: one live run per person and flow. Served by
# the index on a run's contact.
_ENTER = """
INSERT INTO crm_enrolment (
    flow, subject_id, contact_id, state, next_step, basis, planned_at, due_at, waits_for, attempts, ended_by, arm,
    about, enrolled_at
)
SELECT DISTINCT ON (starting.contact_id)
    %(flow)s, starting.subject_id, starting.contact_id, 'waiting', 0, starting.basis, starting.basis + %(delay)s,
    greatest(starting.basis + %(delay)s, %(now)s), '', 0, '', '', starting.about, %(now)s
FROM ({starting}) starting
JOIN crm_contact contact ON contact.id = starting.contact_id AND contact.consented AND contact.email IS NOT NULL
WHERE NOT EXISTS (
    SELECT FROM crm_enrolment run
    WHERE run.contact_id = starting.contact_id AND run.flow = %(flow)s
        AND (run.state = 'waiting' OR run.basis >= starting.basis OR run.arm <> '' AND run.next_step > 0 AND (
            %(again_after)s::interval IS NULL OR run.basis + %(again_after)s > starting.basis
        ))
) AND NOT EXISTS (SELECT FROM crm_flow_pause pause WHERE pause.flow = %(flow)s)
ORDER BY starting.contact_id, starting.basis, starting.subject_id
ON CONFLICT DO NOTHING
"""

# Who waits for as long as was set once, and by what is set now for less long. Whatever was put off for another reason
# is left alone. Served by crm_enrolment_due.
_SOONER = """
UPDATE crm_enrolment run
SET planned_at = greatest(run.basis + said.delay, %(now)s), due_at = greatest(run.basis + said.delay, %(now)s)
FROM unnest(%(flows)s::text[], %(delays)s::interval[]) AS said (flow, delay)
WHERE run.flow = said.flow AND run.state = 'waiting' AND run.campaign_id IS NULL AND run.next_step = 0
    AND run.due_at > %(now)s AND run.planned_at = run.due_at AND run.planned_at > run.basis + said.delay
"""


def enter(flow: Flow, settings: Settings, now: datetime) -> int:
    """Enrol whom the flow's trigger finds; nobody while it rests. Returns how many. One statement."""
    if not flow.of_people or not flow.enabled(settings):
        return 0
    delay = flow.steps[0].delay(settings)
    asked: dict[str, Any] = {
        "flow": flow.key,
        "now": now,
        "since": now - delay - LATE,
        "delay": delay,
        "again_after": flow.again_after,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENTER.format(starting=flow.starts.select), asked)
        return int(cursor.rowcount)


def bring_forward(flows: Sequence[Flow], settings: Settings, now: datetime) -> int:
    """Let those who wait for the first mail of these flows wait no longer than is set now. Returns how many. One
    statement. (Where more is set than was, the decision sees it.)"""
    on = [flow for flow in flows if flow.enabled(settings)]
    delays = [flow.steps[0].delay(settings) for flow in on]
    with connection.cursor() as cursor:
        cursor.execute(_SOONER, {"flows": [flow.key for flow in on], "delays": delays, "now": now})
        return int(cursor.rowcount)
