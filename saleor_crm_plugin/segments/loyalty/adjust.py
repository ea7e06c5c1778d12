"""Points that staff give or take, always with a reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from ...config import LoyaltyRules
from ...values import one_line
from .ledger import append, hold, settle
from .models import Entry
from .refusals import NotEnoughPoints, Refusal, SourceUsed, UnknownContact
from .soonest import Wish, available, check, columns, made, take

# A lot for each adjustment that lots at hand do not carry: points that were given, and debts.
_OPEN = """
INSERT INTO crm_loyalty_lot (contact_id, source, rate, worth, points, moves, created_at)
SELECT contact_id, 'adjustment:' || source, 0, 0, 0, 0, %(now)s
FROM unnest(%(contacts)s::bigint[], %(sources)s::text[]) wish (contact_id, source) ORDER BY source
"""
_FILL = """
SELECT lot.id, 'adjust', wish.points, wish.source, CASE WHEN wish.points > 0 THEN %(expires)s::timestamptz END,
    wish.note, wish.staff_id
FROM unnest(%(points)s::integer[], %(sources)s::text[], %(notes)s::text[], %(staff)s::text[])
    wish (points, source, note, staff_id)
JOIN crm_loyalty_lot lot ON lot.source = 'adjustment:' || wish.source
"""


def adjust(
    contact_id: int,
    points: int,
    note: str,
    staff_id: str,
    source: str,
    now: datetime,
    rules: LoyaltyRules,
    *,
    allow_negative: bool = False,
) -> None:
    """Give points (earned at once, they expire like others) or take some, those that expire soonest first.

    ``note`` says why, on one line of 1 to 200 characters; ``source`` names the adjustment (1 to 80 characters): asked
    again, it does nothing. Points that are not there are owed if ``allow_negative``; else raises NotEnoughPoints.
    Raises SourceUsed if something else was done under the name; UnknownContact; ValueError.
    """
    wish = Wish(contact_id, points, source, one_line(note), staff_id)
    refusal = adjust_many([wish], now, rules, allow_negative=allow_negative)[source]
    if refusal:
        raise refusal


def adjust_many(
    wishes: Sequence[Wish], now: datetime, rules: LoyaltyRules, *, allow_negative: bool = False
) -> dict[str, Refusal | None]:
    """The same for many contacts, one wish (of a signed number of points) of each. Answers by source: why not, or None.

    A constant number of queries.
    """
    check(wishes)
    if any(not 1 <= len(wish.note) <= 200 for wish in wishes):
        raise ValueError("An adjustment needs a reason of 1 to 200 characters.")
    with transaction.atomic():
        held = hold({wish.contact_id for wish in wishes})
        before = made(Entry.Kind.ADJUST, [wish.source for wish in wishes])
        settle(held, {"now": now})
        have = available(held, now)
        answers: dict[str, Refusal | None] = {}
        for wish in wishes:
            done = before.get(wish.source)
            answers[wish.source] = None
            if wish.contact_id not in held:
                answers[wish.source] = UnknownContact(wish.contact_id)
            elif done and not done.is_the_same(wish.contact_id, wish.points):
                answers[wish.source] = SourceUsed(wish.source)
            elif not done and not allow_negative and have[wish.contact_id] < -wish.points:
                answers[wish.source] = NotEnoughPoints(-wish.points, have[wish.contact_id])
        new = [wish for wish in wishes if answers[wish.source] is None and wish.source not in before]
        take(Entry.Kind.ADJUST, [replace(wish, points=-wish.points) for wish in new if wish.points < 0], now)
        given = [
            wish if wish.points > 0 else replace(wish, points=min(0, have[wish.contact_id] + wish.points))
            for wish in new
        ]
        _open([wish for wish in given if wish.points], now, rules)
        settle(held, {"now": now})
    return answers


def _open(wishes: Sequence[Wish], now: datetime, rules: LoyaltyRules) -> None:
    params = {"now": now, "expires": now + rules.lifetime if rules.lifetime else None, **columns(wishes)}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, params)
    append(_FILL, params)
