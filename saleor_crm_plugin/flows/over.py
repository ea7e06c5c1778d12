"""Which runs have come to an end, by the exits that their flows declare."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection

from .catalogue import FLOWS, GONE
from .models import Enrolment
from .reasons import Reason

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_HOLDS = "SELECT run.id FROM crm_enrolment run WHERE run.id = ANY(%(runs)s) AND {holds}"


def over(runs: Sequence[Enrolment], now: datetime) -> dict[int, Reason]:
    """Which of these runs are over, and why: the first exit that holds, of those that the database knows. One query for
    each exit of each flow."""
    by_flow: defaultdict[str, list[int]] = defaultdict(list)
    for run in runs:
        by_flow[run.flow].append(run.pk)
    found: dict[int, Reason] = {}
    with connection.cursor() as cursor:
        for flow, keys in by_flow.items():
            for way_out in FLOWS.get(flow, GONE).ends:
                if way_out.holds:
                    cursor.execute(_HOLDS.format(holds=way_out.holds), {"runs": keys, "now": now, "upto": _EVER})
                    for (key,) in cursor.fetchall():
                        found.setdefault(key, way_out.reason)
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
