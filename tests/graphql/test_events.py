"""``crmEventsTrack``: what visitors do is stored once, as theirs, and only if they do not mind."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.budget import SLOTS
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.activity.views import MOST_OF_A_VISITOR
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact, Visitor
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import User
from tests.contacts.people import meet
from tests.graphql.asking import customer, statements, token_of
from tests.graphql.telling import OTHER, VISITOR, recorded, seen, stored, tell
from tests.road import Road

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARRIES = {"crm-visitor": VISITOR}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def a_user(email: str) -> User:
    return User.objects.create(email=email, first_name="Ada", last_name="Byron", language="de")


def test_what_a_visitor_looked_at_and_searched_for_is_stored() -> None:
    category, variant = global_id("Category", 7), global_id("ProductVariant", 30)

    number = recorded(
        seen(3, variantId=variant, at="2026-03-02T11:59:00+00:00"),
        {"id": "b", "kind": "CATEGORY_VIEW", "categoryId": category, "at": "2026-03-02T12:58:00+01:00"},
        {"id": "c", "kind": "SEARCH", "query": "  linen \n\t shirt "},
    )

    assert number == 3
    rows = View.objects.order_by("kind")
    assert list(rows.values_list("kind", "product_id", "variant_id", "category_id", "query", "at")) == [
        ("category_view", None, None, "7", "", NOW - timedelta(minutes=2)),
        ("product_view", "3", "30", None, "", NOW - timedelta(minutes=1)),
        ("search", None, None, None, "linen shirt", NOW),
    ]
    assert {(one.visitor_id, one.contact_id) for one in rows} == {(VISITOR, None)}


def test_a_product_that_is_not_there_is_stored_all_the_same() -> None:
    assert recorded(seen(2**31)) == 1


def test_an_event_told_again_changes_nothing_with_and_without_its_moment(clock: time_machine.Traveller) -> None:
    silent, dated = seen(1), seen(2, at="2026-03-02T11:00:00Z")
    assert recorded(silent, dated, silent) == 2
    clock.shift(timedelta(hours=22))

    assert recorded(dated, silent) == 0
    assert View.objects.count() == 2


def test_a_repeat_on_the_other_side_of_a_months_end_changes_nothing(clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    silent = seen()
    assert recorded(silent) == 1
    clock.shift(timedelta(seconds=2))

    assert recorded(silent, seen()) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_view_2026_03")
        assert cursor.fetchone() == (1,)


def test_a_strangers_event_of_the_same_name_takes_nothing_away() -> None:
    assert recorded({**seen(1), "id": "a"}, visitor=OTHER) == 1
    assert recorded({**seen(2), "id": "a"}) == 1


def test_a_clock_that_is_ahead_says_now_and_what_is_older_than_a_day_is_left_out() -> None:
    late, ahead = seen(1, at="2026-03-01T11:59:59Z"), seen(2, at="2027-01-01T00:00:00Z")

    assert recorded(late, ahead, seen(3, at="2026-03-01T12:00:00Z")) == 2
    assert dict(View.objects.values_list("product_id", "at")) == {"2": NOW, "3": NOW - timedelta(days=1)}


@pytest.mark.parametrize("headers", [{"DNT": "1"}, {"Sec-GPC": "1"}])
def test_nothing_is_stored_of_whose_browser_says_no(headers: dict[str, str]) -> None:
    assert recorded(seen(), headers=headers) == 0
    assert not View.objects.exists()


def test_nothing_is_stored_of_who_told_the_storefront_no() -> None:
    assert recorded(seen(), no=True) == 0
    assert not View.objects.exists()
    assert recorded(seen(), no=False, headers={"DNT": "0"}) == 1


def test_nothing_is_stored_while_the_plugin_is_off() -> None:
    own_settings.save_own("active", False)
    assert recorded(seen()) == 0
    assert not View.objects.exists()


def test_no_address_of_a_visitors_computer_is_stored() -> None:
    recorded(seen(), headers={"X-Forwarded-For": "203.0.113.7"})

    assert not [
        value for value in View.objects.values().get().values() if "203.0.113.7" in str(value) or "127.0" in str(value)
    ]


def test_an_address_in_a_search_box_is_not_stored() -> None:
    recorded({"id": "a", "kind": "SEARCH", "query": "order of ada@example.com"})
    assert View.objects.get().query == "order of <address>"


def test_a_long_search_is_cut() -> None:
    recorded({"id": "a", "kind": "SEARCH", "query": "x" * 5000})
    assert View.objects.get().query == "x" * 200


def test_what_a_customer_does_is_the_customers_and_so_is_the_past_of_the_visitor() -> None:
    user, contact = customer()
    recorded(seen(1))
    recorded(seen(2), visitor=OTHER)

    recorded(seen(3), token=token_of(user))

    assert sorted(stored()) == [(VISITOR, "1", contact.pk), (VISITOR, "3", contact.pk), (OTHER, "2", None)]


def test_what_the_visitor_does_later_without_logging_in_is_the_customers_too() -> None:
    user, contact = customer()
    recorded(seen(1), token=token_of(user))
    recorded(seen(2))
    assert sorted(stored()) == [(VISITOR, "1", contact.pk), (VISITOR, "2", contact.pk)]


def test_a_customer_whom_the_crm_has_not_met_is_met() -> None:
    user = a_user("Ada@example.com")

    assert recorded(seen(1), token=token_of(user)) == 1

    contact = Contact.objects.get()
    assert (contact.email, contact.user_id, contact.language) == ("ada@example.com", str(user.pk), "de")
    assert stored() == [(VISITOR, "1", contact.pk)]


def test_a_customer_needs_no_visitor_id_and_events_of_two_do_not_collide() -> None:
    (ada, contact), (bea, other) = customer(), customer("bea@example.com")
    event = seen(1)

    assert [recorded(event, visitor=None, token=token_of(user)) for user in (ada, bea, ada)] == [1, 1, 0]
    assert sorted(stored()) == sorted([("", "1", contact.pk), ("", "1", other.pk)])
    assert not Visitor.objects.exists()


def test_at_a_shared_computer_each_keeps_what_each_did_and_the_first_the_visitor() -> None:
    (ada, first), (bea, second) = customer(), customer("bea@example.com")
    recorded(seen(1), token=token_of(ada))

    recorded(seen(2), token=token_of(bea))
    recorded(seen(3))

    assert {product: contact for _, product, contact in stored()} == {"1": first.pk, "2": second.pk, "3": first.pk}
    assert Visitor.objects.get().contact_id == first.pk


def test_who_was_erased_is_not_met_again() -> None:
    user, contact = customer()
    erase([contact], NOW)

    assert recorded(seen(), token=token_of(user)) == 0
    assert not Contact.objects.exists()
    assert not View.objects.exists()


def test_an_erasure_takes_the_views_and_leaves_those_of_others() -> None:
    user, contact = customer()
    recorded(seen(1), token=token_of(user))
    recorded(seen(2), visitor=OTHER)

    erase([contact], NOW)

    assert stored() == [(OTHER, "2", None)]
    assert recorded(seen(3)) == 1
    assert View.objects.get(product_id="3").contact is None


def test_one_visitor_may_tell_so_many_events_a_day(clock: time_machine.Traveller) -> None:
    for _ in range(MOST_OF_A_VISITOR // 50):
        recorded(*(seen() for _ in range(50)))
        clock.shift(timedelta(minutes=1))

    payload = tell(seen())

    assert (payload["recorded"], payload["errors"][0]["code"]) == (0, "LIMIT_EXCEEDED")
    assert recorded(seen(), visitor=OTHER) == 1
    clock.shift(timedelta(days=1, seconds=1))
    assert recorded(seen()) == 1


def test_the_shop_takes_so_many_events_in_a_minute_from_however_many_visitors(clock: time_machine.Traveller) -> None:
    own_settings.save("views_a_minute", "1000")
    codes = [
        error["code"]
        for number in range(60)
        for error in tell(*(seen() for _ in range(50)), visitor=f"{VISITOR}-{number}")["errors"]
    ]

    assert set(codes) == {"LIMIT_EXCEEDED"}
    assert View.objects.count() == SLOTS * (1000 // SLOTS // 50) * 50
    clock.shift(timedelta(minutes=1))
    assert recorded(*(seen() for _ in range(50)), visitor=f"{VISITOR}-0") == 50


def test_fifty_events_cost_as_many_statements_as_one() -> None:
    def cost(count: int) -> int:
        with statements() as run:
            recorded(*(seen(number) for number in range(count)))
        return len(run)

    recorded(seen())
    assert cost(1) == cost(50) <= 11


def test_a_batch_is_written_by_one_insert() -> None:
    recorded(seen())
    with statements() as run:
        recorded(*(seen(number) for number in range(50)))
    assert len([query for query in run if "INTO crm_view " in query["sql"]]) == 1


@pytest.fixture
def cart(road: Road) -> str:
    """The cart of a visitor who looked at something before."""
    recorded(seen(1))
    return road.cart(*road.make_product(), email="", metadata=CARRIES)


def test_who_gives_an_address_in_checkout_owns_the_past_of_the_visitor(road: Road, cart: str) -> None:
    road.work(work.process_inbox)
    assert stored() == [(VISITOR, "1", None)]

    road.set_email(cart, "ada@example.com")
    road.work(work.process_inbox)
    recorded(seen(2))

    ada = Contact.objects.get(email="ada@example.com")
    assert sorted(stored()) == [(VISITOR, "1", ada.pk), (VISITOR, "2", ada.pk)]


def test_a_cart_that_claims_somebodys_visitor_id_gets_nothing(road: Road, cart: str) -> None:
    road.set_email(cart, "ada@example.com")
    road.work(work.process_inbox)
    ada = Contact.objects.get(email="ada@example.com")

    road.cart(*road.make_product(), email="mallory@example.com", metadata=CARRIES)
    road.work(work.process_inbox)

    assert stored() == [(VISITOR, "1", ada.pk)]
    assert Visitor.objects.get().contact_id == ada.pk


@pytest.mark.parametrize("claim", ["short", "x" * 65, "", "é" * 20, "' OR 1=1 --00000000"])
def test_a_cart_with_no_visitor_id_that_can_be_one_is_like_any_other(road: Road, claim: str) -> None:
    road.cart(*road.make_product(), metadata={"crm-visitor": claim})
    road.work(work.process_inbox)
    assert not Visitor.objects.exists()
    assert Contact.objects.exists()


def test_two_contacts_that_turn_out_to_be_one_bring_their_views_together() -> None:
    user = a_user("ada@example.com")
    guest, account = meet("bea@example.com", visitor_id=OTHER), meet(user_id=str(user.pk))
    recorded(seen(1), visitor=OTHER)
    recorded(seen(2), token=token_of(user))
    assert {contact for _, _, contact in stored()} == {guest.pk, account.pk}

    with transaction.atomic():
        merged = meet("bea@example.com", str(user.pk))

    assert {contact for _, _, contact in stored()} == {merged.pk}
