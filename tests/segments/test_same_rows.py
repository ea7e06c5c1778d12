"""Nights of small changes and one rebuild lead to the same rows."""

import random

import pytest
from django.db import connection

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.models import Membership, ModelFit
from tests.seeded import seeded
from tests.segments.facts import (
    COMPUTED,
    DAY,
    NOW,
    buy,
    night,
    open_memberships,
    person,
    put_into_cart,
    rows,
    rules,
    versions,
)

TABLES = (*COMPUTED, "crm_membership", "crm_model_fit", "crm_segment_state", "crm_contact_change")


def forget() -> None:
    """Empty what was computed."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")


@seeded(20)
def test_random_nights_lead_to_what_a_rebuild_leads_to(transactional_db: None, seed: int) -> None:
    forget()
    with connection.cursor() as cursor:
        for table in ("crm_cart_change", "crm_cart", "crm_purchase", "crm_contact"):
            cursor.execute(f"DELETE FROM {table}")
    dice = random.Random(seed)
    period, bins = dice.choice(["40 d", "1 year"]), dice.choice(["2", "3", "5", "10"])
    owner = rules(rfm_period=period, rfm_bins=bins, season="30 d")
    people = [person(dice.uniform(0, 500)) for _ in range(dice.choice([1, 2, 3, 12, 40]))]
    day = 0.0
    for _ in range(dice.randrange(2, 7)):
        for _ in range(dice.randrange(0, 40)):
            _act(dice, people, day)
        assert not nightly.run(owner, NOW + day * DAY).busy
        day += dice.choice([0.5, 1, 1, 1, 9, 60])
    end = NOW + day * DAY
    ModelFit.objects.update(fitted_at=NOW - 100 * DAY)  # the rebuild fits anew, and so does the last night
    nightly.run(owner, end)
    kept = {table: rows(table) for table in COMPUTED}
    belonging = {kind: open_memberships(kind) for kind in Membership.Kind.values}
    forget()

    nightly.rebuild(owner, end)

    for table in COMPUTED:
        if table == "crm_score":
            continue
        assert kept[table] == rows(table), table
    scores = zip(kept["crm_score"], rows("crm_score"), strict=True)
    for (contact, tier, points), (same, same_tier, same_points) in scores:
        assert (contact, tier) == (same, same_tier)
        passed = (end - NOW) / owner.score.half_life  # the rebuild's reference is the end
        assert points * 2**-passed == pytest.approx(same_points, rel=1e-6, abs=1e-9)
    for kind, found in belonging.items():
        assert found == open_memberships(kind), kind


def _act(dice: random.Random, people: list[int], day: float) -> None:
    ago = -day + dice.choice([0, 0, dice.uniform(0, 3), dice.uniform(0, 120)])
    act = dice.choice(["buy"] * 6 + ["refund", "cancel", "cart", "erase", "new", "own"])
    orders = list(Purchase.objects.all())
    if act == "buy" and people:
        amount = dice.choice(["10", "10", f"{dice.uniform(1, 300):.2f}", "0"])
        buy(dice.choice(people), ago, amount, dice.choice(["EUR", "EUR", "EUR", "PLN"]))
    elif act == "cart" and people:
        put_into_cart(dice.choice(people), ago)
    elif act == "erase" and dice.random() < 0.4 and people:
        gone = people.pop(dice.randrange(len(people)))
        erase([Contact.objects.get(pk=gone)], NOW + day * DAY)
    elif act == "new":
        people.append(person(-day))
    elif orders:
        order = dice.choice(orders)
        if act == "refund":
            order.refunded = dice.choice([order.total, order.total / 2])
        elif act == "cancel":
            order.real = False
        elif act == "own" and people:
            changes.note([order.contact_id])
            order.contact_id = dice.choice(people)
        order.save(update_fields=["refunded", "real", "contact"])
        changes.note([order.contact_id])


@pytest.mark.django_db
@pytest.mark.parametrize("compute", [nightly.run, nightly.rebuild])
def test_a_second_run_on_the_same_facts_writes_no_row(compute: object) -> None:
    people = [person() for _ in range(30)]
    for n, contact in enumerate(people):
        for k in range(n % 6):
            buy(contact, 3 + n * 7 + k * 40, str(10 + n), "PLN" if n % 7 == 0 else "EUR")
        if n % 3:
            put_into_cart(contact, n)
    night()
    before = versions()

    compute(rules(), NOW)  # type: ignore[operator]

    assert versions() == before


@pytest.mark.django_db
def test_a_second_run_writes_no_row_though_everybody_is_noted_as_changed() -> None:
    people = [person() for _ in range(20)]
    for n, contact in enumerate(people):
        for k in range(n % 6):
            buy(contact, 3 + n * 7 + k * 40, str(10 + n))
    night()
    before = versions()
    changes.note(people)

    assert night().contacts == 20

    assert versions() == before


def test_when_nobody_is_there_a_run_is_whole_too(db: None) -> None:
    assert night().contacts == 0
    assert night(1).contacts == 0
    assert night(800).contacts == 0


@pytest.mark.django_db
def test_a_night_computes_those_whose_orders_left_the_period() -> None:
    contact, other = person(), person()
    buy(contact, 729.5)
    buy(other, 10)
    night()

    assert night(1).contacts == 1

    assert open_memberships("rfm") == {(other, "EUR"): "Needs attention"}


@pytest.mark.django_db
def test_when_the_owner_changes_a_rule_everything_is_computed_anew() -> None:
    contact = person()
    buy(contact, 10, "100")
    night()

    outcome = night(1, rules(rfm_groups="Everybody = 1-5, 1-5"))

    assert outcome.rebuilt
    assert open_memberships("rfm") == {(contact, "EUR"): "Everybody"}
