"""The worked example of docs/loyalty.md happens as it is told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.spend import redeem
from tests.segments.loyalty.ledgers import RULES, change, customer, has, order

RULES_OF_EXAMPLE = replace(RULES, since=datetime(2026, 1, 1, tzinfo=UTC))


def told() -> list[tuple[int, int]]:
    """(pending, balance) of each row."""
    page = (Path(__file__).parents[3] / "docs" / "loyalty.md").read_text(encoding="utf-8")
    return [(int(a), int(b.replace("−", "-"))) for a, b in re.findall(r"^\|.*\| (\d+) \| (−?\d+) \|$", page, re.M)]


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def lives(ada: int) -> Iterator[datetime]:
    rules = RULES_OF_EXAMPLE
    first = order(ada, 100, total=126, at=at(3, 1), rules=rules)
    yield at(3, 1)
    change(first, fulfilled_at=at(3, 4), at=at(3, 4), rules=rules)
    yield at(3, 4)
    yield at(4, 3)
    redeem(ada, 80, "voucher:1", at(4, 10))
    yield at(4, 10)
    change(first, refunded=Decimal(63), at=at(4, 12), rules=rules)
    yield at(4, 12)
    order(ada, 70, total=84, at=at(5, 1), rules=rules, fulfilled_at=at(5, 6))
    yield at(5, 1)
    yield at(6, 5)
    yield at(6, 5, 2027)


@pytest.mark.django_db
def test_the_example_in_the_documentation_happens_as_it_is_told() -> None:
    ada = customer()
    happened = []

    for moment in lives(ada):
        mature(RULES_OF_EXAMPLE, moment)
        account = has(ada, moment, RULES_OF_EXAMPLE)
        happened.append((account.pending, account.balance))

    assert happened == told()
    assert len(happened) == 8
