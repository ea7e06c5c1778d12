"""Workers that grant, give back, use and end codes at the same moment: no limit is exceeded, no code is lost."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from threading import Event
from time import sleep

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.shop.sandbox import models, storefront, voucher_models
from saleor_crm_plugin.vouchers import budget
from saleor_crm_plugin.vouchers.grant import Granted, give_back
from saleor_crm_plugin.vouchers.models import Grant, IssuedVoucher
from saleor_crm_plugin.vouchers.sweep import GRACE, expire
from tests.contacts.test_identity import rolled_back
from tests.contacts.test_two_workers import at_once
from tests.vouchers.granting import Granting, counted, met, used

TIERS = "A = 10 EUR / 45 PLN, budget 70 EUR / 200 PLN, at most 9, valid 2 d\nB = 15 %, at most 4"
LIMITS = {"A": (9, {"EUR": Decimal(70), "PLN": Decimal(200)}), "B": (4, {})}
CHANNELS = (("eu", "EUR"), ("poland", "PLN"))


def within_limits() -> None:
    """The books are what the grants come to, and no more than the owner allows."""
    for tier, (most, limits) in LIMITS.items():
        codes, amounts = used(tier)
        assert (codes, amounts) == counted(tier)
        assert codes <= most
        assert all(amounts.get(currency, 0) <= most for currency, most in limits.items())


def test_two_workers_that_grant_at_once_exceed_no_limit_and_make_one_voucher_a_tier(transactional_db: None) -> None:
    # given
    shop, ada = Granting(TIERS), met("ada@example.com")
    wishes = [shop.wish(f"{tier}{n}", ada, tier, *CHANNELS[n % 2]) for n in range(12) for tier in "AB"]
    dice = random.Random(3)

    def work(mine: list[int]) -> Callable[[], None]:
        return lambda: [shop.grant(wishes[n]) for n in mine] and None

    # when
    at_once([work(dice.sample(range(len(wishes)), len(wishes))) for _ in range(4)])
    # then
    within_limits()
    assert used("A")[0] == 9
    assert used("B")[0] == 4
    assert voucher_models.Voucher.objects.count() == IssuedVoucher.objects.count() == 2


def test_two_workers_that_retry_the_same_decisions_give_the_same_codes(transactional_db: None) -> None:
    shop, ada = Granting(), met("ada@example.com")
    wishes = [shop.wish(str(n), ada) for n in range(20)]
    told: list[dict[str, object]] = []

    at_once([lambda: told.append(dict(shop.grant(*wishes))) for _ in range(4)])

    assert all(answers == told[0] for answers in told)
    assert voucher_models.VoucherCode.objects.count() == Grant.objects.count() == 20


def test_workers_that_do_everything_at_once_neither_fail_nor_lose_count(transactional_db: None) -> None:
    # given
    shop, people = Granting(TIERS), [met(f"customer{n}@example.com") for n in range(3)]
    product = shop.make_product(stock=1000)[0]
    start = shop.now

    def worker(seed: int) -> Callable[[], None]:
        dice = random.Random(seed)

        def work() -> None:
            for _ in range(25):
                step(shop, dice.choice(["grant", "grant", "back", "use", "end"]), dice, people, product)

        return work

    # when
    at_once([worker(seed) for seed in range(4)])
    # then
    within_limits()
    orders = list(models.Order.objects.exclude(voucher_code="").values_list("pk", flat=True))
    shop.note(*map(str, orders))
    within_limits()
    assert Grant.objects.filter(state="redeemed").count() == len(orders)
    assert shop.now >= start


def step(shop: Granting, what: str, dice: random.Random, people: list[Contact], product: str) -> None:
    """One thing that happens."""
    keys = list(Grant.objects.values_list("key", flat=True))
    if what == "grant":
        tier = dice.choice("AB")
        wishes = [
            shop.wish(key, dice.choice(people), tier, *dice.choice(CHANNELS))
            for key in {f"{tier}:{dice.randrange(30)}" for _ in range(3)}
        ]
        shop.grant(*wishes)
    elif what == "back" and keys:
        with transaction.atomic():
            give_back(shop.shop, dice.sample(keys, min(3, len(keys))), shop.now)
    elif what == "use" and keys:
        code = Grant.objects.get(key=dice.choice(keys)).code
        cart_id = shop.make_cart(email="bob@example.com")
        shop.add_line(cart_id, product)
        with suppress(storefront.NotPossible):
            storefront.add_code(cart_id, code, now=shop.now)
            order = shop.place_order(cart_id)
            if dice.random() < 0.7:
                shop.note(order)
    elif what == "end":
        expire(shop.shop, shop.now + timedelta(days=dice.choice([0, 1, 3])) + GRACE, limit=2)


def test_whoever_holds_a_contact_and_then_a_tier_is_not_locked_out_by_a_grant(transactional_db: None) -> None:
    # given a worker that merges somebody, before it looks which codes were used
    shop, ada = Granting(), met("ada@example.com")
    shop.grant(shop.wish("before", ada))
    held, granting = Event(), Event()

    def merges() -> None:
        with transaction.atomic():
            Contact.objects.select_for_update().get(pk=ada.pk)
            held.set()
            granting.wait(10)
            sleep(0.5)  # so that the other has come as far as it can
            budget.hold({"A"})

    def grants() -> None:
        held.wait(10)
        granting.set()
        shop.grant(shop.wish("then", ada))

    # when both go on, then neither fails
    at_once([merges, grants])
    assert Grant.objects.count() == 2


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), steps=st.lists(st.sampled_from(["grant", "back", "use", "end"]), max_size=25))
def test_whatever_happens_in_whatever_order_the_books_are_right(db: None, seed: int, steps: list[str]) -> None:
    with rolled_back():
        shop, people = Granting(TIERS), [met(f"customer{n}@example.com") for n in range(3)]
        product, dice = shop.make_product(stock=1000)[0], random.Random(seed)
        told: dict[str, str] = {}
        for what in steps:
            step(shop, what, dice, people, product)
            within_limits()
        for one in Grant.objects.filter(state="granted"):
            wish = shop.wish(one.key, people[0], one.tier, one.channel, one.currency)
            answer = shop.grant(wish)[one.key]
            assert isinstance(answer, Granted)
            told[one.key] = answer.code
            assert answer.code == one.code
        within_limits()
