"""Points that staff give or take, always with a reason."""

import pytest

from saleor_crm_plugin.segments.loyalty.adjust import adjust, adjust_many
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.refusals import NotEnoughPoints, SourceUsed, UnknownContact
from saleor_crm_plugin.segments.loyalty.soonest import Wish
from saleor_crm_plugin.segments.loyalty.spend import redeem
from tests.segments.loyalty.ledgers import (
    DAY,
    ENDLESS,
    LIFETIME,
    NOW,
    OFF,
    RULES,
    change,
    customer,
    earned,
    has,
    left,
    movements,
    order,
)

pytestmark = pytest.mark.django_db
MAKES_NO_SENSE = "must be|must have|needs a reason|has characters"


def give(contact: int, points: int, source: str = "a1", note: str = "Sorry for the delay", **how: bool) -> None:
    adjust(contact, points, note, "7", source, NOW, RULES, **how)


def test_given_points_can_be_spent_at_once_and_expire_like_others() -> None:
    ada = customer()

    give(ada, 50)

    assert (has(ada).available, has(ada).next_at) == (50, NOW + LIFETIME)
    mature(RULES, NOW + LIFETIME)
    assert movements() == [("adjust", 50), ("expire", -50)]


def test_given_points_live_for_ever_where_points_do() -> None:
    ada = customer()

    adjust(ada, 50, "Sorry", "7", "a1", NOW, ENDLESS)

    assert (has(ada).available, has(ada).next_at) == (50, None)


def test_who_did_it_and_why_is_kept() -> None:
    give(customer(), 50, note="  Sorry for the delay ")

    entry = Entry.objects.get()
    assert (entry.note, entry.staff_id, entry.source, entry.at) == ("Sorry for the delay", "7", "a1", NOW)


@pytest.mark.parametrize("note", ["", "   ", "x" * 201, "two\nlines", "\x00"])
def test_without_a_reason_nothing_is_done(note: str) -> None:
    ada = customer()

    with pytest.raises(ValueError, match=MAKES_NO_SENSE):
        give(ada, 50, note=note)

    assert movements() == []


@pytest.mark.parametrize(("points", "source"), [(0, "a"), (10**10, "a"), (-(10**10), "a"), (1, ""), (1, "a" * 81)])
def test_what_makes_no_sense_is_an_error(points: int, source: str) -> None:
    ada = customer()

    with pytest.raises(ValueError, match=MAKES_NO_SENSE):
        give(ada, points, source)


def test_taken_points_are_those_that_expire_soonest() -> None:
    ada = customer()
    late, soon = earned(ada, 50, at=NOW), earned(ada, 50, at=NOW - DAY)

    give(ada, -60)

    assert (left(soon), left(late)) == (0, 40)


def test_more_than_there_is_is_not_taken() -> None:
    ada = customer()
    earned(ada, 50)
    before = movements()

    with pytest.raises(NotEnoughPoints):
        give(ada, -51)

    assert movements() == before


def test_more_than_there_is_is_owed_where_that_is_wanted() -> None:
    ada = customer()
    bought = earned(ada, 50)

    give(ada, -80, allow_negative=True)

    assert (has(ada).balance, left(bought)) == (-30, 0)
    earned(ada, 50, at=NOW + DAY)
    assert has(ada, NOW + DAY).balance == 20


def test_who_has_nothing_can_owe() -> None:
    ada = customer()

    give(ada, -80, allow_negative=True)

    assert has(ada).balance == -80
    assert Lot.objects.get().due_at is None


def test_what_is_allowed_to_be_negative_need_not_be() -> None:
    ada = customer()
    earned(ada, 50)

    give(ada, -50, allow_negative=True)

    assert has(ada).balance == 0


def test_given_points_pay_what_is_owed() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(bought, refunded=60)

    give(ada, 100)

    assert (has(ada).balance, left(bought)) == (40, 0)


def test_pending_points_can_not_be_taken() -> None:
    ada = customer()
    order(ada, 100)

    with pytest.raises(NotEnoughPoints):
        give(ada, -1)


@pytest.mark.parametrize("points", [50, -50, -150])
def test_the_same_name_again_does_nothing(points: int) -> None:
    ada = customer()
    earned(ada, 60)
    earned(ada, 60)
    give(ada, points, allow_negative=True)
    before = movements()

    give(ada, points, allow_negative=True)
    give(ada, points)

    assert movements() == before
    assert has(ada).balance == 120 + points


def test_something_else_under_the_same_name_is_refused() -> None:
    ada, bea = customer(), customer("bea@example.com")
    give(ada, 50)

    for contact, points in ((ada, 51), (ada, -50), (bea, 50)):
        with pytest.raises(SourceUsed):
            give(contact, points)

    assert (has(ada).balance, has(bea).balance) == (50, 0)


def test_a_name_that_was_refused_can_be_used_later() -> None:
    ada = customer()
    with pytest.raises(NotEnoughPoints):
        give(ada, -50)
    earned(ada, 60)

    give(ada, -50)

    assert has(ada).balance == 10


def test_nobody_gets_points_who_is_not_there() -> None:
    with pytest.raises(UnknownContact):
        give(4711, 50)


def test_points_of_staff_make_no_tier() -> None:
    ada = customer()

    give(ada, 1000)

    assert has(ada).year_points == 0


def test_without_a_programme_staff_can_give_points() -> None:
    ada = customer()

    adjust(ada, 50, "Sorry", "7", "a1", NOW, OFF)

    assert has(ada).available == 50


def test_many_are_answered_one_by_one() -> None:
    ada, bea = customer(), customer("bea@example.com")

    answers = adjust_many([Wish(ada, 50, "a1", "x"), Wish(bea, -1, "a2", "x"), Wish(0, 1, "a3", "x")], NOW, RULES)

    assert answers["a1"] is None
    assert [type(answers[name]) for name in ("a2", "a3")] == [NotEnoughPoints, UnknownContact]
    assert has(ada).balance == 50
