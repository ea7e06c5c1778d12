"""Spending points, and taking that back: all or nothing, and once under one name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from .ledger import SOON, Params, append, hold, holding, settle
from .models import Entry
from .refusals import NotEnoughPoints, Refusal, SourceUsed, UnknownContact, UnknownRedemption
from .soonest import Wish, available, check, made, take

# Whose points a redemption took. By the unique key of entries, which begins with the source.
_CONTACTS = """
SELECT DISTINCT lot.contact_id FROM crm_loyalty_entry entry JOIN crm_loyalty_lot lot ON lot.id = entry.lot_id
WHERE entry.source = ANY(%(sources)s) AND entry.kind = 'redeem'
"""

# What redemptions took and was not given back goes to where it came from. A lot that has expired meanwhile lives a
# while again, but only for these points: what else was left of it expires first. One that is still valid keeps its
# time, or else spending a point and taking that back would lengthen the life of all the others.
_RESTORE = """
SELECT lot_id, kind, points, source, due, '', ''
FROM (
    WITH taken AS (
        SELECT entry.lot_id, entry.source, -entry.points AS points FROM crm_loyalty_entry entry
        WHERE entry.source = ANY(%(sources)s) AND entry.kind = 'redeem' AND NOT EXISTS (
            SELECT FROM crm_loyalty_entry restored
            WHERE restored.source = entry.source AND restored.kind = 'restore' AND restored.lot_id = entry.lot_id
        )
    ), lot AS (
        SELECT *, CASE WHEN due_at <= %(now)s THEN %(soon)s ELSE due_at END AS due FROM crm_loyalty_lot
        WHERE id IN (SELECT lot_id FROM taken)
    )
    SELECT id AS lot_id, 'expire' AS kind, -points AS points, (moves + 1)::text AS source, due FROM lot
    WHERE points > 0 AND due_at <= %(now)s
    UNION ALL
    SELECT lot_id, 'restore', taken.points, taken.source, due FROM taken JOIN lot ON lot.id = taken.lot_id
) movement
"""


@dataclass(frozen=True)
class Redemption:
    """Points that a contact spent under a name."""

    contact_id: int
    points: int
    source: str


def redeem(contact_id: int, points: int, source: str, now: datetime) -> Redemption:
    """Spend earned points, those that expire soonest first.

    ``source`` says what for, such as "voucher:<id>" (1 to 80 characters, never of two contacts). Asked again, it
    answers the same and takes nothing. Raises NotEnoughPoints; SourceUsed if something else was spent under the name,
    or if it was taken back since; UnknownContact.
    """
    answer = redeem_many([Wish(contact_id, points, source)], now)[source]
    if isinstance(answer, Refusal):
        raise answer
    return answer


def redeem_many(wishes: Sequence[Wish], now: datetime) -> dict[str, Redemption | Refusal]:
    """The same for many contacts, one wish of each. Answers by source. A constant number of queries."""
    check(wishes)
    if any(wish.points < 0 for wish in wishes):
        raise ValueError("Only 1 or more points can be spent.")
    with transaction.atomic():
        held = hold({wish.contact_id for wish in wishes})
        sources = [wish.source for wish in wishes]
        before, back = made(Entry.Kind.REDEEM, sources), made(Entry.Kind.RESTORE, sources)
        settle(held, {"now": now})
        have = available(held, now)
        answers: dict[str, Redemption | Refusal] = {}
        for wish in wishes:
            done = before.get(wish.source)
            if wish.contact_id not in held:
                answers[wish.source] = UnknownContact(wish.contact_id)
            elif done and (wish.source in back or not done.is_the_same(wish.contact_id, -wish.points)):
                answers[wish.source] = SourceUsed(wish.source)
            elif not done and have[wish.contact_id] < wish.points:
                answers[wish.source] = NotEnoughPoints(wish.points, have[wish.contact_id])
            else:
                answers[wish.source] = Redemption(wish.contact_id, wish.points, wish.source)
        granted = [wish for wish in wishes if isinstance(answers[wish.source], Redemption)]
        take(Entry.Kind.REDEEM, [wish for wish in granted if wish.source not in before], now)
    return answers


def take_back(source: str, now: datetime) -> int:
    """Give the points of a redemption back to where they came from, once. Returns how many came back, then or now.

    For a voucher that expired unused. Raises UnknownRedemption.
    """
    answer = take_back_many([source], now).get(source)
    if answer is None:
        raise UnknownRedemption(source)
    return answer


def take_back_many(sources: Collection[str], now: datetime) -> dict[str, int]:
    """The same for many redemptions; the answer lacks those that never were. A constant number of queries."""
    params: Params = {"sources": list(sources), "now": now, "soon": now + SOON}

    def contacts() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(_CONTACTS, params)
            return {row[0] for row in cursor.fetchall()}

    with holding(contacts) as held:
        append(_RESTORE, params)
        settle(held, params)
        return {source: back.points for source, back in made(Entry.Kind.RESTORE, sources).items()}
