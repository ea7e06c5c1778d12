"""The road of an abandoned cart, end to end in the demo shop."""

from datetime import timedelta
from decimal import Decimal

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.address import normalise
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.report import report
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from tests.road import AGREED, Road


def test_a_cart_left_for_four_hours_is_answered_by_one_mail_with_what_is_in_it(road: Road) -> None:
    shirt, scarf = (
        *road.make_product("Linen shirt", price=Decimal("40")),
        *road.make_product("Wool scarf", price=Decimal("25")),
    )
    road.cart(shirt, scarf)
    road.work()

    road.wait(hours=4, minutes=1)
    (mail,) = road.work()

    assert mail["To"] == "ada@example.com"
    assert "Linen shirt" in html_of(mail)
    assert "Wool scarf" in html_of(mail)
    assert "65,00" in text_of(mail)


def test_hooks_alone_are_enough(road: Road) -> None:
    road.cart(*road.make_product())
    road.work(work.process_inbox)

    road.wait(hours=4, minutes=1)

    assert len(road.work(work.decide, work.deliver)) == 1


def test_nothing_is_sent_before_the_delay_is_over(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()

    road.wait(hours=3, minutes=55)

    assert road.work() == []


def test_the_second_mail_comes_after_24_hours_and_no_third_follows(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()
    road.wait(hours=4, minutes=1)
    (first,) = road.work()

    road.wait(hours=19)
    assert road.work() == []
    road.wait(hours=2)
    (second,) = road.work()
    road.wait(days=5)

    assert road.work() == []
    assert first["Subject"] != second["Subject"]


def test_the_mail_shows_the_price_of_the_day_it_is_sent(road: Road) -> None:
    (shirt,) = road.make_product(price=Decimal("40"))
    road.cart(shirt)
    road.work()

    road.set_price(shirt, Decimal("30"))
    road.wait(hours=5)
    (mail,) = road.work()

    assert "30,00" in text_of(mail)
    assert "40,00" not in text_of(mail)


def test_an_order_ends_the_run_even_if_its_hook_is_lost(road: Road) -> None:
    from saleor_crm_plugin.shop.sandbox import storefront

    cart = road.cart(*road.make_product())
    road.work()
    road.wait(hours=3)
    storefront.place_order(cart, now=road.now, hook=storefront.lost)

    road.wait(hours=2)

    assert road.work() == []
    assert road.run_of(cart).state == Enrolment.State.FINISHED


def test_an_emptied_cart_gets_no_mail(road: Road) -> None:
    (shirt,) = road.make_product()
    cart = road.cart(shirt)
    road.work()
    road.wait(hours=3)
    road.remove_line(cart, shirt)

    road.wait(hours=5)

    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "cart_emptied")]


def test_a_refilled_cart_is_waited_for_anew(road: Road) -> None:
    (shirt,) = road.make_product()
    cart = road.cart(shirt)
    road.work()
    road.wait(hours=3)
    road.remove_line(cart, shirt)
    road.wait(hours=5)
    road.work()
    road.add_line(cart, shirt, 2)
    road.work()

    road.wait(hours=5)

    assert len(road.work()) == 1


def test_a_change_restarts_the_waiting(road: Road) -> None:
    shirt, scarf = *road.make_product(), *road.make_product("Scarf")
    cart = road.cart(shirt)
    road.work()
    road.wait(hours=3)
    road.add_line(cart, scarf)
    road.work()

    road.wait(hours=2)
    assert road.work() == []
    road.wait(hours=3)

    (mail,) = road.work()
    assert "Scarf" in text_of(mail)


def test_a_change_after_the_first_mail_does_not_bring_the_first_mail_again(road: Road) -> None:
    shirt, scarf = *road.make_product(), *road.make_product("Scarf")
    cart = road.cart(shirt)
    road.work()
    road.wait(hours=5)
    (first,) = road.work()
    road.wait(hours=1)
    road.add_line(cart, scarf)
    road.work()

    road.wait(hours=5)
    assert road.work() == []
    road.wait(hours=20)

    (second,) = road.work()
    assert second["Subject"] != first["Subject"]


def test_without_consent_there_is_no_mail(road: Road) -> None:
    cart = road.cart(*road.make_product(), metadata={})
    road.work()

    road.wait(hours=5)

    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "no_consent")]


def test_consent_given_later_lets_the_mail_go(road: Road) -> None:
    cart = road.cart(*road.make_product(), metadata={})
    road.work()
    road.wait(hours=5)
    road.work()

    road.set_cart_metadata(cart, AGREED)
    road.work()
    road.wait(hours=5)

    assert len(road.work()) == 1


def test_a_suppressed_address_gets_no_mail(road: Road) -> None:
    cart = road.cart(*road.make_product(), email="Ada@Example.com")
    suppress(normalise("ada@example.com"), Suppression.Reason.COMPLAINT, road.now)
    road.work()

    road.wait(hours=5)

    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "suppressed")]


def test_a_cart_that_sold_out_is_answered_by_what_is_there_instead_once(road: Road) -> None:
    road.set(back_in_stock_enabled=True)
    (shirt,) = road.make_product("Linen shirt")
    cart = road.cart(shirt, language="en")
    road.work()
    road.sell_out(shirt)

    road.wait(hours=5)
    (mail,) = road.work()
    road.wait(hours=20)

    assert mail["Subject"] == "Not in stock at the moment: Linen shirt"
    assert "Tell me when it is back" in text_of(mail)
    assert "utm_campaign=abandoned_cart" in text_of(mail)
    assert road.work() == []
    assert road.reasons(cart) == [("sent", "due"), ("skipped", "sold_out")]


def test_a_cart_that_sold_out_after_its_first_mail_is_answered_by_what_is_there_instead(road: Road) -> None:
    (shirt,) = road.make_product("Linen shirt")
    road.cart(shirt, language="en")
    road.work()
    road.wait(hours=4, minutes=1)
    (first,) = road.work()
    road.sell_out(shirt)

    road.wait(hours=20, minutes=5)
    (second,) = road.work()

    assert first["Subject"].startswith("You left 1 item")
    assert second["Subject"].startswith("Not in stock at the moment")


def test_a_cart_that_sold_out_and_came_back_before_the_mail_left_is_written_about_as_it_is(road: Road) -> None:
    (shirt,) = road.make_product("Linen shirt")
    cart = road.cart(shirt, language="en")
    road.work()
    road.sell_out(shirt)
    road.wait(hours=5)
    road.work(work.decide)

    road.set_stock(shirt, 3)
    assert road.work(work.deliver) == []
    (mail,) = road.work()

    assert mail["Subject"].startswith("You left 1 item")
    assert road.reasons(cart) == [("sent", "due"), ("withdrawn", "in_stock"), ("sent", "due")]


def test_without_consent_a_cart_that_sold_out_is_not_written_about(road: Road) -> None:
    (shirt,) = road.make_product()
    cart = road.cart(shirt, metadata={})
    road.work()
    road.sell_out(shirt)

    road.wait(hours=5)

    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "no_consent")]


def test_where_the_flow_about_stock_tells_of_a_cart_the_reminder_does_not(road: Road) -> None:
    road.set(out_of_stock_enabled=True)
    (shirt,) = road.make_product(stock=3)
    cart = road.cart(shirt)
    road.work()
    road.sell_out(shirt)
    road.work()

    road.wait(minutes=20)
    (mail,) = road.work()
    road.wait(hours=5)

    assert mail["Feedback-ID"].startswith("out_of_stock:")
    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "sold_out")]


def test_with_the_flow_off_carts_are_noticed_and_nothing_is_sent(road: Road) -> None:
    road.set(abandoned_cart_enabled=False)
    road.cart(*road.make_product())
    road.work()

    road.wait(hours=5)
    road.work()
    road.set(abandoned_cart_enabled=True)

    assert road.work() == []
    assert not Enrolment.objects.exists()


def test_a_cart_left_before_the_plugin_was_there_gets_no_mail(road: Road) -> None:
    road.cart(*road.make_product())
    road.wait(days=3)

    assert road.work() == []


def test_after_a_long_outage_a_reminder_that_makes_no_sense_is_not_sent(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()

    road.wait(days=3)

    assert road.work() == []
    assert ("skipped", "too_late") in road.reasons(cart)


def test_at_night_the_mail_waits_for_the_customers_morning(road: Road) -> None:
    road.set(quiet_hours="21-8")
    cart = road.cart(*road.make_product(), country="DE")  # at 12 UTC
    road.work()
    road.wait(hours=8, minutes=30)  # 20:30 UTC, 21:30 in Berlin

    assert road.work() == []
    road.wait(hours=10, minutes=35)  # 07:05 UTC, 08:05 in Berlin

    assert len(road.work()) == 1
    assert road.reasons(cart) == [("moved", "quiet_hours"), ("sent", "due")]


def test_the_second_mail_keeps_its_distance_to_a_first_that_had_to_wait(road: Road) -> None:
    road.set(quiet_hours="21-8")
    cart = road.cart(*road.make_product(), country="DE")
    road.work()
    road.wait(hours=8, minutes=30)
    road.work()
    road.wait(hours=10, minutes=35)
    road.work()

    run = road.run_of(cart)

    assert run.due_at - road.now == timedelta(hours=20)


def test_two_carts_of_one_person_make_one_mail(road: Road) -> None:
    (shirt,) = road.make_product()
    first, second = road.cart(shirt), road.cart(shirt)
    road.work()

    road.wait(hours=5)

    assert len(road.work()) == 1
    assert sorted([road.run_of(first).ended_by, road.run_of(second).ended_by]) == ["", "newer_cart"]


def test_the_allow_list_keeps_all_others_out(road: Road) -> None:
    road.set(allow_list="@staff.example.com\nboss@example.org")
    (shirt,) = road.make_product()
    road.cart(shirt)
    road.cart(shirt, email="tester@staff.example.com")
    road.cart(shirt, email="boss@example.org")
    road.work()

    road.wait(hours=5)

    assert sorted(str(mail["To"]) for mail in road.work()) == ["boss@example.org", "tester@staff.example.com"]


def test_the_holdout_gets_no_mail_and_is_counted_like_the_others(road: Road) -> None:
    road.set(holdout_percent="50")
    (shirt,) = road.make_product(stock=1000)
    carts = [road.cart(shirt, email=f"customer{n}@example.com") for n in range(60)]
    road.work()
    road.wait(hours=5)
    mails = road.work()
    road.wait(hours=1)
    for cart in carts:
        road.place_order(cart)
    road.work()

    result, *_ = report()

    assert len(mails) == result.treated.carts == result.treated.recovered
    assert 0 < result.holdout.carts == result.holdout.recovered == 60 - len(mails)
    assert result.treated.revenue["EUR"] == 40 * len(mails)


def test_an_order_before_any_decision_counts_for_neither_arm(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.place_order(cart)
    road.work()

    result, *_ = report()

    assert result.enrolled == 1
    assert result.treated.carts == result.holdout.carts == 0


def test_a_cancelled_order_is_not_a_recovery(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    road.work()
    order = road.place_order(cart)
    road.work()
    road.cancel_order(order)
    road.work()

    result, *_ = report()

    assert result.treated.carts == 1
    assert result.treated.recovered == 0


def test_an_order_between_the_decision_and_the_sending_withdraws_the_mail(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    road.sink.on_data = lambda mail: "451 4.3.0 later"
    road.work()
    road.sink.on_data = lambda mail: None
    road.place_order(cart)

    road.wait(minutes=30)

    assert road.work() == []
    assert road.reasons(cart)[-1] == ("withdrawn", "ordered")
    assert not Message.objects.exists()


def test_a_change_between_the_decision_and_the_sending_restarts_the_waiting(road: Road) -> None:
    shirt, scarf = *road.make_product(), *road.make_product("Scarf")
    cart = road.cart(shirt)
    road.work()
    road.wait(hours=5)
    road.sink.on_data = lambda mail: "451 4.3.0 later"
    road.work()
    road.sink.on_data = lambda mail: None
    road.add_line(cart, scarf)

    road.wait(minutes=30)
    assert road.work() == []
    road.wait(hours=4)

    (mail,) = road.work()
    assert "Scarf" in text_of(mail)


def test_a_mail_that_waited_long_for_the_mail_server_is_priced_anew(road: Road) -> None:
    (shirt,) = road.make_product(price=Decimal("40"))
    road.cart(shirt)
    road.work()
    road.wait(hours=5)
    road.sink.on_data = lambda mail: "451 4.3.0 later"
    road.work()
    road.sink.on_data = lambda mail: None
    road.set_price(shirt, Decimal("35"))

    road.wait(hours=3)
    mails = [*road.work(), *road.work()]

    assert len(mails) == 1
    assert "35,00" in text_of(mails[0])


def test_a_corrected_email_address_gets_the_mail_and_the_old_one_none(road: Road) -> None:
    cart = road.cart(*road.make_product(), email="adda@example.com")
    road.work()
    road.wait(hours=1)
    road.set_email(cart, "ada@example.com")
    road.set_cart_metadata(cart, {"marketing-consent": "true", "marketing-consent-wording": "v2"})
    road.work()

    road.wait(hours=5)

    assert [mail["To"] for mail in road.work()] == ["ada@example.com"]
