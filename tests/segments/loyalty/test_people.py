"""Points of people who turn out to be one, and of those who are forgotten."""

import pytest

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.rebuild import prove
from saleor_crm_plugin.segments.loyalty.refusals import UnknownContact
from saleor_crm_plugin.segments.loyalty.spend import redeem, take_back
from tests.contacts.people import meet
from tests.segments.loyalty.ledgers import DAY, NOW, RULES, change, customer, earned, has, left, order

pytestmark = pytest.mark.django_db


def test_two_contacts_that_are_one_have_the_points_of_both() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    earned(older.pk, 100)
    earned(younger.pk, 50)
    order(younger.pk, 7)
    redeem(younger.pk, 20, "v1", NOW)

    one = meet("ada@example.com", "1")

    assert (has(one.pk).balance, has(one.pk).pending) == (130, 7)
    assert prove().differences == ()
    redeem(one.pk, 130, "v2", NOW)
    assert has(one.pk).balance == 0


def test_after_a_merge_one_pays_what_the_other_owed() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    owed = earned(older.pk, 100)
    redeem(older.pk, 100, "v1", NOW)
    change(owed, refunded=60)
    other = earned(younger.pk, 100)

    one = meet("ada@example.com", "1")
    at_once = has(one.pk)
    change(other)

    assert (at_once.balance, at_once.available) == (40, 40)
    assert (left(owed), left(other)) == (0, 40)
    assert prove().differences == ()


def test_a_redemption_of_the_younger_is_known_and_comes_back_after_a_merge() -> None:
    meet("ada@example.com")
    younger = meet(user_id="1")
    earned(younger.pk, 50)
    redeem(younger.pk, 20, "v1", NOW)

    one = meet("ada@example.com", "1")

    redeem(one.pk, 20, "v1", NOW)
    assert has(one.pk).balance == 30
    take_back("v1", NOW)
    assert has(one.pk).balance == 50
    with pytest.raises(UnknownContact):
        redeem(younger.pk, 1, "v2", NOW)


def test_an_order_seen_again_after_a_merge_stays_one() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    bought = earned(younger.pk, 50)
    one = meet("ada@example.com", "1")

    change(bought, refunded=10, at=NOW + DAY)

    assert one.pk == older.pk
    assert has(one.pk, NOW + DAY).balance == 40


def test_an_erased_person_leaves_no_points_and_nobody_elses_change() -> None:
    ada, bea = customer(), customer("bea@example.com")
    for contact in (ada, bea):
        bought = earned(contact, 100)
        redeem(contact, 30, f"v{contact}", NOW)
        adjust(contact, 5, "Sorry", "7", f"a{contact}", NOW, RULES)
        change(bought, refunded=10)
    before = has(bea)

    erase([Contact.objects.get(pk=ada)], NOW)

    assert set(Lot.objects.values_list("contact", flat=True)) == {bea}
    assert Entry.objects.count() == Entry.objects.filter(lot__contact=bea).count()
    assert has(bea) == before
    assert prove().differences == ()


def test_an_order_of_an_erased_person_gets_no_points_again() -> None:
    person = Person("ada@example.com")
    ada = resolve([person], NOW)[person]
    bought = earned(ada.pk, 100)
    erase([ada], NOW)

    change(bought, refunded=10)

    assert not Lot.objects.exists()
