"""Which runs have come to an end: by the exits that their flows declare, or since another run says the same."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from .catalogue import FLOWS, GONE
from .models import Enrolment
from .reasons import Reason

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_HOLDS = "SELECT run.id FROM crm_enrolment run WHERE run.id = ANY(%(runs)s) AND {holds}"

# Two that turn out to be one person may both be in a flow. What one run has said, no other says within the time for
# which nobody gets the same kind twice; of two that wait, the older one speaks. Served by the index on a run's contact.
_SAID = """
SELECT run.id FROM crm_enrolment run
JOIN crm_enrolment other ON other.contact_id = run.contact_id AND other.flow = run.flow AND other.id <> run.id
WHERE run.id = ANY(%(runs)s) AND (
    other.arm <> '' AND other.next_step > 0
    AND (run.next_step = 0 OR (other.arm_at, other.id) < (run.arm_at, run.id)) AND (
        %(again_after)s::interval IS NULL
        OR other.basis > run.basis - %(again_after)s::interval AND other.basis < run.basis + %(again_after)s::interval
    )
    OR other.state = 'waiting' AND other.next_step = 0 AND run.next_step = 0
    AND (other.basis, other.id) < (run.basis, run.id)
)
"""


def over(runs: Sequence[Enrolment], now: datetime) -> dict[int, Reason]:
    """Which of these runs are over, and why: the first exit that holds, of those that the database knows. One query for
    each exit of each flow, and one more for each flow about customers."""
    by_flow: defaultdict[str, list[int]] = defaultdict(list)
    for run in runs:
        by_flow[run.flow].append(run.pk)
    found: dict[int, Reason] = {}
    with connection.cursor() as cursor:
        for key, keys in by_flow.items():
            flow = FLOWS.get(key, GONE)
            for way_out in flow.ends:
                if way_out.holds:
                    cursor.execute(_HOLDS.format(holds=way_out.holds), {"runs": keys, "now": now, "upto": _EVER})
                    for (run,) in cursor.fetchall():
                        found.setdefault(run, way_out.reason)
            if flow.of_people:
                asked: dict[str, Any] = {"runs": keys, "again_after": flow.again_after}
                cursor.execute(_SAID, asked)
                for (run,) in cursor.fetchall():
                    found.setdefault(run, Reason.ALREADY_SAID)
    return found


def of_mails(keys: set[tuple[str, str]], now: datetime) -> dict[tuple[str, str], Reason]:
    """The same of the runs that mails are of: by flow and subject. A run that is not there (any more) is over."""
    found = Enrolment.objects.filter(
        flow__in={flow for flow, _ in keys}, subject_id__in={subject for _, subject in keys}
    )
    runs = {(run.flow, run.subject_id): run for run in found}
    ended = over(list(runs.values()), now)
    gone = dict.fromkeys(keys - set(runs), Reason.FLOW_OFF)
    return gone | {key: ended[run.pk] for key, run in runs.items() if run.pk in ended}
