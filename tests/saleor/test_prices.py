"""Prices are those that the storefront shows: with promotions, vouchers and taxes, and never one of yesterday."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.checkout.models import Checkout
from saleor.discount.models import Promotion, VoucherCode

from saleor_crm_plugin.shop.port import PricedCart
from tests.saleor.driver import SaleorDriver, expire_prices
from tests.saleor.graphql import ADD_PROMO_CODE, GraphQL, global_id, key_of
from tests.saleor.promotions import in_force
from tests.saleor.selling import tax_app, tax_rate, variants_of, voucher

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def test_prices_of_many_carts_are_those_of_the_storefront(driver: SaleorDriver, staff: GraphQL) -> None:
    # given goods of which some are on sale, vouchers of every kind, and a tax that comes on top in one channel
    random = Random(7)
    channels = driver.channel_ids()
    plain = [driver.make_product(f"Plain {n}", price=Decimal(random.randrange(500, 9000)) / 100)[0] for n in range(4)]
    reduced = [driver.make_product(f"Sale {n}", price=Decimal(20 + n), was=Decimal(31 + n))[0] for n in range(3)]
    voucher(staff, channels, "PERCENT", 13)
    voucher(staff, channels, "FIXED", 7, discountValueType="FIXED")
    voucher(staff, channels, "SPECIFIC", 20, kind="SPECIFIC_PRODUCT", variants=variants_of(plain[:2]))
    voucher(staff, channels, "ONCE", 50, applyOncePerOrder=True)
    voucher(staff, channels, "SHIPPING", 100, kind="SHIPPING")
    with tax_rate(staff, "DE", 19), tax_rate(staff, "AT", 20):
        carts = []
        for number in range(18):
            cart_id = driver.make_cart(
                email=f"customer{number}@example.com",
                channel=(driver.channel, driver.other_channel)[number % 2],
                country=("DE", "AT", "PL")[number % 3],
            )
            for variant in random.sample(plain + reduced, random.randint(1, 4)):
                driver.add_line(cart_id, variant, random.randint(1, 5))
            code = (None, "PERCENT", "FIXED", "SPECIFIC", "ONCE", "SHIPPING")[number // 2 % 6]
            if code and _applies(code, driver, cart_id, plain[:2]):
                driver.api(ADD_PROMO_CODE, id=global_id("Checkout", cart_id), code=code)
            carts.append(cart_id)
        # when
        expire_prices()
        ours = driver.shop.priced_carts(carts)
        expire_prices()
        theirs = {cart_id: driver.storefront(cart_id) for cart_id in carts}
    # then
    assert {cart_id: _told(ours[cart_id]) for cart_id in carts} == {
        cart_id: _shown(theirs[cart_id]) for cart_id in carts
    }
    assert sum(cart.total != sum(line.total for line in cart.lines) for cart in ours.values()) == 0
    assert {line.undiscounted_unit_price > line.unit_price for cart in ours.values() for line in cart.lines} == {
        True,
        False,
    }


def test_the_price_before_a_sale_is_gross_too(driver: SaleorDriver, staff: GraphQL) -> None:
    variant = driver.make_product(price=Decimal(80), was=Decimal(100))[0]
    with tax_rate(staff, "DE", 19):
        net, gross = driver.make_cart(channel=driver.channel), driver.make_cart(channel=driver.other_channel)
        for cart_id in (net, gross):
            driver.add_line(cart_id, variant)
        priced = driver.shop.priced_carts([net, gross])
    assert [priced[net].lines[0].unit_price, priced[net].lines[0].undiscounted_unit_price] == [
        Decimal("95.20"),
        Decimal("119.00"),
    ]
    assert [priced[gross].lines[0].unit_price, priced[gross].lines[0].undiscounted_unit_price] == [80, 100]


def test_a_tax_that_a_customer_does_not_pay_is_not_shown_as_a_discount(driver: SaleorDriver, staff: GraphQL) -> None:
    with tax_rate(staff, "DE", 19):
        cart_id = driver.make_cart(channel=driver.other_channel)
        driver.add_line(cart_id, driver.make_product(price=Decimal(119))[0])
        Checkout.objects.filter(pk=UUID(cart_id)).update(tax_exemption=True)
        expire_prices()
        line = driver.shop.priced_carts([cart_id])[cart_id].lines[0]
    assert (line.unit_price, line.undiscounted_unit_price) == (100, 100)


@pytest.mark.parametrize("happens", ["nothing", "voucher ends", "sale ends", "price"])
def test_pricing_a_cart_again_leaves_its_change_alone(driver: SaleorDriver, staff: GraphQL, happens: str) -> None:
    # given
    variant = driver.make_product(price=Decimal(30), was=Decimal(40))[0]
    voucher(staff, driver.channel_ids(), "TENTH", 10)
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, variant, 2)
    driver.api(ADD_PROMO_CODE, id=global_id("Checkout", cart_id), code="TENTH")
    # when
    if happens == "voucher ends":
        VoucherCode.objects.filter(code="TENTH").update(is_active=False)
    if happens == "sale ends":
        Promotion.objects.all().delete()
        in_force()
    if happens == "price":
        driver.set_price(variant, Decimal(50))
    driver.set_changed_at(cart_id, LONG_AGO)
    expire_prices()
    priced = driver.shop.priced_carts([cart_id])[cart_id]
    # then
    assert driver.shop.carts([cart_id])[cart_id].changed_at == LONG_AGO
    assert driver.shop.carts([cart_id])[cart_id].total == priced.total == driver.own_total(cart_id)
    assert driver.shop.carts([cart_id])[cart_id].changed_at == LONG_AGO


def test_a_cart_that_costs_nothing_moves_its_change_once_and_not_again(driver: SaleorDriver, staff: GraphQL) -> None:
    # given a total of nothing, by which Saleor counts a checkout as paid (saleor/checkout/payment_utils.py)
    voucher(staff, driver.channel_ids(), "ALL", 100)
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product()[0])
    driver.api(ADD_PROMO_CODE, id=global_id("Checkout", cart_id), code="ALL")
    for _time in range(2):
        expire_prices()
        assert driver.shop.priced_carts([cart_id])[cart_id].total == 0
        # when
        driver.set_changed_at(cart_id, LONG_AGO)
    # then
    expire_prices()
    assert driver.shop.priced_carts([cart_id])[cart_id].total == 0
    assert driver.shop.carts([cart_id])[cart_id].changed_at == LONG_AGO


def test_a_cart_that_saleor_fails_to_price_does_not_lose_the_others(driver: SaleorDriver) -> None:
    # given a cart in a currency that its channel does not have
    variant = driver.make_product()[0]
    carts = [driver.make_cart(email=f"c{number}@example.com") for number in range(3)]
    for cart_id in carts:
        driver.add_line(cart_id, variant)
    Checkout.objects.filter(pk=UUID(carts[1])).update(currency="GBP")
    expire_prices()
    # when
    priced = driver.shop.priced_carts(carts)
    # then
    assert set(priced) == {carts[0], carts[2]}
    assert [priced[cart_id].total for cart_id in (carts[0], carts[2])] == [40, 40]


def test_a_tax_app_prices_the_cart_as_it_does_for_the_storefront(driver: SaleorDriver) -> None:
    # given a tax app that breaks down over one of three carts
    variant = driver.make_product(price=Decimal(10))[0]
    carts = [driver.make_cart(email=f"c{number}@example.com") for number in range(3)]
    for number, cart_id in enumerate(carts):
        driver.add_line(cart_id, variant, number + 1)
    broken = carts[1]

    def taxes(question: Any) -> tuple[int, dict[str, Any]]:
        if broken in str(question) or global_id("Checkout", broken) in str(question):
            return 500, {}
        lines = [{"total_gross_amount": 77, "total_net_amount": 70, "tax_rate": 10}]
        return 200, {
            "shipping_price_gross_amount": 0,
            "shipping_price_net_amount": 0,
            "shipping_tax_rate": 0,
            "lines": lines,
        }

    with tax_app(driver.channel, taxes) as asked:
        expire_prices()
        # when
        ours = driver.shop.priced_carts(carts)
        expire_prices()
        theirs = [driver.storefront(cart_id) for cart_id in carts]
    # then
    assert len(asked) >= 3
    assert [ours[cart_id].total for cart_id in (carts[0], carts[2])] == [77, 77]
    assert [_told(ours[cart_id]) for cart_id in carts] == [_shown(cart) for cart in theirs]


def test_a_cart_that_changes_while_it_is_priced_is_priced_again(driver: SaleorDriver) -> None:
    # given a customer who puts one more in while the tax app is being asked
    variant = driver.make_product(price=Decimal(10))[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, variant)
    meanwhile = [True]

    def taxes(question: Any) -> tuple[int, dict[str, Any]]:
        if meanwhile.pop() if meanwhile else False:
            driver.make_product("Something else")  # takes a moment
            Checkout.objects.filter(pk=UUID(cart_id)).update(last_change=datetime.now(UTC), note="me again")
        lines = [{"total_gross_amount": 11, "total_net_amount": 10, "tax_rate": 10}]
        zeros = dict.fromkeys(("shipping_price_gross_amount", "shipping_price_net_amount", "shipping_tax_rate"), 0)
        return 200, {**zeros, "lines": lines}

    with tax_app(driver.channel, taxes):
        expire_prices()
        # when
        priced = driver.shop.priced_carts([cart_id])
    # then
    assert not meanwhile
    assert priced[cart_id].total == 11 == Checkout.objects.get(pk=UUID(cart_id)).subtotal_gross_amount


def test_carts_of_many_channels_and_countries_cost_as_many_queries_as_one(driver: SaleorDriver) -> None:
    # given
    variant = driver.make_product()[0]
    carts = [
        driver.make_cart(channel=channel, country=country, language=language)
        for channel in (driver.channel, driver.other_channel)
        for country, language in (("DE", "de"), ("AT", "de"), ("PL", "pl"), ("FR", "fr"))
    ]
    for cart_id in carts:
        driver.add_line(cart_id, variant)
    driver.shop.priced_carts(carts)
    # when
    with CaptureQueriesContext(connection) as one:
        driver.shop.priced_carts(carts[:1])
    with CaptureQueriesContext(connection) as all_of_them:
        assert len(driver.shop.priced_carts(carts)) == 8
    # then
    assert len(one) == len(all_of_them) <= 16


def _applies(code: str, driver: SaleorDriver, cart_id: str, named: list[str]) -> bool:
    if code == "SHIPPING":
        return False  # nothing of ours is shipped, and a mail shows no shipping
    return code != "SPECIFIC" or bool(
        {line["variant"]["id"] for line in driver.storefront(cart_id)["lines"]} & set(variants_of(named))
    )


def _told(cart: PricedCart) -> Any:
    return [(line.line_id, line.quantity, line.unit_price, line.total) for line in cart.lines], cart.total


def _shown(cart: dict[str, Any]) -> Any:
    lines = [
        (
            key_of(line["id"]),
            line["quantity"],
            _amount(line["unitPrice"]["gross"]),
            _amount(line["totalPrice"]["gross"]),
        )
        for line in cart["lines"]
    ]
    return lines, _amount(cart["subtotalPrice"]["gross"])


def _amount(money: dict[str, Any]) -> Decimal:
    return Decimal(str(money["amount"]))
