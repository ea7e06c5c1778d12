"""Who enters a flow, and when its next step is due."""

from collections.abc import Sequence
from datetime import datetime

from ..activity.models import Cart
from ..config import Settings
from .catalogue import ABANDONED_CART, Flow
from .models import Decision, Enrolment


def due(flow: Flow, settings: Settings, step: int, basis: datetime, earlier: datetime | None = None) -> datetime:
    """When a step is due: its delay after ``basis``, and as long after the earlier step was decided as planned.

    The second holds the distance between two mails when the first had to wait for the morning.
    """
    delay = flow.steps[step].delay(settings)
    at = basis + delay
    if step and earlier:
        at = max(at, earlier + (delay - flow.steps[step - 1].delay(settings)))
    return at


PLAN = ("planned_at", "due_at", "waits_for", "leased_until", "attempts")


def plan(run: Enrolment, at: datetime) -> None:
    """Plan the next step of a run for a moment, afresh: whoever is just deciding it lets it go. Saved by the caller."""
    run.planned_at = run.due_at = at
    run.waits_for, run.leased_until, run.attempts = "", None, 0


def abandoned_carts(settings: Settings, carts: Sequence[Cart], now: datetime) -> None:
    """Enrol carts that were just touched, or begin their waiting anew.

    Carts without a known person or without lines are left out: the decision ends a run that waits for
    them. So are carts that were left too long ago for a reminder (those of the first sweep), and all while
    the flow is off. A constant number of queries.
    """
    flow = ABANDONED_CART
    if not flow.enabled(settings):
        return
    oldest = now - flow.steps[0].delay(settings) - flow.shelf_life
    wanted = {
        cart.pk: cart
        for cart in carts
        if cart.contact_id and cart.status == Cart.Status.OPEN and cart.changed_at > oldest
    }
    runs = {
        run.subject_id: run
        for run in Enrolment.objects.select_for_update()
        .filter(flow=flow.key, subject_id__in=wanted)
        .order_by("subject_id")
    }
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                flow=flow.key,
                subject_id=cart.pk,
                contact_id=cart.contact_id,
                basis=cart.changed_at,
                planned_at=due(flow, settings, 0, cart.changed_at),
                due_at=due(flow, settings, 0, cart.changed_at),
                enrolled_at=now,
            )
            for cart in wanted.values()
            if cart.pk not in runs
        ],
        ignore_conflicts=True,
    )
    last = _last_said([run.pk for run in runs.values()])
    going_on = [run for run in runs.values() if run.next_step < len(flow.steps) and not run.recovered_order_id]
    for run in going_on:
        cart = wanted[run.subject_id]
        run.contact_id = cart.contact_id
        run.state, run.ended_by = Enrolment.State.WAITING, ""
        run.basis = cart.changed_at
        plan(run, due(flow, settings, run.next_step, cart.changed_at, last.get(run.pk)))
    Enrolment.objects.bulk_update(going_on, ["contact", "state", "ended_by", "basis", *PLAN])


def _last_said(run_ids: Sequence[int]) -> dict[int, datetime]:
    """When the last step of each run was decided for good."""
    rows = Decision.objects.filter(
        enrolment__in=run_ids, outcome__in=[Decision.Outcome.SENT, Decision.Outcome.HELD_OUT]
    ).values_list("enrolment_id", "at")
    last: dict[int, datetime] = {}
    for run_id, at in rows:
        last[run_id] = max(at, last.get(run_id, at))
    return last
