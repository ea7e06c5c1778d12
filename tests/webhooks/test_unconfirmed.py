"""Anybody can register anybody's address: until it is confirmed, an account is no more than a guest who typed it."""

import pytest

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.models import User
from tests.road import Road

VICTIM, MALLORY = "ada@example.com", "mallory@example.com"


@pytest.fixture
def past(road: Road) -> Contact:
    """A guest who bought something."""
    storefront.place_order(road.cart(*road.make_product(), email=VICTIM), now=road.now)
    road.work()
    return Contact.objects.get()


@pytest.fixture
def bogus(road: Road, past: Contact) -> str:
    """Somebody else's account with the guest's address, of which the shop has told, in use."""
    user = road.make_customer(VICTIM, confirmed=False, first_name="Mallory")
    storefront.announce("customer", user)
    road.cart(*road.make_product("Hat"), email="", user_id=user)
    road.work()
    return user


def test_an_account_is_joined_to_nobody_before_its_address_is_confirmed(bogus: str) -> None:
    assert Contact.objects.get().user_id is None


def test_who_takes_the_account_to_another_address_takes_nothing_along(road: Road, past: Contact, bogus: str) -> None:
    # when the account gets another address, and that one is confirmed
    User.objects.filter(pk=int(bogus)).update(email=MALLORY)
    storefront.confirm_customer(bogus, now=road.now)
    road.work()
    # then
    mallory = Contact.objects.get(user_id=bogus)
    assert (mallory.email, Purchase.objects.filter(contact=mallory).exists()) == (MALLORY, False)
    assert Purchase.objects.get().contact == Contact.objects.get(email=VICTIM) == past


def test_deleting_such_an_account_forgets_nobody(road: Road, past: Contact, bogus: str) -> None:
    storefront.delete_customer(bogus)
    road.work()
    assert Contact.objects.get() == past
    assert not Suppression.objects.exists()


def test_what_was_ordered_by_such_an_account_is_of_who_has_the_address(road: Road, bogus: str) -> None:
    order = storefront.place_order(road.cart(*road.make_product("Scarf"), user_id=bogus, email=""), now=road.now)
    road.work()
    assert Purchase.objects.get(pk=order).contact == Contact.objects.get(email=VICTIM, user_id=None)


def test_once_it_is_confirmed_the_account_has_the_past_of_its_address(road: Road, past: Contact, bogus: str) -> None:
    storefront.confirm_customer(bogus, now=road.now)
    road.work()
    assert Contact.objects.get(user_id=bogus) == past


def test_an_owner_may_trust_all_accounts(road: Road, past: Contact) -> None:
    # given
    road.set(trust_unconfirmed=True)
    user = road.make_customer(VICTIM, confirmed=False)
    # when
    storefront.announce("customer", user)
    road.work()
    # then
    assert Contact.objects.get(user_id=user) == past
