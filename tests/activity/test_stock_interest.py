"""Asking to be told: one place in the queue for each who asks, however often, and nobody gets ahead by asking again."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.stock import interest
from saleor_crm_plugin.activity.stock.interest import CONFIRM_WITHIN, MOST_LIVE, MOST_UNCONFIRMED, Wish
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.retention import STOCK, purge
from tests.contacts.people import NOW, meet
from tests.contacts.test_identity import rolled_back
from tests.contacts.test_two_workers import at_once

pytestmark = pytest.mark.django_db
DAY, KEPT = timedelta(days=1), timedelta(days=90)
State = StockInterest.State
LIVE = (State.UNCONFIRMED, State.WAITING)


def wish(variant: str = "1", channel: str = "eu", price: str = "20.00") -> Wish:
    return Wish(variant, channel, "1", Decimal(price), "EUR")


def ask(
    contact: Contact, variant: str = "1", *, known: bool = True, days: float = 0, confirm: bool = True
) -> StockInterest | None:
    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        return interest.ask(
            contact.pk, wish(variant), "de", known=known, confirm=confirm, kept=KEPT, now=NOW + days * DAY
        )


def asked(contact: Contact, variant: str = "1", **rest: object) -> StockInterest:
    found = ask(contact, variant, **rest)  # type: ignore[arg-type]
    assert found is not None
    return found


def cancel(contact: Contact, variant: str = "1", days: float = 0) -> int:
    return interest.cancel(contact.pk, variant, "eu", NOW + days * DAY)


def met(email: str) -> Contact:
    """Somebody whom all workers know."""
    with transaction.atomic():
        return meet(email)


def states() -> list[str]:
    return list(StockInterest.objects.order_by("id").values_list("state", flat=True))


def test_what_is_asked_for_is_stored_with_its_price_and_its_end() -> None:
    ada = meet("ada@example.com")

    one = asked(ada)

    assert (one.contact_id, one.variant_id, one.product_id, one.channel) == (ada.pk, "1", "1", "eu")
    assert (one.kind, one.state, one.language) == ("request", "waiting", "de")
    assert (one.price, one.currency) == (Decimal("20.00"), "EUR")
    assert (one.asked_at, one.confirmed_at, one.expires_at) == (NOW, NOW, NOW + KEPT)


def test_asking_again_keeps_the_place_and_waits_longer() -> None:
    ada = meet("ada@example.com")
    first = asked(ada)

    again = asked(ada, days=10)

    assert (again.pk, again.asked_at, again.expires_at) == (first.pk, NOW, NOW + 10 * DAY + KEPT)
    assert StockInterest.objects.count() == 1


@pytest.mark.parametrize("state", [State.TOLD, State.CANCELLED, State.EXPIRED])
def test_who_asks_after_it_is_over_has_a_new_place(state: State) -> None:
    ada = meet("ada@example.com")
    first = asked(ada)
    StockInterest.objects.update(state=state)

    again = asked(ada, days=1)

    assert again.pk != first.pk
    assert (again.asked_at, states()) == (NOW + DAY, [state, "waiting"])


def test_a_guest_waits_from_when_the_address_is_confirmed_at_the_place_from_when_it_was_asked() -> None:
    guest = meet("guest@example.com")
    one = asked(guest, known=False)
    assert (one.state, one.confirmed_at, one.expires_at) == ("unconfirmed", None, NOW + CONFIRM_WITHIN)

    confirmed = interest.confirm(one.pk, KEPT, NOW + DAY)

    assert confirmed is not None
    assert (confirmed.pk, confirmed.state, confirmed.asked_at) == (one.pk, "waiting", NOW)
    assert (confirmed.confirmed_at, confirmed.expires_at) == (NOW + DAY, NOW + DAY + KEPT)
    assert interest.confirm(one.pk, KEPT, NOW + DAY) is None


def test_where_the_owner_asks_for_no_confirmation_a_guest_waits_at_once_and_is_still_nobody_known() -> None:
    one = asked(meet("guest@example.com"), known=False, confirm=False)
    assert (one.state, one.confirmed_at, one.expires_at) == ("waiting", None, NOW + KEPT)


def test_a_stranger_who_repeats_a_request_changes_nothing_of_it() -> None:
    ada = meet("ada@example.com")
    first = asked(ada)

    again = asked(ada, known=False, days=1)

    assert (again.pk, again.state, again.confirmed_at, again.expires_at) == (
        first.pk, "waiting", NOW, first.expires_at,
    )  # fmt: skip


def test_a_customer_who_asked_as_a_guest_before_need_not_confirm_any_more() -> None:
    ada = meet("ada@example.com")
    first = asked(ada, known=False)

    again = asked(ada, days=1)

    assert (again.pk, again.state, again.asked_at) == (first.pk, "waiting", NOW)
    assert (again.confirmed_at, again.expires_at) == (NOW + DAY, NOW + DAY + KEPT)


def test_a_request_that_is_over_can_not_be_confirmed() -> None:
    late, taken_back = asked(meet("a@example.com"), known=False), asked(meet("b@example.com"), known=False)
    interest.cancel(taken_back.contact_id, "1", "eu", NOW)

    assert interest.confirm(late.pk, KEPT, NOW + CONFIRM_WITHIN) is None
    assert interest.confirm(taken_back.pk, KEPT, NOW) is None
    assert states() == ["unconfirmed", "cancelled"]


def test_taking_it_back_takes_back_what_was_meant_and_once() -> None:
    ada, bea = meet("ada@example.com"), meet("bea@example.com")
    asked(ada)
    asked(ada, "2")
    asked(bea)

    assert [cancel(ada, days=1), cancel(ada, days=2)] == [1, 0]

    assert states() == ["cancelled", "waiting", "waiting"]
    assert StockInterest.objects.get(state="cancelled").ended_at == NOW + DAY


def test_weaker_interest_in_the_same_goes_with_it() -> None:
    ada = meet("ada@example.com")
    asked(ada)
    weak = StockInterest.objects.get()
    weak.pk, weak.kind = None, StockInterest.Kind.CART
    weak.save()

    assert cancel(ada) == 2
    assert states() == ["cancelled", "cancelled"]


def test_what_was_waited_for_long_enough_ends_and_what_nobody_confirmed_ends_sooner() -> None:
    asked(meet("a@example.com"), days=-1)
    asked(meet("b@example.com"))
    asked(meet("guest@example.com"), known=False)

    assert interest.expire(NOW + CONFIRM_WITHIN) == 1
    assert interest.expire(NOW + KEPT - DAY) == 1
    assert interest.expire(NOW + KEPT - DAY) == 0

    assert states() == ["expired", "waiting", "expired"]


def test_nobody_waits_for_more_than_so_many_at_a_time() -> None:
    ada = meet("ada@example.com")
    for number in range(MOST_LIVE):
        asked(ada, str(number))

    assert ask(ada, "one more") is None
    assert asked(ada, "3", days=1).expires_at == NOW + DAY + KEPT  # what is there already can be asked again
    cancel(ada, "3")
    assert ask(ada, "one more") is not None


def test_strangers_who_type_an_address_keep_its_owner_from_nothing() -> None:
    ada = meet("ada@example.com")
    for day in range(6):
        for number in range(MOST_UNCONFIRMED):
            ask(ada, f"{day} {number}", known=False, days=day)

    assert StockInterest.objects.filter(state="unconfirmed").count() == MOST_LIVE
    assert ask(ada, "1", days=5) is not None


def test_an_address_that_nobody_confirmed_gets_so_many_mails_a_day() -> None:
    guest = meet("guest@example.com")
    for number in range(MOST_UNCONFIRMED):
        asked(guest, str(number), known=False)

    assert ask(guest, "one more", known=False) is None
    assert asked(guest, "0", known=False)
    assert ask(guest, "one more", known=False, days=1.01) is not None


@pytest.mark.parametrize(("days", "mailed"), [(0.5, False), (1, True), (3, True)])
def test_a_guest_whose_mail_was_lost_gets_another_a_day_later(days: float, mailed: bool) -> None:
    guest = meet("guest@example.com")
    first = asked(guest, known=False)

    again = asked(guest, known=False, days=days)

    assert (again.pk, again.asked_at) == (first.pk, NOW)
    assert interest.is_news(first, NOW)
    assert interest.is_news(again, NOW + days * DAY) == mailed
    assert again.expires_at == (NOW + days * DAY + CONFIRM_WITHIN if mailed else first.expires_at)


def test_what_is_asked_again_every_day_counts_as_mails_too() -> None:
    guest = meet("guest@example.com")
    for number in range(MOST_UNCONFIRMED):
        asked(guest, str(number), known=False)
    for number in range(MOST_UNCONFIRMED):
        asked(guest, str(number), known=False, days=1.5)
    assert ask(guest, "one more", known=False, days=2) is None


def test_only_what_is_new_is_news() -> None:
    ada = meet("ada@example.com")
    assert interest.is_news(asked(ada, known=False), NOW)
    assert interest.is_news(asked(ada, days=0.1), NOW + 0.1 * DAY)
    for known in (True, False):
        assert not interest.is_news(asked(ada, days=2, known=known), NOW + 2 * DAY)


def test_who_confirms_may_ask_on() -> None:
    guest = meet("guest@example.com")
    for number in range(MOST_LIVE):
        interest.confirm(asked(guest, str(number), known=False).pk, KEPT, NOW)
    assert states() == ["waiting"] * MOST_LIVE


def test_taking_back_and_asking_again_does_not_get_around_the_mails_of_a_day() -> None:
    guest = meet("guest@example.com")
    for _ in range(MOST_UNCONFIRMED):
        asked(guest, known=False)
        cancel(guest)
    assert ask(guest, known=False) is None


def test_workers_that_ask_the_same_at_once_make_one_request(transactional_db: None) -> None:
    for number in range(10):
        ada = met(f"customer{number}@example.com")
        at_once([partial(ask, ada), partial(ask, ada, known=False), partial(ask, ada, days=1)])  # type: ignore[list-item]
        assert StockInterest.objects.filter(contact=ada).count() == 1


def test_workers_that_expire_beside_those_who_ask_neither_fail_nor_make_two(transactional_db: None) -> None:
    people = [met(f"customer{number}@example.com") for number in range(20)]

    def ask_all(turn: int) -> None:
        for one in people:
            ask(one, days=90 * turn)

    for turn in range(4):
        at_once([partial(ask_all, turn), partial(ask_all, turn), partial(interest.expire, NOW + 90 * turn * DAY)])  # type: ignore[list-item]
        live = StockInterest.objects.filter(state__in=LIVE)
        assert live.count() == live.values("contact").distinct().count()


def test_workers_can_not_get_beyond_the_limit_together(transactional_db: None) -> None:
    ada = met("ada@example.com")
    at_once([lambda start=start: [ask(ada, f"{start} {n}") for n in range(10)] for start in range(4)])  # type: ignore[misc, return-value]
    assert StockInterest.objects.count() == MOST_LIVE


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask as a guest", "cancel", "confirm", "expire", "tell", "meet"]),
        st.sampled_from(["ada@example.com", "bea@example.com"]),
        st.sampled_from("12"),
        st.floats(0, 40),
    ),
    max_size=14,
)


@given(STEPS)
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_there_is_one_place_for_each_and_it_never_gets_better(
    db: None, steps: list[tuple[str, str, str, float]]
) -> None:
    days = 0.0
    with rolled_back():
        for step, email, variant, later in steps:
            days += later
            now = NOW + days * DAY
            before = {one.pk: one for one in StockInterest.objects.all()}
            contact = meet(email)
            if step.startswith("ask"):
                ask(contact, variant, known=step == "ask", days=days)
            elif step == "cancel":
                cancel(contact, variant, days)
            elif step == "confirm":
                for one in before.values():
                    interest.confirm(one.pk, KEPT, now)
            elif step == "expire":
                interest.expire(now)
            elif step == "tell":
                told = StockInterest.objects.filter(contact=contact, variant_id=variant, state=State.WAITING)
                told.update(state=State.TOLD, told_at=now)
            else:
                meet("ada@example.com", "1")
                meet("bea@example.com", "1")  # the account changes its address: both become one
            rows = list(StockInterest.objects.all())
            live = [(one.contact_id, one.variant_id) for one in rows if one.state in LIVE]
            assert len(live) == len(set(live))
            assert {one.pk for one in rows} >= before.keys()
            for one in rows:
                was = before.get(one.pk)
                assert one.asked_at == (was.asked_at if was else now)
                if was and was.state not in LIVE:
                    assert one.state == was.state or (step, was.state) == ("cancel", State.TOLD)
                if was is None and step.startswith("ask"):
                    assert not any(
                        (old.contact_id, old.variant_id) == (one.contact_id, one.variant_id)
                        for old in before.values()
                        if old.state in LIVE
                    )


def test_of_two_places_of_people_who_turn_out_to_be_one_the_older_stays() -> None:
    guest, customer = meet("ada@example.com"), meet(user_id="1")
    asked(customer)
    asked(guest, days=-1)
    asked(guest, "2")

    merged = meet("ada@example.com", "1")

    rows = StockInterest.objects.order_by("asked_at", "variant_id").values_list("contact", "variant_id", "state")
    assert list(rows) == [(merged.pk, "1", "waiting"), (merged.pk, "1", "cancelled"), (merged.pk, "2", "waiting")]
    assert StockInterest.objects.get(state="cancelled").ended_at == NOW


def test_a_confirmed_place_stays_where_an_older_one_was_never_confirmed() -> None:
    guest, customer = meet("ada@example.com"), meet(user_id="1")
    asked(guest, known=False, days=-1)
    asked(customer)

    meet("ada@example.com", "1")

    assert states() == ["cancelled", "waiting"]


@pytest.mark.parametrize(("asked_again", "then"), [(-2, "cancelled"), (0, "waiting")])
def test_what_one_of_them_was_told_of_is_told_to_the_other_only_where_it_was_asked_again_since(
    asked_again: float, then: str
) -> None:
    guest, customer = meet("ada@example.com"), meet(user_id="1")
    one = asked(guest, days=-3)
    StockInterest.objects.filter(pk=one.pk).update(state="told", told_at=NOW - DAY)
    asked(customer, days=asked_again)

    meet("ada@example.com", "1")

    assert states() == ["told", then]


def test_an_erasure_leaves_nothing_of_what_was_waited_for() -> None:
    ada = meet("ada@example.com")
    asked(ada)
    erase([ada], NOW)
    assert not StockInterest.objects.exists()


def test_what_is_over_is_forgotten_after_400_days_and_who_waits_is_not() -> None:
    for number, state in enumerate(StockInterest.State):
        asked(meet(f"customer{number}@example.com"))
        row = StockInterest.objects.order_by("-id")[:1].values("id")
        StockInterest.objects.filter(pk__in=row).update(
            state=state,
            told_at=NOW if state == State.TOLD else None,
            ended_at=NOW if state in (State.CANCELLED, State.EXPIRED) else None,
        )

    assert purge(NOW + STOCK) == 0
    assert purge(NOW + STOCK + timedelta(seconds=1)) == 3
    assert states() == ["unconfirmed", "waiting"]
