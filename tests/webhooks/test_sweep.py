"""The sweep: what no hook told of is found, once."""

from datetime import timedelta

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Cart, Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.models import Checkout, User
from saleor_crm_plugin.webhooks import sweep
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.road import Road


def quiet_cart(road: Road, variant: str) -> str:
    """A cart of which no hook tells."""
    cart_id = storefront.create_cart(channel="eu", email="ada@example.com", now=road.now, hook=storefront.lost)
    storefront.add_line(cart_id, variant, now=road.now, hook=storefront.lost)
    return cart_id


def test_a_cart_and_an_order_without_hooks_are_found(road: Road) -> None:
    (shirt,) = road.make_product()
    cart = quiet_cart(road, shirt)
    order = storefront.place_order(quiet_cart(road, shirt), now=road.now, hook=storefront.lost)

    road.work()

    assert list(Cart.objects.values_list("pk", flat=True)) == [cart]
    assert list(Purchase.objects.values_list("pk", flat=True)) == [order]


def test_what_was_seen_is_not_looked_at_again(road: Road) -> None:
    quiet_cart(road, *road.make_product())
    road.work()
    road.wait(minutes=5)

    assert work.sweep_shop(road.shop) == 0


def test_a_row_that_was_committed_late_with_an_older_stamp_is_found(road: Road) -> None:
    (shirt,) = road.make_product()
    quiet_cart(road, shirt)
    road.work()
    late = quiet_cart(road, shirt)
    Checkout.objects.filter(pk=late).update(changed_at=road.now - timedelta(minutes=8))

    road.work()

    assert Cart.objects.filter(pk=late).exists()


def test_more_changes_than_a_run_takes_are_all_found(road: Road, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sweep, "PAGE", 7)
    monkeypatch.setattr(sweep, "PAGES", 2)
    (shirt,) = road.make_product()
    carts = {quiet_cart(road, shirt) for _ in range(40)}
    Checkout.objects.update(changed_at=road.now)  # a bulk script stamps them all alike

    for _ in range(4):
        road.wait(minutes=5)
        road.work()

    assert set(Cart.objects.values_list("pk", flat=True)) == carts


def test_an_account_that_was_confirmed_without_a_hook_is_joined_to_its_past(road: Road) -> None:
    # given somebody who bought as a guest, and an account that Saleor confirms as its password is set
    road.cart(*road.make_product(), email="ada@example.com")
    user = road.make_customer("ada@example.com", confirmed=False)
    road.work()
    # when
    storefront.confirm_customer(user, now=road.now, hook=storefront.lost)
    road.work()
    # then
    assert Contact.objects.get().user_id == user
    road.wait(minutes=5)
    assert work.sweep_shop(road.shop) == 0


def test_a_customer_deleted_by_a_script_is_forgotten(road: Road) -> None:
    user = road.make_customer("ada@example.com")
    road.cart(*road.make_product(), email="ada@example.com", user_id=user)
    road.work()
    assert Contact.objects.filter(user_id=user).exists()

    Checkout.objects.all().delete()
    User.objects.filter(pk=int(user)).delete()
    road.work()

    assert not Contact.objects.exists()
    assert not InboxItem.objects.exists()
