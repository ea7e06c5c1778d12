"""RFM by examples that can be checked by hand, and the two ways of ranking against each other."""

from collections.abc import Iterator

import pytest
from django.db import connection

from saleor_crm_plugin.segments.overview import customer
from tests.segments.facts import NOW, buy, night, open_memberships, person, rules

pytestmark = pytest.mark.django_db


def ranks(contact: int, bins: str = "5") -> Iterator[tuple[str, int | None, int | None, int | None, str, int]]:
    for one in customer(contact, rules(rfm_bins=bins), NOW).rfm:
        yield one.currency, one.recency, one.frequency, one.monetary, one.group, one.sample


def test_six_customers_take_the_five_ranks_in_order() -> None:
    people = [person() for _ in range(6)]
    for n, contact in enumerate(people):
        buy(contact, 60 - 10 * n, str(10 * (n + 1)))

    night()

    # floor(5 * lower / 5) with 0 to 5 customers lower
    assert [next(ranks(contact))[1] for contact in people] == [1, 2, 3, 4, 5, 5]
    assert [next(ranks(contact))[3] for contact in people] == [1, 2, 3, 4, 5, 5]
    # All ordered once: nobody is lower.
    assert [next(ranks(contact))[2] for contact in people] == [1] * 6


def test_ties_share_a_rank() -> None:
    people = [person() for _ in range(5)]
    for contact, amount in zip(people, ["10", "20", "20", "20", "30"], strict=True):
        buy(contact, 10, amount)

    night()

    # floor(5 * lower / 4): 0 lower, 1 lower three times, 4 lower
    assert [next(ranks(contact))[3] for contact in people] == [1, 2, 2, 2, 5]


@pytest.mark.parametrize(("bins", "middle"), [("2", 2), ("3", 2), ("4", 3), ("5", 3), ("10", 6)])
def test_one_customer_alone_is_in_the_middle(bins: str, middle: int) -> None:
    contact = person()
    buy(contact, 10)

    night(settings=rules(rfm_bins=bins))

    ((currency, recency, frequency, monetary, _, sample),) = ranks(contact, bins)
    assert (currency, recency, frequency, monetary, sample) == ("EUR", middle, middle, middle, 1)


def test_a_second_customer_moves_the_first_out_of_the_middle() -> None:
    first, second = person(), person()
    buy(first, 10, "10")
    night()
    buy(second, 5, "20")

    night()

    assert list(ranks(first)) == [("EUR", 1, 1, 1, "Lost", 2)]
    assert list(ranks(second)) == [("EUR", 5, 1, 5, "Potential loyalist", 2)]


def test_ranks_are_taken_inside_a_currency() -> None:
    rich, poor, alone = person(), person(), person()
    buy(rich, 10, "1000")
    buy(poor, 20, "10")
    buy(alone, 30, "1", "PLN")
    buy(rich, 40, "2", "PLN")

    night()

    assert [(one[0], one[3]) for one in ranks(rich)] == [("EUR", 5), ("PLN", 5)]
    assert [(one[0], one[3]) for one in ranks(alone)] == [("PLN", 1)]


def test_who_did_not_order_in_the_period_has_no_rank_and_no_group() -> None:
    contact, other = person(), person()
    buy(contact, 800)
    buy(other, 10)

    night()

    assert [(one[1], one[4]) for one in ranks(contact)] == [(None, "")]
    assert open_memberships("rfm") == {(other, "EUR"): "Needs attention"}


def test_refunded_cancelled_and_ownerless_orders_do_not_count() -> None:
    contact = person()
    buy(contact, 10, "50", refunded="20")
    buy(contact, 9, "50", refunded="50")
    buy(contact, 8, "50", real=False)
    buy(None, 7, "50")

    night()

    (one,) = customer(contact, rules(), NOW).rfm
    assert (one.orders, one.amount, one.recent_orders, one.recent_amount) == (1, 30, 1, 30)


def test_the_group_is_that_of_recency_and_the_mean_of_frequency_and_money_rounded_half_up() -> None:
    people = [person() for _ in range(6)]
    for n, contact in enumerate(people):
        buy(contact, 60 - 10 * n, str(100 - n))
    for _ in range(2):
        buy(people[5], 10, "1")
    night(settings=rules(rfm_groups="\n".join(f"{r}{w} = {r}, {w}" for r in range(1, 6) for w in range(1, 6))))

    groups = {contact: group for (contact, _), group in open_memberships("rfm").items()}

    # The last one: recency 5; frequency 5; amount 95 + 2 is the third lowest, rank 3: worth (5 + 3) / 2 = 4.
    assert groups[people[5]] == "54"
    # The first one: recency 1, frequency 1, money 5: worth 3. The fifth: frequency 1, money 1 (96 is lowest).
    assert groups[people[0]] == "13"
    assert groups[people[4]] == "51"


def test_cuts_rank_everybody_as_the_window_functions_do() -> None:
    people = [person() for _ in range(60)]
    for n, contact in enumerate(people):
        for k in range(n % 5 + 1):
            buy(contact, (n * 37 + k * 11) % 300 + 1, str(n * 17 % 23))
    night()
    for n in range(0, 60, 7):
        buy(people[n], 1, str(n))
    night()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id, rank() OVER (ORDER BY last_at) - 1, rank() OVER (ORDER BY recent_orders) - 1,"
            " rank() OVER (ORDER BY recent_amount) - 1, count(*) OVER () FROM crm_customer_value"
        )
        for contact, *lower, n in cursor.fetchall():
            ((_, *got, _, sample),) = ranks(contact)
            assert got == [min(5, 1 + 5 * below // (n - 1)) for below in lower]
            assert sample == n
