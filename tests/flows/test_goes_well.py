"""What goes well with a cart, in the mails about it: chosen when they are decided."""

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from tests.learnt import Learnt
from tests.road import Road


def range_of(road: Road, count: int) -> list[str]:
    return [road.make_product(f"Product {number}", stock=1000)[0] for number in range(count)]


def test_both_mails_about_a_cart_show_what_goes_well_with_it(road: Road) -> None:
    # given
    shirt, *others = range_of(road, 7)
    Learnt().goes_with(shirt, others)
    road.cart(shirt, language="en")
    road.work()

    # when
    road.wait(hours=5)
    (first,) = road.work()
    road.wait(hours=21)
    (second,) = road.work()

    # then
    for mail in (first, second):
        assert "Goes well with your cart" in html_of(mail)
        assert "Goes well with your cart" in text_of(mail)
        assert "Product 4" in html_of(mail)
        assert "Product 5" not in html_of(mail)
        assert "utm_campaign=abandoned_cart&utm_content=cart" in text_of(mail)


def test_it_is_the_same_when_the_mail_leaves_later(road: Road) -> None:
    # given: decided, and not taken by the mail server
    shirt, *others = range_of(road, 4)
    learnt = Learnt()
    learnt.goes_with(shirt, others)
    road.cart(shirt, language="en")
    road.work()
    road.wait(hours=5)
    road.sink.on_data = lambda mail: "451 4.3.0 later"
    road.work()
    road.sink.on_data = lambda mail: None

    # when: meanwhile something else was learnt
    learnt.run.delete()
    road.wait(minutes=30)
    (mail,) = road.work()

    # then
    assert "Product 3" in html_of(mail)


def test_where_nothing_goes_well_with_it_the_mail_is_about_the_cart_alone(road: Road) -> None:
    # given
    shirt, *others = range_of(road, 4)
    Learnt().sells(others)
    road.cart(shirt, language="en")
    road.work()

    # when
    road.wait(hours=5)
    (mail,) = road.work()

    # then
    assert "Goes well" not in html_of(mail)
    assert "Product 2" not in html_of(mail)


def test_a_mail_leaves_also_when_nothing_can_be_chosen(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    # given
    shirt, *others = range_of(road, 4)
    Learnt().goes_with(shirt, others)
    cart = road.cart(shirt, language="en")
    road.work()
    road.wait(hours=5)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_recs_product RENAME TO gone")

    # when
    try:
        with caplog.at_level(logging.ERROR):
            (mail,) = road.work()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO crm_recs_product")

    # then
    assert "Product 0" in html_of(mail)
    assert "Goes well" not in html_of(mail)
    assert road.reasons(cart) == [("sent", "due")]
    assert "products for mails could not be chosen" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_twenty_carts_cost_as_many_statements_as_one(road: Road) -> None:
    # given
    variants = range_of(road, 8)
    learnt = Learnt()
    for number, variant in enumerate(variants):
        learnt.goes_with(variant, [*variants[:number], *variants[number + 1 :]])

    # when
    costs = []
    for count in (1, 20):
        for number in range(count):
            road.cart(variants[number % 8], variants[(number + 1) % 8], email=f"c{count}-{number}@example.com")
        road.work(work.process_inbox)
        road.wait(hours=5)
        with CaptureQueriesContext(connection) as captured:
            road.work(work.decide)
        costs.append(len(captured))

    # then
    assert costs[0] == costs[1]
    mails = Message.objects.all()
    assert len(mails) == 21
    assert all(len(mail.content["blocks"]["cart"]) == 4 for mail in mails)
