"""What becomes of a run: its decision is kept, and it goes where the decision leads."""

from collections.abc import Sequence
from datetime import datetime

from ..config import Settings
from .catalogue import FLOWS, GONE
from .enrol import PLAN, due, plan
from .flow import Flow
from .judge import Verdict
from .models import Decision, Enrolment
from .stored import add, store

# Outcomes after which the step is over: the next waits as long as planned.
SAID = (Decision.Outcome.SENT, Decision.Outcome.HELD_OUT)


def record(verdicts: Sequence[tuple[Enrolment, Verdict]], settings: Settings, now: datetime) -> None:
    """Store decisions, and where their runs go on. One that is no news is not stored."""
    decisions = [
        Decision(enrolment=run, step=run.next_step, outcome=verdict.outcome, reason=verdict.reason, at=now)
        for run, verdict in verdicts
        if is_news(run, verdict)
    ]
    for run, verdict in verdicts:
        go_on(run, FLOWS.get(run.flow, GONE), verdict, settings, now)
    add(decisions)
    fields = ["state", "ended_by", "next_step", "basis", "arm", "arm_at", "version", *PLAN]
    store([run for run, _ in verdicts], fields)


def set_arm(run: Enrolment, outcome: Decision.Outcome, now: datetime) -> None:
    """Count a run among those who were held out, or else among those who were treated. The first time holds."""
    if not run.arm:
        held_out = outcome == Decision.Outcome.HELD_OUT
        run.arm, run.arm_at = Enrolment.Arm.HOLDOUT if held_out else Enrolment.Arm.TREATED, now


def is_news(run: Enrolment, verdict: Verdict) -> bool:
    """Whether a decision is not only the last one again."""
    return not (verdict.again_at and run.waits_for == verdict.reason)


def go_on(run: Enrolment, flow: Flow, verdict: Verdict, settings: Settings, now: datetime) -> None:
    """Put a run where its verdict leads: this step again later, the next step, or the end."""
    run.basis = verdict.basis or run.basis
    run.planned_at = verdict.planned_at or run.planned_at
    run.leased_until = None
    if verdict.again_at:
        run.due_at, run.waits_for = verdict.again_at, verdict.reason
        return
    said = verdict.outcome in SAID
    if said:
        set_arm(run, verdict.outcome, now)
    if not verdict.ends:
        run.next_step += 1
    if verdict.ends or run.next_step >= len(flow.steps):
        run.state, run.ended_by = Enrolment.State.FINISHED, verdict.reason
    else:
        plan(run, due(flow, settings, run.next_step, run.basis, now if said else None))
