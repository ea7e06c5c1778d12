"""Who enters a flow, and when its next step is due."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from ..activity.models import Cart
from ..config import Settings
from .catalogue import ABANDONED_CART
from .flow import Flow
from .models import Decision, Enrolment
from .pauses import takes_in
from .reasons import Reason
from .stored import store


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
    """Enrol carts that were just touched, or begin their waiting anew. The newest cart of a person takes over: the
    runs of others end, so that nobody is in the flow twice.

    Carts without a known person or without lines are left out: the decision ends a run that waits for
    them. So are carts that were left too long ago for a reminder (those of the first sweep), and all while
    the flow is off or rests. A constant number of queries. Call it while the owners are held (``identity.resolve``):
    two workers that meet two carts of one person wait for each other there.
    """
    flow = ABANDONED_CART
    if not takes_in(flow, settings):
        return
    oldest = now - flow.steps[0].delay(settings) - flow.shelf_life
    wanted = {
        cart.pk: cart
        for cart in carts
        if cart.contact_id and cart.status == Cart.Status.OPEN and cart.changed_at > oldest
    }
    if not wanted:
        return
    live = Q(contact_id__in={cart.contact_id for cart in wanted.values()}, state=Enrolment.State.WAITING)
    locked = Enrolment.objects.select_for_update().filter(Q(subject_id__in=wanted) | live, flow=flow.key)
    runs = {run.subject_id: run for run in locked.order_by("subject_id")}
    new = [
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
    ]
    last = _last_said([run.pk for run in runs.values()])
    known = [run for run in runs.values() if run.next_step < len(flow.steps) and not run.recovered_order_id]
    for run in known:
        if cart := wanted.get(run.subject_id):
            run.contact_id = cart.contact_id
            run.state, run.ended_by = Enrolment.State.WAITING, ""
            run.basis = cart.changed_at
            plan(run, due(flow, settings, run.next_step, cart.changed_at, last.get(run.pk)))
    _give_way([*new, *(run for run in known if run.state == Enrolment.State.WAITING)])
    Enrolment.objects.bulk_create(new, ignore_conflicts=True)
    store(known, ["contact", "state", "ended_by", "basis", *PLAN])


def _give_way(live: Sequence[Enrolment]) -> None:
    """End the runs of carts of which the person touched another later."""
    newest: dict[int | None, Enrolment] = {}
    for run in sorted(live, key=lambda run: (run.basis, run.subject_id)):
        newest[run.contact_id] = run
    for run in live:
        if newest[run.contact_id] is not run:
            run.state, run.ended_by, run.leased_until = Enrolment.State.FINISHED, Reason.NEWER_CART, None


def _last_said(run_ids: Sequence[int]) -> dict[int, datetime]:
    """When the last step of each run was decided for good."""
    rows = Decision.objects.filter(
        enrolment__in=run_ids, outcome__in=[Decision.Outcome.SENT, Decision.Outcome.HELD_OUT]
    ).values_list("enrolment_id", "at")
    last: dict[int, datetime] = {}
    for run_id, at in rows:
        last[run_id] = max(at, last.get(run_id, at))
    return last
