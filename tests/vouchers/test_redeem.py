"""Redemption: found through the order, also by somebody else, and taken back with the order."""

from decimal import Decimal

import pytest
from django.db import transaction

from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.shop.sandbox.storefront import NotPossible
from saleor_crm_plugin.vouchers.grant import Granted
from saleor_crm_plugin.vouchers.models import Grant, TierUse
from saleor_crm_plugin.vouchers.sweep import expire
from tests.vouchers.granting import NOON, Granting, met, states, used

pytestmark = pytest.mark.django_db


def test_an_order_with_the_code_redeems_it_once(shop: Granting) -> None:
    code = shop.code("1")
    order = shop.order(code)

    assert shop.note(order) == 1

    one = Grant.objects.get()
    assert (one.state, one.redeemed_order_id, one.redeemed_by_id, one.shared) == (
        "redeemed",
        order,
        met("ada@example.com").pk,
        False,
    )
    assert shop.note(order) == 0
    answer = shop.grant(shop.wish("1", met("ada@example.com")))["1"]
    assert isinstance(answer, Granted)
    assert (answer.code, answer.redeemed) == (code, True)
    with pytest.raises(NotPossible):
        shop.order(code)


def test_a_code_that_somebody_else_used_is_redeemed_and_shown_as_shared(shop: Granting) -> None:
    shop.note(shop.order(shop.code("1"), email="bob@example.com"))

    one = Grant.objects.get()
    assert (one.state, one.redeemed_by_id, one.shared) == ("redeemed", met("bob@example.com").pk, True)


def test_who_turns_out_to_be_the_same_person_shared_with_nobody(shop: Granting) -> None:
    shop.note(shop.order(shop.code("1"), email="guest@example.com"))
    account = shop.make_customer("ada@example.com")
    with transaction.atomic():
        # The account takes the guest's address: both contacts are one.
        resolve([Person("ada@example.com", account)], NOON)
        resolve([Person("guest@example.com", account)], NOON)

    assert not Grant.objects.get().shared


def test_an_order_that_is_cancelled_gives_the_redemption_back_until_it_expires(shop: Granting) -> None:
    order = shop.order(shop.code("1"))
    shop.note(order)
    shop.cancel_order(order)

    assert shop.note(order) == 1

    one = Grant.objects.get()
    assert (one.state, one.redeemed_order_id, one.redeemed_by_id, one.redeemed_at) == ("granted", None, None, None)
    shop.now = one.expires_at + (one.look_at - one.expires_at)
    assert [ended.key for ended in expire(shop.shop, shop.now).ended] == ["1"]
    assert used("A") == (0, {"EUR": Decimal(0)})


def test_an_order_that_waits_for_staff_redeems_until_they_refuse_it(shop: Granting) -> None:
    cart_id = shop.make_cart(email="ada@example.com")
    shop.add_line(cart_id, shop.make_product()[0])
    assert shop.add_code(cart_id, shop.code("1"))
    order = shop.place_order(cart_id, confirmed=False)
    shop.note(order)
    assert states() == {"1": "redeemed"}

    shop.cancel_order(order)
    shop.note(order)

    assert states() == {"1": "granted"}


def test_orders_without_a_code_of_ours_tell_nothing(shop: Granting) -> None:
    shop.code("1")
    cart_id = shop.make_cart(email="ada@example.com")
    shop.add_line(cart_id, shop.make_product()[0])

    assert shop.note(shop.place_order(cart_id)) == 0
    assert states() == {"1": "granted"}


def test_a_code_that_ended_in_the_books_and_was_used_all_the_same_counts_again(shop: Granting) -> None:
    order = shop.order(shop.code("1"))
    Grant.objects.update(state="expired")
    TierUse.objects.update(codes=0)

    shop.note(order)

    assert states() == {"1": "redeemed"}
    assert used("A")[0] == 1


def test_a_code_of_a_cancelled_order_that_the_shop_takes_no_more_ends_at_the_next_look() -> None:
    # given
    shop = Granting("A = 10 EUR, budget 10 EUR")
    order = shop.order(shop.code("1"))
    shop.note(order)
    # when
    shop.cancel_order(order)
    shop.note(order)
    assert states() == {"1": "granted"}
    expire(shop.shop, shop.now)
    # then it is neither promised nor counted any more
    assert (states(), used("A")) == ({"1": "deactivated"}, (0, {"EUR": Decimal(0)}))
