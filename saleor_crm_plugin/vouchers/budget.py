"""How much of each tier is in use, changed by one worker at a time.

Order in which rows are held, so that no two workers lock each other out: contacts (``people.py``), then tiers by name,
then grants. Tiers are held once in a transaction, all that it can come to: whoever grants some codes and gives back
others begins with ``grant.hold``.
Vouchers for points are no tier: nothing limits them but the points.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from ..config import POINTS
from .models import TierUse

_OPEN = """
INSERT INTO crm_voucher_use (tier, currency, codes, amount) SELECT *, 0, 0 FROM unnest(%s::text[], %s::text[])
ON CONFLICT (tier, currency) DO NOTHING
"""
_HOLD = "SELECT FROM crm_voucher_use WHERE tier = ANY(%s) AND currency = '' ORDER BY tier FOR UPDATE"
_COUNT = """
UPDATE crm_voucher_use used SET codes = used.codes + more.codes, amount = used.amount + more.amount
FROM unnest(%s::text[], %s::text[], %s::integer[], %s::numeric[]) AS more (tier, currency, codes, amount)
WHERE (used.tier, used.currency) = (more.tier, more.currency)
"""


@dataclass
class Use:
    """What is in use of a tier: codes, and what they count for by currency."""

    codes: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)


def hold(tiers: Collection[str]) -> dict[str, Use]:
    """Keep tiers from other workers until the transaction ends. Returns what is in use of each."""
    names = sorted(set(tiers) - {POINTS})
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [names, [""] * len(names)])
        cursor.execute(_HOLD, [names])
    return in_use(names)


def in_use(tiers: Collection[str]) -> dict[str, Use]:
    """What is in use of each tier."""
    found = {tier: Use() for tier in tiers}
    for row in TierUse.objects.filter(tier__in=found):
        if row.currency:
            found[row.tier].amounts[row.currency] = row.amount
        else:
            found[row.tier].codes = row.codes
    return found


def count(changes: Iterable[tuple[str, str, int, Decimal]]) -> None:
    """Add to what is in use of held tiers: tier, currency, and with signs codes and amount. Two statements."""
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for tier, currency, codes, amount in changes:
        if tier != POINTS:
            for key, more in (((tier, ""), Decimal(0)), ((tier, currency), amount)):
                before = sums.get(key, (0, Decimal(0)))
                sums[key] = (before[0] + codes, before[1] + more)
    if sums:
        _write(sums)


def _write(sums: Mapping[tuple[str, str], tuple[int, Decimal]]) -> None:
    rows = [(*key, *more) for key, more in sorted(sums.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, columns[:2])
        cursor.execute(_COUNT, columns)
