"""Views: each once, whatever is told again, in whatever order, by however many at once; old months go as a whole."""

from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.interactions import make_room, months_of
from saleor_crm_plugin.activity.models import Interaction, View
from saleor_crm_plugin.activity.views import TABLE, Seen
from saleor_crm_plugin.config import TrackingRules
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact, Visitor
from saleor_crm_plugin.graphql.visits import take
from saleor_crm_plugin.retention import keep_rooms
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import User
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.contacts.test_identity import rolled_back
from tests.contacts.test_two_workers import at_once

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = TrackingRules(kept=400 * DAY, a_minute=1_000_000)
VISITORS = ("visitor-0000000000a", "visitor-0000000000b", "visitor-0000000000c")


def seen(name: str, at: datetime = NOW, product: str = "1") -> Seen:
    return Seen(name, View.Kind.PRODUCT_VIEW, at, product, None, None, "")


def tell(visitor: str, *events: Seen, user: str = "", now: datetime = NOW) -> int:
    return take(SandboxShop(), RULES, visitor, user, events, now)


@pytest.fixture
def no_months(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        for name in months_of(TABLE):
            cursor.execute(f"DROP TABLE {name}")


an_event = st.tuples(st.sampled_from("abcdef"), st.integers(0, 23))  # its name, and how many hours ago it was
a_request = st.tuples(
    st.sampled_from(VISITORS), st.lists(an_event, min_size=1, max_size=5, unique_by=lambda event: event[0])
)
requests = st.lists(a_request, max_size=8)


@given(requests, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_repeats_in_any_order_store_what_each_told_once_does(db: None, told: list, dice: object) -> None:  # type: ignore[type-arg]
    again = told * 2
    dice.shuffle(again)  # type: ignore[attr-defined]
    with rolled_back():
        numbers = [
            tell(visitor, *(seen(name, NOW - timedelta(hours=hour)) for name, hour in events))
            for visitor, events in again
        ]
        rows = list(View.objects.values_list("visitor_id", "event_id"))

    assert sorted(rows) == sorted({(visitor, name) for visitor, events in told for name, _ in events})
    assert sum(numbers) == len(rows)


def test_workers_that_are_told_the_same_at_the_same_moment_store_it_once(transactional_db: None) -> None:
    keep_rooms(NOW, RULES.kept)
    counts: list[int] = []

    def work(turn: int, shift: int) -> None:
        # Each worker's clock is another, so that the key alone would not know the events again.
        now = NOW + timedelta(seconds=shift)
        counts.append(tell(VISITORS[0], *(seen(f"{turn}-{number}", now) for number in range(20)), now=now))

    for turn in range(10):
        at_once([partial(work, turn, shift) for shift in range(4)])

    assert View.objects.count() == sum(counts) == 200


def test_the_first_events_of_a_month_make_it_whoever_tells_them(no_months: None) -> None:
    at_once([partial(tell, visitor, seen("a")) for visitor in VISITORS])

    assert months_of(TABLE) == ["crm_view_2026_03"]
    assert View.objects.count() == 3


def test_events_of_two_months_at_once_make_both(no_months: None) -> None:
    midnight = datetime(2026, 4, 1, tzinfo=UTC)
    assert tell(VISITORS[0], seen("a", midnight - DAY / 2), seen("b", midnight), now=midnight) == 2
    assert months_of(TABLE) == ["crm_view_2026_03", "crm_view_2026_04"]


def test_a_visitor_who_logs_in_twice_at_the_same_moment_is_one_persons(transactional_db: None) -> None:
    users = [User.objects.create(email=f"customer{n}@example.com", language="de") for n in range(4)]
    keep_rooms(NOW, RULES.kept)
    tell(VISITORS[0], seen("before"))

    at_once([partial(tell, VISITORS[0], seen(str(n)), user=str(user.pk)) for n, user in enumerate(users)])

    owner = Visitor.objects.get().contact
    assert View.objects.get(event_id="before").contact == owner
    assert View.objects.exclude(event_id="before").values("contact").distinct().count() == Contact.objects.count() == 4


def test_nobody_is_left_behind_who_tells_while_the_visitor_logs_in(transactional_db: None) -> None:
    user = User.objects.create(email="ada@example.com", language="de")
    keep_rooms(NOW, RULES.kept)
    tell("visitor-of-before-0", seen("x"), user=str(user.pk))
    for turn in range(15):
        visitor = f"visitor-0000000-{turn:04}"
        at_once(
            [partial(tell, visitor, seen("in"), user=str(user.pk))]
            + [partial(tell, visitor, seen(f"out-{n}")) for n in range(3)]
        )
    assert not View.objects.filter(contact=None).exists()


def test_an_erasure_beside_events_leaves_nothing(transactional_db: None) -> None:
    keep_rooms(NOW, RULES.kept)
    for turn in range(10):
        user = User.objects.create(email=f"customer{turn}@example.com", language="de")
        visitor = f"visitor-0000000-{turn:04}"
        tell(visitor, seen("x"), user=str(user.pk))
        contacts = list(Contact.objects.all())
        at_once(
            [partial(erase, contacts, NOW)]
            + [partial(tell, visitor, seen(str(n)), user=str(user.pk)) for n in range(3)]
        )
        assert not Contact.objects.exists()
        assert not View.objects.exists()


def test_months_in_which_all_is_old_are_dropped_and_the_month_of_the_limit_stays(no_months: None) -> None:
    # given views of three months, kept for 30 days: until the 31st of January
    moments = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((1, 1), (1, 31), (2, 15), (3, 2))]
    make_room(moments, TABLE)
    for number, at in enumerate(moments):
        View.objects.create(visitor_id=VISITORS[0], event_id=str(number), at=at, kind="search", query="x")
    # when
    assert keep_rooms(NOW, 30 * DAY) == 0
    assert View.objects.count() == 4
    # then, a day later, January is over
    assert keep_rooms(NOW + DAY, 30 * DAY) == 1
    assert View.objects.count() == 2
    assert months_of(TABLE) == ["crm_view_2026_02", "crm_view_2026_03", "crm_view_2026_04"]


def test_the_next_month_is_there_before_it_begins_also_on_the_last_day_of_a_long_one(no_months: None) -> None:
    keep_rooms(datetime(2026, 1, 31, 12, tzinfo=UTC), RULES.kept)
    assert months_of(TABLE) == ["crm_view_2026_01", "crm_view_2026_02", "crm_view_2026_03"]


def test_returns_stay_whatever_becomes_of_views(no_months: None) -> None:
    old = datetime(2023, 5, 5, tzinfo=UTC)
    make_room([old])
    contact = Contact.objects.create(email="ada@example.com", created_at=old)
    Interaction.objects.create(source="return:1", at=old, kind="return", contact=contact, quantity=1)

    work.clean_up(SandboxShop(), lambda: NOW)

    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("active", [True, False])
def test_the_owner_says_how_long_also_while_the_plugin_is_off(no_months: None, active: bool) -> None:
    own_settings.save("views_kept", "40 d")
    own_settings.save_own("active", active)
    make_room([datetime(2025, 12, 1, tzinfo=UTC), NOW], TABLE)

    work.clean_up(SandboxShop(), lambda: NOW)

    assert months_of(TABLE) == ["crm_view_2026_03", "crm_view_2026_04"]


def test_a_month_that_is_being_read_is_dropped_the_next_time(no_months: None) -> None:
    make_room([datetime(2025, 12, 1, tzinfo=UTC)], TABLE)
    reading, done = Barrier(2), Barrier(2)
    dropped: list[int] = []

    def read() -> None:
        with transaction.atomic():
            list(View.objects.all())
            reading.wait(timeout=60)
            done.wait(timeout=60)

    def drop() -> None:
        reading.wait(timeout=60)
        try:
            dropped.append(keep_rooms(NOW, 40 * DAY))
        finally:
            done.wait(timeout=60)

    make_room([NOW, NOW + 32 * DAY], TABLE)
    at_once([read, drop])

    assert dropped == [0]
    assert keep_rooms(NOW, 40 * DAY) == 1


def test_whoever_gets_another_address_while_the_visitor_tells_waits_for_nobody_who_waits(
    transactional_db: None,
) -> None:
    # given a customer whose visitor id is known
    keep_rooms(NOW, RULES.kept)
    user = str(User.objects.create(email="ada@example.com", language="de").pk)
    tell(VISITORS[0], seen("x"), user=user)

    def move(turn: int) -> None:
        with transaction.atomic():
            resolve([Person(f"ada{turn}@example.com", user, VISITORS[0])], NOW)

    # when, then nobody is told of a deadlock
    for turn in range(40):
        at_once([partial(move, turn)] + [partial(tell, VISITORS[0], seen(f"{turn}-{n}"), user=user) for n in range(3)])
    assert View.objects.count() == 121
