"""Loyal customers: a score that crosses a threshold brings a personal code, once, and one reminder while it is good."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Decision
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_table import ADA, buys
from tests.road import Road

BOB = "bob@example.com"


@pytest.fixture
def shop(road: Road) -> Road:
    """Two customers who bought, and both loyal flows on."""
    road.set(abandoned_cart_enabled=False, flows="loyal_a = on\nloyal_b = on")
    for email in (ADA, BOB):
        buys(road, road.make_product("Hat")[0], email=email)
    road.wait(days=30)
    return road


def crosses(road: Road, tier: str, email: str = ADA) -> None:
    """The score crosses a threshold, as the night before found."""
    contact = Contact.objects.get(email=email)
    Membership.objects.filter(contact=contact, kind="score", left_at=None).update(left_at=road.now)
    Membership.objects.create(contact=contact, kind="score", segment=tier, entered_at=road.now, cause="order")


def decided(flow: str) -> list[tuple[str, str]]:
    rows = Decision.objects.filter(enrolment__flow=flow).order_by("at", "id")
    return list(rows.values_list("outcome", "reason"))


def to(mails: Collection[object]) -> list[str]:
    return [str(mail["To"]) for mail in mails]  # type: ignore[index]


def test_b_brings_fifteen_percent_and_a_brings_twenty(shop: Road) -> None:
    # when
    crosses(shop, "B")
    (first,) = shop.work()
    shop.wait(days=2)
    crosses(shop, "A")
    (second,) = shop.work()
    # then
    codes = {grant.tier: grant.code for grant in Grant.objects.all()}
    assert set(codes) == {"A", "B"}
    assert codes["B"] in text_of(first)
    assert "15" in text_of(first)
    assert codes["A"] in text_of(second)
    assert "20" in text_of(second)
    assert to([first, second]) == [ADA, ADA]
    assert not Grant.objects.filter(contact__email=BOB).exists()


def test_one_reminder_says_the_same_code_while_it_is_good(shop: Road) -> None:
    crosses(shop, "B")
    (first,) = shop.work()
    shop.wait(days=5, minutes=1)
    (reminder,) = shop.work()
    shop.wait(days=5)
    assert shop.work() == []
    (grant,) = Grant.objects.all()
    assert grant.code in text_of(first)
    assert grant.code in text_of(reminder)


def test_who_used_the_code_is_not_reminded(shop: Road) -> None:
    # given
    crosses(shop, "B")
    shop.work()
    (grant,) = Grant.objects.all()
    # when
    cart = shop.cart(shop.make_product("Scarf")[0], email=ADA)
    assert shop.add_code(cart, grant.code)
    shop.place_order(cart)
    shop.work(work.process_inbox)
    grant.refresh_from_db()
    assert grant.state == Grant.State.REDEEMED
    # then
    shop.wait(days=6)
    assert shop.work() == []
    assert decided("loyal_b")[-1] == ("skipped", "code_used")


def test_a_mail_that_is_not_sent_gives_its_code_back(shop: Road) -> None:
    crosses(shop, "B")
    shop.work(work.enter_flows, work.decide)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, shop.now)
    shop.work(work.deliver)
    assert shop.sink.mails == []
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK


def test_a_budget_that_is_used_up_leaves_the_next_without(shop: Road) -> None:
    shop.set(voucher_tiers="A = 20 %\nB = 15 %, at most 1")
    for email in (ADA, BOB):
        crosses(shop, "B", email)
    assert len(shop.work()) == 1
    assert sorted(decided("loyal_b")) == [("sent", "due"), ("skipped", "budget_used")]


def test_without_such_a_tier_nothing_is_promised(shop: Road) -> None:
    shop.set(voucher_tiers="Gold = 20 %")
    crosses(shop, "B")
    assert shop.work() == []
    assert decided("loyal_b") == [("skipped", "no_voucher")]


def test_who_crosses_back_and_forth_gets_one_code(shop: Road) -> None:
    for _ in range(3):
        crosses(shop, "B")
        shop.work()
        shop.wait(days=15)
    assert Grant.objects.count() == 1


def test_who_has_had_enough_mail_gets_the_code_later_and_not_the_reminder(shop: Road) -> None:
    # given a reminder of a cart some hours ago
    shop.set(abandoned_cart_enabled=True)
    shop.cart(shop.make_product("Scarf")[0], email=ADA)
    shop.work()
    shop.wait(hours=5)
    assert len(shop.work()) == 1
    shop.set(abandoned_cart_enabled=False)
    crosses(shop, "B")
    assert shop.work() == []
    # when enough time has passed
    shop.wait(hours=17)
    (mail,) = shop.work()
    # then
    assert mail["Feedback-ID"].startswith("loyal_b:step1:")


def test_who_falls_from_a_to_b_is_not_thanked_for_it(shop: Road) -> None:
    crosses(shop, "B")
    Membership.objects.filter(segment="B").update(cause="decay")
    assert shop.work() == []


def test_a_reminder_comes_before_its_code_ends_whatever_new_codes_are_good_for(shop: Road) -> None:
    # given a code that is good for seven days
    crosses(shop, "B")
    shop.work()
    # when new ones are good for thirty
    shop.set(voucher_tiers="B = 15 %, valid 30 d")
    for _ in range(8):
        shop.wait(days=1)
        shop.work()
    # then
    assert len(shop.sink.mails) == 2


def test_a_reminder_says_what_the_first_mail_said_whatever_is_set_now(shop: Road) -> None:
    crosses(shop, "B")
    shop.work()
    shop.set(voucher_tiers="B = 30 %, min 50 EUR, valid 7 d")
    shop.wait(days=5, minutes=1)
    (reminder,) = shop.work()
    assert "15" in text_of(reminder)
    assert "30 %" not in text_of(reminder)


def test_a_code_that_the_shop_takes_no_more_is_not_reminded_of(shop: Road) -> None:
    crosses(shop, "B")
    shop.work()
    with transaction.atomic():
        shop.shop.deactivate_codes([Grant.objects.get().code])
    shop.wait(days=5, minutes=1)
    assert shop.work() == []
    assert decided("loyal_b")[-1] == ("skipped", "code_used")


def test_a_code_of_a_mail_that_was_put_off_and_then_not_sent_is_given_back(shop: Road) -> None:
    # given a mail whose prices aged in the outbox
    crosses(shop, "B")
    shop.work(work.enter_flows, work.decide)
    shop.wait(hours=5)
    shop.work(work.deliver)
    assert Grant.objects.get().state == Grant.State.GRANTED
    # when it must not be said any more
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, shop.now)
    shop.work(work.decide)
    # then
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK


def test_codes_of_many_cost_as_many_statements_as_of_few(shop: Road) -> None:

    costs = []
    for many in (2, 12):
        people = [f"{many}-{number}@example.com" for number in range(many)]
        for email in people:
            buys(shop, shop.make_product("Hat")[0], email=email)
        shop.wait(days=1)
        for email in people:
            crosses(shop, "A", email)
        shop.work(work.enter_flows)
        with CaptureQueriesContext(connection) as captured:
            shop.work(work.decide)
        costs.append(len(captured))
        shop.work()
        shop.wait(seconds=timedelta(days=1).total_seconds())
    assert Grant.objects.count() == 14
    assert costs[0] == costs[1]


def test_a_first_mail_that_is_decided_again_says_the_terms_of_its_code(shop: Road) -> None:
    # given a mail whose prices aged in the outbox
    crosses(shop, "B")
    shop.work(work.enter_flows, work.decide)
    shop.wait(hours=5)
    shop.work(work.deliver)
    # when other terms are set before it is made anew
    shop.set(voucher_tiers="B = 30 %, min 50 EUR, valid 7 d")
    (mail,) = shop.work()
    # then
    voucher = Message.objects.get(flow="loyal_b").content["voucher"]
    assert (voucher["percent"], voucher["min_spent"]) == ("15", "")
    assert Grant.objects.get().code in text_of(mail)


def test_who_gets_no_code_gets_the_next_important_mail_instead(shop: Road) -> None:
    # given a tier that is used up, and a cross-selling mail that is due at the same moment
    shop.set(voucher_tiers="B = 15 %, at most 1", flows="loyal_b = on\ncross_sell = on")
    crosses(shop, "B", BOB)
    shop.work()
    buys(shop, shop.make_product("Scarf")[0], email=ADA)
    shop.work()
    shop.wait(days=7, minutes=1)
    crosses(shop, "B", ADA)
    # when
    (mail,) = [one for one in shop.work() if one["To"] == ADA]
    # then
    assert mail["Feedback-ID"].startswith("cross_sell:")
    assert decided("loyal_b")[-1] == ("skipped", "budget_used")


def test_a_code_whose_mail_was_refused_for_good_is_given_back_when_its_time_is_over(shop: Road) -> None:
    # given
    shop.sink.on_recipient = lambda address: "554 5.7.1 not here"
    crosses(shop, "B")
    shop.work()
    assert Message.objects.get(flow="loyal_b").state == Message.State.FAILED
    assert Grant.objects.get().state == Grant.State.GRANTED  # somebody may have it sent again
    # when
    shop.wait(days=4)
    shop.work(work.end_vouchers)
    # then
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK
    shop.sink.on_recipient = lambda address: None
    shop.wait(days=2)
    assert shop.work() == []
