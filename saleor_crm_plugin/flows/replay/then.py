"""How the subjects of rehearsed runs stood at a moment of the past: the same questions that a decision asks."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ..catalogue import ABANDONED_CART, FLOWS, GONE
from ..models import Enrolment
from ..reasons import Reason
from ..situation import Situation
from . import queries
from .people import Person

# One run, the person whom it is about, and the moment.
Asked = tuple[Enrolment, Person, datetime]


def situations(asked: Sequence[Asked]) -> dict[int, Situation]:
    """By run. One statement for each exit of each flow, however many runs."""
    over = _over(asked)
    return {run.pk: _situation(run, person, over.get(run.pk)) for run, person, _ in asked}


def _situation(run: Enrolment, person: Person, over: Reason | None) -> Situation:
    if run.flow != ABANDONED_CART.key:
        return Situation(over=over or _better_code(run, person), country=person.contact.country)
    cart = person.carts[run.subject_id]
    if cart.ordered:
        over = Reason.ORDERED
    elif not cart.filled:
        over = over or Reason.CART_EMPTIED
    return Situation(over=over, changed_at=cart.touched_at, country=cart.country)


def _better_code(run: Enrolment, person: Person) -> Reason | None:
    """As ``exits.better_code``, of a code that this rehearsal granted."""
    flow = FLOWS.get(run.flow, GONE)
    better = [one for one in person.runs.values() if one.flow == flow.yields_to and one.arm == Enrolment.Arm.TREATED]
    return Reason.BETTER_CODE if any(one.arm_at and one.arm_at > run.basis for one in better) else None


def _over(asked: Sequence[Asked]) -> dict[int, Reason]:
    """Which runs had come to an end, and why: the first exit of the flow that held."""
    by_flow: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by_flow[one[0].flow].append(one)
    found: dict[int, Reason] = {}
    for key, some in by_flow.items():
        flow = FLOWS.get(key, GONE)
        params = _params(some)
        exits = [(one.then or one.holds, one.reason) for one in flow.ends if one.holds]
        if flow.of_people:
            exits.append((queries.NOWHERE, Reason.NOT_SOLD))
        for holds, reason in exits:
            for number in _those(holds, params):
                found.setdefault(number, reason)
    return found


def _those(holds: str, params: dict[str, Any]) -> list[int]:
    moment = {"now": "run.asked_at", "upto": "run.asked_at"}
    with connection.cursor() as cursor:
        cursor.execute(queries.HOLDS.format(holds=holds % moment), params)
        return [number for (number,) in cursor.fetchall()]


def _params(asked: Sequence[Asked]) -> dict[str, Any]:
    runs = [run for run, _, _ in asked]
    return {
        "ids": [run.pk for run in runs],
        "flows": [run.flow for run in runs],
        "subjects": [run.subject_id for run in runs],
        "contacts": [run.contact_id for run in runs],
        "bases": [run.basis for run in runs],
        "enrolled": [run.enrolled_at for run in runs],
        "abouts": [json.dumps(run.about) for run in runs],
        "asked": [at for _, _, at in asked],
    }
