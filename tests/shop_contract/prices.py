"""Carts as a mail shows them: names, today's prices, what can be had."""

from decimal import Decimal

from tests.shop_driver import ShopDriver


def test_a_mail_shows_todays_price_and_not_the_one_when_it_was_put_in(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat", price=Decimal("15.50"))[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, shirt, 2)
    driver.add_line(cart_id, hat)
    # when
    driver.set_price(shirt, Decimal("30.00"), was=Decimal("40.00"))
    priced = driver.shop.priced_carts([cart_id])[cart_id]
    # then
    first, second = priced.lines
    assert (first.unit_price, first.undiscounted_unit_price, first.total) == (Decimal(30), Decimal(40), Decimal(60))
    assert (second.unit_price, second.undiscounted_unit_price) == (Decimal("15.50"), Decimal("15.50"))
    assert priced.total == Decimal("75.50") == driver.own_total(cart_id)
    assert (first.product_id, second.product_id) == tuple(
        line.product_id for line in driver.shop.carts([cart_id])[cart_id].lines
    )


def test_a_mail_names_a_product_in_the_carts_language(driver: ShopDriver) -> None:
    # given
    variants = driver.make_product("Linen shirt", variants=["S", "M"], translations={"de": "Leinenhemd"})
    german, french = driver.make_cart(language="de"), driver.make_cart(language="fr")
    for cart_id in (german, french):
        driver.add_line(cart_id, variants[1])
    # when
    priced = driver.shop.priced_carts([german, french])
    # then
    assert [priced[pk].lines[0].product_name for pk in (german, french)] == ["Leinenhemd", "Linen shirt"]
    assert [priced[pk].lines[0].variant_name for pk in (german, french)] == ["M", "M"]
    assert priced[german].lines[0].product_slug


def test_the_only_variant_of_a_product_needs_no_name(driver: ShopDriver) -> None:
    cart_id = driver.make_cart()
    driver.add_line(cart_id, driver.make_product(variants=["One size"])[0])
    assert driver.shop.priced_carts([cart_id])[cart_id].lines[0].variant_name == ""


def test_a_mail_greets_the_user_by_first_name(driver: ShopDriver) -> None:
    user_id = driver.make_customer("ada@example.com", first_name="Ada")
    users, guests = driver.make_cart(user_id=user_id), driver.make_cart(email="guest@example.com")
    priced = driver.shop.priced_carts([users, guests])
    assert (priced[users].first_name, priced[guests].first_name) == ("Ada", "")


def test_a_picture_has_an_absolute_address(driver: ShopDriver) -> None:
    cart_id = driver.make_cart()
    driver.add_line(cart_id, driver.make_product()[0])
    image = driver.shop.priced_carts([cart_id])[cart_id].lines[0].image_url
    assert image == "" or image.startswith(("http://", "https://"))


def test_a_sold_out_line_is_not_available(driver: ShopDriver) -> None:
    # given
    gone, there = driver.make_product("Shirt")[0], driver.make_product("Hat")[0]
    cart_id = driver.make_cart(email="ada@example.com")
    for variant in (gone, there):
        driver.add_line(cart_id, variant)
    # when
    driver.sell_out(gone)
    # then
    assert [line.available for line in driver.shop.priced_carts([cart_id])[cart_id].lines] == [False, True]


def test_a_line_of_more_units_than_there_are_is_not_available(driver: ShopDriver) -> None:
    variant = driver.make_product(stock=3)[0]
    enough, too_many = driver.make_cart(), driver.make_cart()
    driver.add_line(enough, variant, 3)
    driver.add_line(too_many, variant, 3)
    driver.set_quantity(enough, variant, 2)
    driver.place_order(enough)
    assert driver.shop.priced_carts([too_many])[too_many].lines[0].available is False


def test_a_line_that_the_channel_no_longer_sells_is_not_available(driver: ShopDriver) -> None:
    # given
    variant = driver.make_product()[0]
    here, elsewhere = driver.make_cart(), driver.make_cart(channel=driver.other_channel)
    for cart_id in (here, elsewhere):
        driver.add_line(cart_id, variant)
    # when
    driver.unlist(variant, driver.channel)
    # then
    priced = driver.shop.priced_carts([here, elsewhere])
    assert priced[here].lines[0].available is False
    assert priced[elsewhere].lines[0].available is True
