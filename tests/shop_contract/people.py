"""What a shop says about customers and their consent."""

import pytest

from saleor_crm_plugin.shop.port import ConsentMark
from tests.shop_driver import ShopDriver


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        *[(yes, True) for yes in ("true", "TRUE", "1", "yes", "on", " true ")],
        *[(no, False) for no in ("false", "0", "no", "off")],
        *[(unclear, None) for unclear in ("maybe", "truely", "2", "null")],
    ],
)
def test_consent_is_yes_or_no_or_not_known(driver: ShopDriver, said: str, granted: bool | None) -> None:
    mark = None if granted is None else ConsentMark(granted, "")
    user_id = driver.make_customer("ada@example.com", metadata={"marketing-consent": said})
    cart_id = driver.make_cart(email="grace@example.com", metadata={"marketing-consent": said})
    assert driver.shop.carts([cart_id])[cart_id].consent == mark
    assert driver.shop.customers([user_id])[user_id].consent == mark


def test_nobody_was_asked_for_consent(driver: ShopDriver) -> None:
    user_id = driver.make_customer("ada@example.com", metadata={"other": "true"})
    cart_id = driver.make_cart(user_id=user_id)
    assert driver.shop.carts([cart_id])[cart_id].consent is None
    assert driver.shop.customers([user_id])[user_id].consent is None


def test_a_cart_does_not_repeat_what_its_users_account_says_about_consent(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com", metadata={"marketing-consent": "true"})
    silent, refusing = driver.make_cart(user_id=user_id), driver.make_cart(user_id=user_id)
    # when
    driver.set_cart_metadata(refusing, {"marketing-consent": "false", "marketing-consent-wording": "2024-05"})
    carts = driver.shop.carts([silent, refusing])
    # then
    assert carts[silent].consent is None
    assert carts[refusing].consent == ConsentMark(False, "2024-05")


def test_the_owner_names_the_field_of_consent(driver: ShopDriver) -> None:
    # given
    metadata = {"newsletter": "yes", "newsletter-wording": "v3", "marketing-consent": "false"}
    cart_id = driver.make_cart(email="ada@example.com", metadata=metadata)
    user_id = driver.make_customer("ada@example.com", metadata=metadata)
    # when
    driver.configure("consent_key", "newsletter")
    # then
    assert driver.shop.carts([cart_id])[cart_id].consent == ConsentMark(True, "v3")
    assert driver.shop.customers([user_id])[user_id].consent == ConsentMark(True, "v3")


def test_of_an_endless_wording_only_the_beginning_is_taken(driver: ShopDriver) -> None:
    # given
    metadata = {"marketing-consent": "yes", "marketing-consent-wording": "v" * 100_000}
    # when
    cart_id = driver.make_cart(email="ada@example.com", metadata=metadata)
    user_id = driver.make_customer("grace@example.com", metadata=metadata)
    # then
    assert driver.shop.carts([cart_id])[cart_id].consent == ConsentMark(True, "v" * 2_000)
    assert driver.shop.customers([user_id])[user_id].consent == ConsentMark(True, "v" * 2_000)


def test_a_customer_is_known_by_the_account(driver: ShopDriver) -> None:
    user_id = driver.make_customer("ada@example.com", first_name="Grace", language="pl")
    customer = driver.shop.customers([user_id])[user_id]
    assert (customer.id, customer.email, customer.language, customer.active) == (user_id, "ada@example.com", "pl", True)
    assert customer.first_name == "Grace"
    driver.deactivate_customer(user_id)
    assert driver.shop.customers([user_id])[user_id].active is False


def test_an_account_counts_once_its_address_is_confirmed(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com", confirmed=False)
    cart_id, bought = driver.make_cart(user_id=user_id), driver.make_cart(user_id=user_id)
    driver.add_line(bought, driver.make_product()[0])
    order_id = driver.place_order(bought)

    def known() -> tuple[bool, str | None, str | None]:
        shop = driver.shop
        order = shop.orders([order_id])[order_id]
        return shop.customers([user_id])[user_id].known, shop.carts([cart_id])[cart_id].user_id, order.user_id

    assert known() == (False, None, None)
    # when, then
    driver.confirm_customer(user_id)
    assert known() == (True, user_id, user_id)


def test_the_owner_may_have_all_accounts_count(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com", confirmed=False)
    cart_id = driver.make_cart(user_id=user_id)
    # when
    driver.configure("trust_unconfirmed", True)
    # then
    assert driver.shop.customers([user_id])[user_id].known
    assert driver.shop.carts([cart_id])[cart_id].user_id == user_id


def test_an_account_need_not_have_a_name(driver: ShopDriver) -> None:
    user_id = driver.make_customer("ada@example.com", first_name="")
    assert driver.shop.customers([user_id])[user_id].first_name == ""


def test_a_deleted_customer_is_missing_and_the_orders_stay(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com")
    variant = driver.make_product()[0]
    bought, left = driver.make_cart(user_id=user_id), driver.make_cart(user_id=user_id)
    driver.add_line(bought, variant)
    order_id = driver.place_order(bought)
    # when
    driver.delete_customer(user_id)
    # then
    assert driver.shop.customers([user_id]) == {}
    assert driver.shop.orders([order_id])[order_id].user_id is None
    remaining = driver.shop.carts([left]).get(left)
    assert remaining is None or (remaining.user_id, remaining.user_email) == (None, "")
