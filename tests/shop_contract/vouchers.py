"""What granting asks of a shop: vouchers under a key of ours, codes that are good once, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction

from saleor_crm_plugin.shop.vouchers import CodeUsage, VoucherListing, VoucherTerms
from tests.shop_contract.reads import MALFORMED
from tests.shop_driver import ShopDriver

LONG_AGO, LATELY, ONE_DAY = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2021, 2100))


def terms(
    driver: ShopDriver,
    *,
    value: str = "20",
    percent: bool = True,
    minimum: str | None = None,
    channels: Sequence[str] = (),
    ends_at: datetime = ONE_DAY,
) -> VoucherTerms:
    listings = tuple(
        VoucherListing(slug, Decimal(value), Decimal(minimum) if minimum else None)
        for slug in channels or (driver.channel, driver.other_channel)
    )
    return VoucherTerms(f"test:{uuid4()}", "A 2099-12-31", percent, listings, LONG_AGO, ends_at)


def code_for(driver: ShopDriver, wanted: VoucherTerms) -> str:
    """A code of a voucher made for the terms."""
    code = f"CRM-{uuid4().hex[:12].upper()}"
    with driver.shop.writing(), transaction.atomic():
        assert driver.shop.add_codes(driver.shop.ensure_voucher(wanted, ""), [code]) == []
    return code


def cart_worth(driver: ShopDriver, price: str, channel: str = "") -> str:
    """A guest's cart with goods for so much."""
    cart_id = driver.make_cart(email="guest@example.com", channel=channel or driver.channel)
    driver.add_line(cart_id, driver.make_product(price=Decimal(price))[0])
    return cart_id


def test_the_channels_are_told_with_their_currencies(driver: ShopDriver) -> None:
    told = driver.shop.channels()
    assert told[driver.channel] == driver.currency
    assert told[driver.other_channel] == driver.other_currency


def test_a_voucher_is_made_once_under_its_key(driver: ShopDriver) -> None:
    wanted, other = terms(driver), terms(driver)
    with driver.shop.writing(), transaction.atomic():
        first = driver.shop.ensure_voucher(wanted, "")
        again, known = driver.shop.ensure_voucher(wanted, ""), driver.shop.ensure_voucher(wanted, first)
        lost, second = driver.shop.ensure_voucher(wanted, "987654321"), driver.shop.ensure_voucher(other, "")
    assert first == again == known == lost
    assert second != first


def test_a_code_with_a_percentage_takes_it_off_in_every_channel_once(driver: ShopDriver) -> None:
    wanted = terms(driver, value="20")
    for channel in (driver.channel, driver.other_channel):
        # given
        code, cart_id = code_for(driver, wanted), cart_worth(driver, "40.00", channel)
        # when
        assert driver.add_code(cart_id, code)
        order_id = driver.place_order(cart_id)
        # then
        assert driver.order_total(order_id) == Decimal("32.00")
        assert driver.shop.codes_of_orders([order_id]) == {order_id: code}
        assert driver.shop.code_usage([code]) == {code: CodeUsage(active=False, order_ids=(order_id,))}
        assert not driver.add_code(cart_worth(driver, "40.00", channel), code)


def test_a_code_with_an_amount_takes_it_off(driver: ShopDriver) -> None:
    code, cart_id = code_for(driver, terms(driver, value="7.50", percent=False)), cart_worth(driver, "40.00")
    assert driver.add_code(cart_id, code)
    assert driver.order_total(driver.place_order(cart_id)) == Decimal("32.50")


def test_a_code_is_good_only_from_its_minimum_on_in_its_channels_and_in_its_time(driver: ShopDriver) -> None:
    dear = code_for(driver, terms(driver, minimum="50"))
    assert not driver.add_code(cart_worth(driver, "49.99"), dear)
    assert driver.add_code(cart_worth(driver, "50.00"), dear)
    elsewhere = code_for(driver, terms(driver, channels=[driver.other_channel]))
    assert not driver.add_code(cart_worth(driver, "40.00"), elsewhere)
    over = code_for(driver, terms(driver, ends_at=LATELY))
    assert not driver.add_code(cart_worth(driver, "40.00"), over)


def test_codes_are_added_by_the_thousand_and_those_that_are_taken_are_told(driver: ShopDriver) -> None:
    # given
    taken, wanted = code_for(driver, terms(driver)), terms(driver)
    new = [f"CRM-{uuid4().hex.upper()[:15]}" for _ in range(1000)]
    # when
    with driver.shop.writing(), transaction.atomic():
        voucher = driver.shop.ensure_voucher(wanted, "")
        refused = driver.shop.add_codes(voucher, [*new, taken])
        twice = driver.shop.add_codes(voucher, new[:2])
        nothing = driver.shop.add_codes(voucher, [])
    # then
    assert (refused, sorted(twice), nothing) == ([taken], sorted(new[:2]), [])
    usage = driver.shop.code_usage(new)
    assert set(usage) == set(new)
    assert set(usage.values()) == {CodeUsage(active=True, order_ids=())}


def test_a_deactivated_code_is_good_for_nothing(driver: ShopDriver) -> None:
    # given
    wanted = terms(driver)
    unused, used, left = (code_for(driver, wanted) for _ in range(3))
    cart_id = cart_worth(driver, "40.00")
    driver.add_code(cart_id, used)
    driver.place_order(cart_id)
    # when
    with driver.shop.writing(), transaction.atomic():
        good = driver.shop.deactivate_codes([unused, used, "no-such-code"])
        again = driver.shop.deactivate_codes([unused])
    # then
    assert (good, again) == ({unused}, set())
    assert not driver.add_code(cart_worth(driver, "40.00"), unused)
    assert driver.add_code(cart_worth(driver, "40.00"), left)


def test_a_code_of_a_cancelled_order_is_in_no_order(driver: ShopDriver) -> None:
    code, cart_id = code_for(driver, terms(driver)), cart_worth(driver, "40.00")
    driver.add_code(cart_id, code)
    order_id = driver.place_order(cart_id)
    driver.cancel_order(order_id)
    assert driver.shop.code_usage([code])[code] == CodeUsage(active=False, order_ids=())
    assert driver.shop.codes_of_orders([order_id]) == {order_id: code}


def test_a_code_is_in_use_while_its_cart_is_being_paid(driver: ShopDriver) -> None:
    # given
    code, cart_id = code_for(driver, terms(driver)), cart_worth(driver, "40.00")
    driver.add_code(cart_id, code)
    assert not driver.shop.code_usage([code])[code].in_use
    # when
    driver.begin_payment(cart_id)
    begun = driver.shop.code_usage([code])[code]
    with driver.shop.writing(), transaction.atomic():
        assert driver.shop.deactivate_codes([code]) == set()
    driver.fail_payment(cart_id)
    failed = driver.shop.code_usage([code])[code]
    order_id = driver.place_order(cart_id)
    # then
    assert begun == CodeUsage(active=False, order_ids=(), paying=True)
    assert failed == CodeUsage(active=True, order_ids=())
    assert driver.shop.code_usage([code])[code] == CodeUsage(active=False, order_ids=(order_id,))


def test_orders_and_codes_that_are_not_there_are_missing(driver: ShopDriver) -> None:
    order_id = driver.place_order(cart_worth(driver, "40.00"))
    assert driver.shop.codes_of_orders([*MALFORMED, order_id]) == {}
    assert driver.shop.code_usage(["", "no-such-code"]) == {}
    assert driver.shop.codes_of_orders([]) == driver.shop.code_usage([]) == {}
