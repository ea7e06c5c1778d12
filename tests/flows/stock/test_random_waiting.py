"""Stock moves at random, people ask, take it back and give up, beside two workers: nobody is told who must not be."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import floor

import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.stock import interest, watch
from saleor_crm_plugin.activity.stock.models import StockInterest, StockWave
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox import models as sandbox
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.mail_sink import listening
from tests.flows.stock.waiting import switch_on
from tests.road import NOON, Road

PEOPLE = [f"person{number}@example.com" for number in range(24)]
# In this test people wait shorter than stock takes to move.
KEPT = timedelta(hours=30)


@dataclass
class Truth:
    """Requests that were taken back, and how many units each variant ever had at once."""

    cancelled: set[int] = field(default_factory=set)
    most_units: Counter[str] = field(default_factory=Counter)


@given(seed=st.integers(0, 2**32 - 1), per_unit=st.sampled_from(["1", "1.5", "0.5", "3"]))
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
def test_random_movements_beside_two_workers_tell_nobody_too_much(
    transactional_db: None, seed: int, per_unit: str
) -> None:
    call_command("flush", interactive=False, verbosity=0)  # what the example before left
    with listening() as sink, time_machine.travel(NOON, tick=False) as clock:
        _live_and_look(Road(sink, clock), random.Random(seed), per_unit)


def _live_and_look(road: Road, dice: random.Random, per_unit: str) -> None:
    switch_on(road, stock_per_unit=per_unit, stock_wave="6 h", stock_kept="2 d")
    variants = [v for n in range(3) for v in road.make_product(f"Thing {n}", variants=["S", "L"], stock=0)]
    truth = Truth()

    def live(many: int) -> None:
        for _ in range(many):
            _one_act(road, dice, variants, truth)
        connection.close()

    live(40)
    for _ in range(25):
        road.wait(minutes=dice.choice([1, 20, 150, 400]))
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(_work, road, dice.random() < 0.5) for _ in range(2)]
            jobs.append(pool.submit(live, 6))
            for job in jobs:
                job.result()
    _look(road, truth, Decimal(per_unit))


def _one_act(road: Road, dice: random.Random, variants: list[str], truth: Truth) -> None:
    variant, what = dice.choice(variants), dice.random()
    if what < 0.45:
        _ask(road, variant, dice.choice(PEOPLE))
    elif what < 0.6:
        waiting = StockInterest.objects.filter(state="waiting").order_by("pk").values_list("pk", flat=True)
        if rows := list(waiting):
            one = StockInterest.objects.get(pk=dice.choice(rows))
            interest.cancel(one.contact_id, one.variant_id, one.channel, road.now)
            one.refresh_from_db()
            if one.told_at is None:  # else he was told a moment before, and wants to hear no more of it
                truth.cancelled.add(one.pk)
    else:
        units = dice.choice([0, 0, 1, 1, 2, 4])
        truth.most_units[variant] = max(truth.most_units[variant], units)
        if dice.random() < 0.5:
            storefront.set_stock(variant, units)
        else:  # an import of which nothing tells
            sandbox.Stock.objects.filter(variant=int(variant)).update(quantity=units)


def _ask(road: Road, variant: str, email: str) -> None:
    with transaction.atomic():
        (contact,) = resolve([Person(email=email, language="de", country="DE")], road.now).values()
        watch.watch(road.shop.stock_facts(), [(variant, road.channel)], road.now)
        there = road.shop.availability([variant], road.channel)[variant]
        wish = interest.Wish(variant, road.channel, there.product_id, there.price, there.currency)
        interest.ask(contact.pk, wish, "de", known=True, confirm=True, kept=KEPT, now=road.now)


def _work(road: Road, sweeping: bool) -> None:
    try:
        jobs = (work.sweep_stock,) if sweeping else (work.process_inbox,)
        for job in (*jobs, work.decide, work.deliver):
            job(road.shop, work.now)
    finally:
        connection.close()


def _look(road: Road, truth: Truth, per_unit: Decimal) -> None:
    told = Counter[int]()
    for message in Message.objects.filter(flow="back_in_stock"):
        assert message.state in ("sent", "queued")
        for item in message.content["items"]:
            told[item["interest_id"]] += 1
    assert sum(told.values()) > 10, "nobody was told of anything: this test says nothing"
    assert max(told.values()) == 1, "somebody was told twice"
    interests = StockInterest.objects.in_bulk(told)
    assert all(interests[key].told_at for key in told)
    assert not set(told) & truth.cancelled, "somebody was told who had taken it back"
    assert all(one.told_at and one.told_at < one.expires_at for one in interests.values())
    # No wave tells more people than there were units for when it was opened, whatever happened since.
    in_wave = Counter(one.wave_id for one in interests.values())
    for wave in StockWave.objects.all():
        assert wave.units <= truth.most_units[wave.variant_id]
        assert wave.size <= floor(wave.units * per_unit)
        assert in_wave[wave.pk] <= wave.size
    # And a wave takes only what is left by those who were told within six hours, whatever became of their waves.
    for wave in StockWave.objects.order_by("pk"):
        taken = sum(_told_before(wave, one) for one in interests.values())
        assert wave.size + taken <= floor(wave.units * per_unit)
    assert len(road.sink.mails) == Message.objects.filter(flow="back_in_stock", state="sent").count()


def _told_before(wave: StockWave, one: StockInterest) -> bool:
    """Whether somebody was told of the same variant less than six hours before a wave opened."""
    if one.variant_id != wave.variant_id or one.wave_id == wave.pk or one.told_at is None:
        return False
    return wave.opened_at - timedelta(hours=6) < one.told_at < wave.opened_at
