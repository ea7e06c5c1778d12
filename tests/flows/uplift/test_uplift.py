"""Who counts in the comparison, and what money: the statement behind it, and what is said of its figures."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.people.vouchers import key_of
from saleor_crm_plugin.flows.uplift.uplift import Arm, Compared, Credited, Spent, Uplift, uplift
from saleor_crm_plugin.flows.uplift.words import conclusion, tell
from saleor_crm_plugin.vouchers.models import Grant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FLOW = "welcome"
_numbers = count()


def person(arm: str = "treated", days_ago: float = 40, flow: str = FLOW) -> Contact:
    contact = Contact.objects.create(email=f"customer{next(_numbers)}@example.com", created_at=NOW)
    run(contact, arm, days_ago, flow)
    return contact


def run(contact: Contact | None, arm: str, days_ago: float, flow: str = FLOW) -> Enrolment:
    at = NOW - days_ago * DAY
    return Enrolment.objects.create(
        flow=flow, subject_id=str(next(_numbers)), contact=contact, basis=at, planned_at=at, due_at=at, enrolled_at=at,
        arm=arm, arm_at=at if arm else None,
    )  # fmt: skip


def buy(contact: Contact | None, days_ago: float, total: str = "50", currency: str = "EUR", **rest: Any) -> str:
    at = NOW - days_ago * DAY
    order = Purchase.objects.create(
        order_id=f"order{next(_numbers)}", contact=contact, channel="eu", currency=currency, language="de",
        **{"total": Decimal(total), "refunded": 0, "real": True, "paid": True, "placed_at": at, "changed_at": at}
        | rest,
    )  # fmt: skip
    return str(order.order_id)


def now() -> Uplift:
    found = uplift(FLOW, NOW)
    assert found
    return found


def revenue() -> dict[str, tuple[Decimal, Decimal]]:
    """By currency: after a mail, and without one."""
    return {one.currency: (one.treated.revenue, one.held_out.revenue) for one in now().currencies}


def test_orders_count_as_what_they_are_worth_less_refunds_in_the_month_after() -> None:
    # given
    ada, bob = person(), person("holdout")
    buy(ada, 39, "50")
    buy(ada, 11, "30", refunded=Decimal(10))
    buy(bob, 20, "25")
    # what does not count: before the mail, more than a month after it, unpaid, cancelled, gone back whole
    buy(ada, 41, "1000")
    buy(ada, 9, "1000")
    buy(ada, 30, "1000", paid=False)
    buy(bob, 30, "1000", real=False)
    buy(bob, 30, "1000", refunded=Decimal(1000))
    # when
    (euros,) = now().currencies
    # then
    assert (euros.treated.revenue, euros.treated.orders, euros.treated.buyers) == (Decimal(70), 2, 1)
    assert (euros.held_out.revenue, euros.held_out.orders, euros.held_out.buyers) == (Decimal(25), 1, 1)


def test_people_without_orders_count_too_and_currencies_are_never_added_up() -> None:
    ada, bob = person(), person("holdout")
    person()
    buy(ada, 35, "50")
    buy(ada, 35, "400", currency="PLN")
    buy(bob, 35, "80", currency="PLN")

    assert revenue() == {"EUR": (Decimal(50), Decimal(0)), "PLN": (Decimal(400), Decimal(80))}
    assert [one.treated.per_1000 for one in now().currencies] == [Decimal("25000.00"), Decimal("200000.00")]


def test_a_person_counts_once_from_the_first_arm() -> None:
    # given: held out at first, and treated later, since the owner holds fewer out now
    ada = person("holdout", days_ago=40)
    run(ada, "treated", days_ago=10)
    run(ada, "", days_ago=50)
    buy(ada, 30)
    buy(ada, 5)
    # then
    assert (now().treated, now().held_out) == (Arm(0, 0), Arm(1, 0))
    assert revenue() == {"EUR": (Decimal(0), Decimal(50))}


def test_two_who_turn_out_to_be_one_are_one() -> None:
    # given: a guest who was mailed, and an account that was held out later
    guest = Contact.objects.create(email="ada@example.com", created_at=NOW)
    account = Contact.objects.create(email="other@example.com", user_id="7", created_at=NOW)
    run(guest, "treated", 40)
    run(account, "holdout", 35)
    buy(guest, 30)
    buy(account, 29)
    # when
    resolve([Person(email="ada@example.com", user_id="7")], NOW)
    # then
    assert (now().treated, now().held_out) == (Arm(1, 0), Arm(0, 0))
    assert revenue() == {"EUR": (Decimal(100), Decimal(0))}


def test_only_the_flows_own_people_count_and_nobody_is_one_person() -> None:
    ada = person(flow="cross_sell")
    buy(ada, 30)
    run(None, "treated", 40)
    buy(None, 30)

    assert now() == Uplift(Arm(0, 0), Arm(0, 0), [], [], [])


def test_whose_month_is_not_over_is_marked() -> None:
    buy(person(days_ago=29), 1)
    person("holdout", days_ago=31)

    assert (now().treated, now().held_out) == (Arm(1, 1), Arm(1, 0))
    assert "1 of them are still in their 30 days; what they ordered so far counts" in "\n".join(tell(now()))


def test_who_asked_for_a_mail_is_compared_with_nobody() -> None:
    assert uplift("back_in_stock", NOW) is None


def test_what_was_bought_with_codes_stands_beside_it() -> None:
    # given
    ada = person()
    mine, other = run(ada, "treated", 20), run(ada, "treated", 20, flow="cross_sell")
    orders = [buy(ada, 10, "60"), buy(ada, 9, "70"), buy(ada, 8, "80", real=False), buy(ada, 7, "90")]
    keys = [key_of(mine.flow, mine.subject_id), key_of(other.flow, other.subject_id), f"{FLOW}:x", "campaign:spring"]
    for key, order in zip(keys, orders, strict=True):
        Grant.objects.create(
            key=key, tier="B", contact=ada, code=order, voucher_id="1", channel="eu", currency="EUR", value=5,
            state="redeemed", granted_at=NOW, expires_at=NOW, look_at=NOW, redeemed_order_id=order,
        )  # fmt: skip
    # then
    assert now().by_code == [Credited("EUR", 1, Decimal(60))]
    assert "With codes of these mails: 1 order, 60.00 EUR. Some would" in list(tell(now()))


def test_a_difference_that_can_be_chance_says_how_long_to_wait() -> None:
    # given 20 people a week, for ten weeks; one in five is held out, a little fewer of them buy
    for number in range(200):
        contact = person("holdout" if number % 5 == 0 else "treated", days_ago=35 + number * 0.35)
        if number % 4 == 1 or number % 20 == 0:
            buy(contact, 34, str(40 + number % 7))
    # when
    (euros,) = now().currencies
    # then
    assert euros.difference is not None
    assert euros.low is not None
    assert euros.high is not None
    assert euros.low < 0 < euros.high
    assert not euros.conclusive
    assert euros.weeks
    assert f"not conclusive yet, about {euros.weeks} week" in "\n".join(tell(now()))


def test_a_large_difference_is_conclusive() -> None:
    for number in range(400):
        contact = person("holdout" if number % 2 else "treated")
        if number % 4 == 0 or number % 20 == 1:
            buy(contact, 34, "50")
    (euros,) = now().currencies
    assert (euros.difference, euros.conclusive, euros.weeks) == (Decimal("20000.00"), True, None)
    assert "the mails bring more." in "\n".join(tell(now()))


def test_more_people_cost_no_more_statements() -> None:
    costs = []
    for _ in range(2):
        for _ in range(5):
            buy(person(), 30)
        with CaptureQueriesContext(connection) as run_queries:
            now()
        costs.append(len(run_queries))
    assert costs == [3, 3]


def sent(holdout_percent: int = 50, days_ago: float = 40) -> Campaign:
    return Campaign.objects.create(
        name="Spring", channels=["eu"], language="en", holdout_percent=holdout_percent, changed_at=NOW,
        created_at=NOW - days_ago * DAY,
    )  # fmt: skip


def test_each_newsletter_is_beside_its_own_held_out_and_all_together_are_their_average() -> None:
    # given: a sale, of which half are held out, and a newsletter later, to thrice as many; all of them buy the same
    readers = [Contact.objects.create(email=f"reader{number}@example.com", created_at=NOW) for number in range(80)]
    for newsletter, days_ago, some, held_out, price in (
        (sent(), 60, readers[:20], 10, "100"),
        (sent(), 40, readers[20:], 12, "10"),
    ):
        for number, reader in enumerate(some):
            arm = "holdout" if number < held_out else "treated"
            Enrolment.objects.filter(pk=run(reader, arm, days_ago, "newsletter").pk).update(campaign=newsletter)
            buy(reader, days_ago - 1, price)

    # when
    found = uplift("newsletter", NOW)

    # then: (20 x 100 + 60 x 10) / 80 a person on both sides
    assert found
    (euros,) = found.currencies
    assert (found.newsletters, found.treated, found.held_out) == (2, Arm(58, 0), Arm(22, 0))
    assert (euros.treated.per_1000, euros.held_out.per_1000) == (Decimal("32500.00"), Decimal("32500.00"))
    assert euros.difference == 0
    assert "in 2 newsletters, each beside those who were held out of it" in "\n".join(tell(found))


def test_who_is_held_out_of_one_newsletter_and_gets_another_counts_once_in_each() -> None:
    # given
    first, second = sent(), sent()
    ada = Contact.objects.create(email="ada@example.com", created_at=NOW)
    for newsletter, arm in ((first, "holdout"), (second, "treated")):
        Enrolment.objects.filter(pk=run(ada, arm, 40, "newsletter").pk).update(campaign=newsletter)
    # when
    found = uplift("newsletter", NOW)
    # then
    assert found
    assert (found.treated, found.held_out) == (Arm(1, 0), Arm(1, 0))


def compared(difference: str | None, **values: Any) -> str:
    """The sentence about such a comparison."""
    spent = Spent(1, 1, Decimal(1), Decimal(1))
    amount = None if difference is None else Decimal(difference)
    low, high = (None, None) if amount is None else (amount - 10, amount + 10)
    return conclusion(
        Compared("EUR", spent, spent, amount, low, high, **{"conclusive": False, "weeks": None, **values})
    )


def test_each_case_is_said_in_plain_words() -> None:
    assert compared(None) == "Not conclusive yet in EUR: too few people or orders to say anything."
    assert (
        compared("12", conclusive=True) == "Per 1,000 people +12.00 EUR (95 %: +2.00 to +22.00): the mails bring more."
    )
    assert compared("-12", conclusive=True).endswith("(95 %: -22.00 to -2.00): the mails bring less.")
    assert compared("5", weeks=1).endswith(": not conclusive yet, about 1 week at this rate.")
    assert compared("-5", weeks=30).endswith(": not conclusive yet, about 30 weeks at this rate.")
    assert compared("0.01").endswith(": not conclusive yet, more than 2 years at this rate.")
