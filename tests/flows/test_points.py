"""Vouchers for points: the points go and the code comes together, and together they come back."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.points import NotSold, TooFew, buy, return_points
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.models import Entry
from saleor_crm_plugin.segments.loyalty.rebuild import prove
from saleor_crm_plugin.segments.loyalty.refusals import NotEnoughPoints, SourceUsed
from saleor_crm_plugin.shop.sandbox import models, storefront, voucher_models
from saleor_crm_plugin.vouchers.grant import Granted
from saleor_crm_plugin.vouchers.models import Grant
from saleor_crm_plugin.vouchers.sweep import GRACE
from tests.contacts.test_identity import rolled_back
from tests.contacts.test_two_workers import at_once
from tests.vouchers.granting import Granting, met, states

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Points(Granting):
    """A shop that sells vouchers for points: 100 for 1 EUR, 25 for 1 PLN, valid 30 days. Points never expire."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = config.parse(
            {"voucher_points": "100 EUR, 25 PLN", "voucher_points_valid": "30 d", "loyalty_lifetime": ""}
        )

    def give(self, contact: Contact, points: int, name: str = "gift") -> None:
        adjust(contact.pk, points, "gift", "", f"{name}:{contact.pk}", self.now, self.settings.loyalty)

    def buy(self, contact: Contact, points: int, source: str = "voucher:1", channel: str = "eu") -> Granted:
        return buy(self.shop, self.settings, contact.pk, points, channel, source, self.now)

    def has(self, contact: Contact) -> int:
        return account([contact.pk], self.settings.loyalty, self.now)[contact.pk].balance

    def return_all(self) -> None:
        while return_points(self.shop, self.now):
            pass


@pytest.fixture
def points(db: None) -> Points:
    return Points()


def spent_on_living_codes() -> int:
    """The points of codes that were used or still can be."""
    alive = Grant.objects.filter(state__in=["granted", "redeemed"]).values_list("key", flat=True)
    return -(Entry.objects.filter(kind="redeem", source__in=list(alive)).aggregate(sum=Sum("points"))["sum"] or 0)


def test_points_become_a_code_that_takes_their_worth_off_an_order(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 1000)

    bought = points.buy(ada, 750)

    assert (bought.value, bought.currency, points.has(ada)) == (Decimal("7.50"), "EUR", 250)
    assert models.Order.objects.get(pk=points.order(bought.code, price="40.00")).total == Decimal("32.50")


def test_the_currency_of_the_channel_has_its_own_price(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 100)

    bought = points.buy(ada, 100, channel="poland")

    assert (bought.value, bought.currency) == (Decimal("4.00"), "PLN")
    assert list(voucher_models.VoucherListing.objects.values_list("channel__slug", flat=True)) == ["poland"]


def test_asked_again_under_the_same_name_it_is_the_same_code_and_nothing_is_taken(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 1000)

    first, again, other = points.buy(ada, 100), points.buy(ada, 100), points.buy(ada, 100, "voucher:2")

    assert first == again
    assert other.code != first.code
    assert points.has(ada) == 800
    with pytest.raises(SourceUsed):
        points.buy(ada, 200)


def test_more_points_than_there_are_buy_nothing(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 99)

    with pytest.raises(NotEnoughPoints):
        points.buy(ada, 100)

    assert points.has(ada) == 99
    assert not voucher_models.VoucherCode.objects.exists()


@pytest.mark.parametrize("channel", ["nowhere", "", "us"])
def test_where_points_have_no_price_they_buy_nothing(points: Points, channel: str) -> None:
    models.Channel.objects.create(slug="us", currency="USD")
    ada = met("ada@example.com")
    points.give(ada, 100)

    with pytest.raises(NotSold):
        points.buy(ada, 100, channel=channel)

    assert points.has(ada) == 100


def test_what_is_less_than_the_smallest_coin_is_nothing(points: Points) -> None:
    points.settings = config.parse({"voucher_points": "300 EUR"})
    ada = met("ada@example.com")
    points.give(ada, 100)

    with pytest.raises(TooFew):
        points.buy(ada, 2)

    assert points.buy(ada, 100).value == Decimal("0.33")


def test_if_no_code_can_be_made_no_point_is_taken(points: Points, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = met("ada@example.com")
    points.give(ada, 100)

    def fail(*rest: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(points.shop, "add_codes", fail)
    with pytest.raises(ConnectionError):
        points.buy(ada, 100)

    assert points.has(ada) == 100
    assert not Grant.objects.exists()


def test_points_of_a_code_that_was_not_used_come_back_after_its_time(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 500)
    bought = points.buy(ada, 300)
    points.now += 29 * DAY
    points.return_all()
    assert points.has(ada) == 200

    points.now = bought.expires_at + GRACE + DAY
    points.return_all()
    points.return_all()

    assert (points.has(ada), states()) == (500, {"voucher:1": "expired"})
    assert not points.shop.code_usage([bought.code])[bought.code].active
    assert not prove().differences
    with pytest.raises(SourceUsed):
        points.buy(ada, 300)


def test_points_of_a_code_that_staff_switched_off_come_back_the_next_day(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 500)
    bought = points.buy(ada, 300)
    voucher_models.VoucherCode.objects.filter(code=bought.code).update(active=False)

    points.now += DAY
    points.return_all()

    assert (points.has(ada), states()) == (500, {"voucher:1": "deactivated"})


def test_points_of_a_code_that_was_used_stay_spent(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 500)
    bought = points.buy(ada, 300)
    order = points.order(bought.code)
    points.now = bought.expires_at + 9 * DAY

    points.return_all()  # before anybody has heard of the order
    points.note(order)
    points.return_all()

    assert (points.has(ada), states()) == (200, {"voucher:1": "redeemed"})


def test_points_come_back_when_the_order_is_cancelled(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 500)
    order = points.order(points.buy(ada, 300).code)
    points.note(order)
    points.cancel_order(order)
    points.note(order)

    points.now += 2 * DAY
    points.return_all()

    assert points.has(ada) == 500


def test_workers_that_buy_and_return_at_once_lose_no_point(transactional_db: None) -> None:
    # given
    points, people = Points(), [met(f"customer{n}@example.com") for n in range(3)]
    product = points.make_product(stock=1000)[0]
    for contact in people:
        points.give(contact, 1000)

    def worker(seed: int) -> Callable[[], None]:
        dice = random.Random(seed)
        return lambda: [step(points, dice, people, product) for _ in range(20)] and None

    # when
    at_once([worker(seed) for seed in range(3)])
    # then
    assert sum(points.has(contact) for contact in people) + spent_on_living_codes() == 3000
    assert not prove().differences


@hypothesis(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), steps=st.integers(1, 25))
def test_whatever_happens_points_and_living_codes_together_stay_the_same(db: None, seed: int, steps: int) -> None:
    with rolled_back():
        points, people = Points(), [met(f"customer{n}@example.com") for n in range(2)]
        product, dice = points.make_product(stock=1000)[0], random.Random(seed)
        for contact in people:
            points.give(contact, 1000)
        for _ in range(steps):
            step(points, dice, people, product)
            assert sum(points.has(contact) for contact in people) + spent_on_living_codes() == 2000
        assert not prove().differences


def step(points: Points, dice: random.Random, people: list[Contact], product: str) -> None:
    """One thing that happens."""
    what = dice.choice(["buy", "buy", "use", "cancel", "staff", "time", "return"])
    codes = list(Grant.objects.values_list("code", flat=True))
    if what == "buy":
        contact = dice.choice(people)
        with suppress(NotEnoughPoints, SourceUsed):
            points.buy(contact, dice.choice([100, 250, 999]), f"voucher:{contact.pk}:{dice.randrange(6)}")
    elif what == "use" and codes:
        cart_id = points.make_cart(email="bob@example.com")
        points.add_line(cart_id, product)
        with suppress(storefront.NotPossible):
            storefront.add_code(cart_id, dice.choice(codes), now=points.now)
            order = points.place_order(cart_id)
            if dice.random() < 0.7:
                points.note(order)
    elif what == "cancel":
        order = models.Order.objects.exclude(status="canceled").values_list("pk", flat=True).first()
        if order:
            points.cancel_order(str(order))
            points.note(str(order))
    elif what == "staff" and codes:
        with transaction.atomic():
            points.shop.deactivate_codes([dice.choice(codes)])
    elif what == "time":
        points.now += timedelta(days=dice.choice([1, 31]))
    else:
        points.return_all()


def pays_with_a_code_for_points(points: Points) -> tuple[Contact, str]:
    """A customer whose payment has used up a code that he got for all his points, and is not through. Also the cart."""
    ada = met("ada@example.com")
    points.give(ada, 1000)
    cart = points.make_cart(email="ada@example.com")
    points.add_line(cart, points.make_product()[0])
    assert points.add_code(cart, points.buy(ada, 1000).code)
    points.begin_payment(cart)
    return ada, cart


def test_points_of_a_code_that_pays_just_now_are_not_given_back(points: Points) -> None:
    # given a cart whose payment has used the code up, and is not through before tomorrow
    ada, cart = pays_with_a_code_for_points(points)
    # when
    points.now += DAY
    points.return_all()
    # then
    assert (points.has(ada), states()) == (0, {"voucher:1": "granted"})
    points.note(points.place_order(cart))
    assert states() == {"voucher:1": "redeemed"}


def test_points_of_a_payment_that_was_never_made_come_back_when_the_cart_is_gone(points: Points) -> None:
    ada, _ = pays_with_a_code_for_points(points)
    models.Checkout.objects.all().delete()
    points.now += DAY
    points.return_all()
    assert points.has(ada) == 1000


def test_points_of_a_cancelled_order_come_back_at_the_next_look(points: Points) -> None:
    ada = met("ada@example.com")
    points.give(ada, 1000)
    order = points.order(points.buy(ada, 1000).code)
    points.note(order)
    points.cancel_order(order)
    points.note(order)
    points.return_all()
    assert (points.has(ada), states()) == (1000, {"voucher:1": "deactivated"})
