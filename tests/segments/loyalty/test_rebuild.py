"""The proof of every balance, from the movements alone."""

from datetime import timedelta

import pytest

from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.rebuild import Difference, prove, repair
from saleor_crm_plugin.segments.loyalty.spend import redeem, take_back
from tests.segments.loyalty.ledgers import (
    DAY,
    ENDLESS,
    LIFETIME,
    NOW,
    RULES,
    change,
    customer,
    earned,
    has,
    lot,
    order,
)

pytestmark = pytest.mark.django_db


def live() -> None:
    """Everything that can happen to points."""
    ada = customer()
    first, second = earned(ada, 100), earned(ada, 50, rules=ENDLESS)
    third = order(ada, 20)
    redeem(ada, 120, "v1", NOW)
    adjust(ada, 10, "Sorry", "7", "a1", NOW, RULES)
    change(first, refunded=60)
    change(second, real=False)
    change(third, fulfilled_at=NOW)
    mature(RULES, NOW + 40 * DAY)
    take_back("v1", NOW + LIFETIME)
    mature(RULES, NOW + 2 * LIFETIME)
    adjust(ada, -500, "Fraud", "7", "a2", NOW, RULES, allow_negative=True)


def test_everything_that_can_happen_is_proven() -> None:
    live()

    assert set(Entry.objects.values_list("kind", flat=True)) == set(Entry.Kind)
    proof = prove()
    assert (proof.lots, proof.contacts, proof.differences) == (Lot.objects.count(), 1, ())


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("points", 1234), ("worth", 1234), ("moves", 99), ("earned_at", None), ("due_at", NOW + timedelta(days=77))],
)
def test_a_lot_that_is_not_what_its_movements_say_is_told_and_repaired(field: str, wrong: object) -> None:
    ada = customer()
    bought = earned(ada, 100)
    earned(customer("bea@example.com"), 100)
    right = getattr(lot(bought), field)
    before = has(ada)
    Lot.objects.filter(source=f"order:{bought}").update(**{field: wrong})

    differences = prove().differences
    repaired = repair()

    assert differences == (Difference(ada, f"order:{bought}", field, wrong, right),)
    assert (repaired, getattr(lot(bought), field)) == (1, right)
    assert has(ada) == before
    assert (prove().differences, repair()) == ((), 0)


def test_a_lot_that_nothing_was_ever_said_of_is_worth_nothing() -> None:
    ada = customer()
    Lot.objects.create(contact_id=ada, source="order:made-up", points=100, earned_at=NOW, created_at=NOW)

    repair()

    assert has(ada).balance == 0


def test_a_movement_that_is_missing_shows() -> None:
    ada = customer()
    earned(ada, 100)
    redeem(ada, 30, "v1", NOW)
    Entry.objects.filter(kind="redeem").delete()

    assert {(one.field, one.stored, one.proven) for one in prove().differences} == {
        ("points", 70, 100),
        ("moves", 3, 2),
    }


def test_an_empty_ledger_is_proven() -> None:
    assert (prove().lots, prove().contacts, prove().differences) == (0, 0, ())


def test_points_were_earned_when_they_first_were() -> None:
    ada = customer()
    bought = earned(ada, 100)

    adjust(ada, -10, "Too much", "7", "a1", NOW + DAY, RULES)

    assert lot(bought).earned_at == NOW
    assert prove().differences == ()


def test_movements_count_in_the_order_in_which_they_were_made_even_where_clocks_differ() -> None:
    bought = order(customer(), 100, fulfilled_at=NOW)

    change(bought, at=NOW - DAY, fulfilled_at=NOW + DAY)

    assert prove().differences == ()
