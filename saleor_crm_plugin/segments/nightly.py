"""The nightly run: what changed since the last one is computed anew, or everything is. Both lead to the same rows.

A run is one transaction, so that others see the last whole result until the next one is whole; what fails leaves it as
it was, with the notes of what changed. Two at once are impossible: the second returns and says so.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, OperationalError, connection, transaction

from ..config import Settings
from . import gone, lifecycle, lifetime, memberships, rfm, scoring, staging, values
from .models import SegmentState
from .rhythm import limits
from .staging import Run, execute

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]
EVERY = timedelta(days=1)
_ATTEMPTS = 3

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('saleor_crm'), hashtext('segments'))"
# Sorts of all customers fit into this. Compiling statements that run once costs more than it saves. Those who changed
# are found by index, and not by reading everybody, which PostgreSQL would prefer on the slow disks it was tuned for.
_TUNE = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1"


@dataclass(frozen=True)
class Outcome:
    """What a run did. ``busy``: nothing, since another one is at it."""

    busy: bool = False
    rebuilt: bool = False
    contacts: int = 0  # computed anew because of what they did
    entered: int = 0  # memberships that began


def run(settings: Settings, now: datetime, progress: Progress | None = None) -> Outcome:
    """Compute what changed since the last run, or everything where there was none or the owner's rules changed."""
    return _whole(settings, now, progress, everything=False)


def rebuild(settings: Settings, now: datetime, progress: Progress | None = None) -> Outcome:
    """Compute everything from the facts. ``progress`` is told each step as it begins."""
    return _whole(settings, now, progress, everything=True)


def due(now: datetime) -> bool:
    """Whether the last run is a day ago, or there was none."""
    return not SegmentState.objects.filter(as_of__gt=now - EVERY).exists()


def _whole(settings: Settings, now: datetime, progress: Progress | None, *, everything: bool) -> Outcome:
    """A run, begun again where it and an erasure of several people waited for each other."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _run(settings, now, progress or (lambda step: None), everything)
        except (IntegrityError, OperationalError) as error:
            if attempt == _ATTEMPTS or connection.in_atomic_block:
                raise
            logger.info("CRM: the segments are computed again: %s", type(error.__cause__ or error).__name__)
    raise AssertionError("unreachable")


def _run(settings: Settings, now: datetime, progress: Progress, everything: bool) -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return Outcome(busy=True)
    execute(_TUNE)
    state = SegmentState.objects.first()
    rules = _digest(settings)
    reference = state.score_reference if state else now
    if now - reference > scoring.REBASE_AFTER * settings.score.half_life:
        reference, everything = now, True
    everything = everything or state is None or state.rules != rules
    one = Run(settings, now, state.as_of if state else None, everything)
    progress("what changed")
    contacts = staging.begin(one)
    progress("purchases per customer")
    values.refresh(one)
    progress("RFM")
    rfm.rebuild(one) if everything else rfm.refresh(one)
    progress("scores")
    scoring.refresh(one, reference)
    before = limits(settings.season)
    refitted = everything or lifetime.due(now)
    if refitted:
        progress("lifetime values")
        lifetime.refresh(one)
    progress("lifecycle")
    lifecycle.refresh(replace(one, everything=everything or limits(settings.season) != before))
    progress("memberships")
    newest = gone.newest_membership()
    entered = memberships.apply()
    gone.take_back(one, newest, refitted=refitted)
    _keep(state, SegmentState(as_of=now, rebuilt_at=now if everything or not state else state.rebuilt_at,
                              score_reference=reference, rules=rules))  # fmt: skip
    return Outcome(rebuilt=everything, contacts=contacts, entered=entered)


def _digest(settings: Settings) -> str:
    rules = (settings.rfm, settings.season, sorted(settings.score.points.items()), settings.score.half_life,
             settings.score.tier_a, settings.score.tier_b)  # fmt: skip
    return sha256(repr(rules).encode()).hexdigest()


def _keep(before: SegmentState | None, state: SegmentState) -> None:
    if before is None or any(getattr(before, f.name) != getattr(state, f.name) for f in state._meta.concrete_fields):
        state.save(force_insert=before is None, force_update=before is not None)
