"""All flows at once, beside two workers, whatever happens in whatever order: nobody gets more mail than he may, at
night, or after he said no; no tier grants more than its budget; points and the codes they became stay the same."""

import random
from bisect import bisect
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress as ignored
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from saleor_crm_plugin import config, work
from saleor_crm_plugin.activity import interactions, views
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.activity.stock import interest, watch
from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.caps import CAPS
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.points import NotSold, TooFew, buy
from saleor_crm_plugin.flows.quiet import zone_of
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.rebuild import prove
from saleor_crm_plugin.segments.loyalty.refusals import NotEnoughPoints
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.shop.sandbox import aftersales, payments, storefront
from saleor_crm_plugin.shop.sandbox.mail_sink import listening
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.test_points import spent_on_living_codes
from tests.road import AGREED, NOON, Road
from tests.seeded import seeded
from tests.vouchers.granting import counted, used

COUNTRIES = ("DE", "US", "JP", "NZ", "GB")
PEOPLE = {f"person{number}@example.com": COUNTRIES[number % len(COUNTRIES)] for number in range(20)}
POINTS = 1000  # that everybody is given
LIMITS = {"A": (4, Decimal(10**6)), "B": (100, Decimal(30))}
SETTINGS = {
    "quiet_hours": "21-8",
    "back_in_stock_enabled": True,
    "out_of_stock_enabled": True,
    "price_drop_enabled": True,
    "voucher_tiers": "A = 20 %, at most 4, valid 3 d\nB = 10 EUR, budget 30 EUR, valid 3 d",
    "voucher_points": "100 EUR",
    "loyalty_lifetime": "",
    "flows": "\n".join(f"{flow.key} = on, 2 h" for flow in FLOWS.values() if flow.of_people),
}
ACTS = ("cart", "cart", "cart", "order", "order", "pay", "hand over", "cancel", "look", "ask", "stock", "stock",
        "score", "stage", "points")  # fmt: skip
REFUSED = (storefront.NotPossible, NotEnoughPoints, NotSold, TooFew)


@dataclass
class Truth:
    """What was said and done, by rounds: the clock of each, who had agreed when it began, and who said no for good."""

    rounds: list[datetime] = field(default_factory=list)
    agreed: dict[str, bool] = field(default_factory=dict)
    agreed_before: list[dict[str, bool]] = field(default_factory=list)
    no_more: dict[str, int] = field(default_factory=dict)
    arrived: list[datetime] = field(default_factory=list)


@seeded(1)
def test_whatever_happens_no_rule_over_all_flows_is_broken(transactional_db: None, seed: int) -> None:
    call_command("flush", interactive=False, verbosity=0)  # what the example before left
    with listening() as sink, time_machine.travel(NOON, tick=False) as clock:
        _live_and_look(Road(sink, clock), random.Random(seed))


def _live_and_look(road: Road, dice: random.Random) -> None:
    road.set(**SETTINGS)
    truth = Truth()

    def on_data(mail: object) -> None:
        truth.arrived.append(road.now)

    road.sink.on_data = on_data
    variants = [road.make_product(f"Thing {number}", stock=3)[0] for number in range(6)]
    interactions.make_room([road.now, road.now + timedelta(days=31)], views.TABLE)
    people = _met(road)
    acts = _Acts(road, dice, variants, people, truth)
    acts.live(50)
    for _ in range(18):
        road.wait(minutes=dice.choice([20, 130, 400, 900]))
        _speak(road, dice, people, truth)
        truth.rounds.append(road.now)
        truth.agreed_before.append(dict(truth.agreed))
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(_work, road) for _ in range(2)]
            jobs.append(pool.submit(acts.live, 12))
            for job in jobs:
                job.result()
    _look_at_mails(road, truth)
    _look_at_books(road, people)


def _met(road: Road) -> dict[str, Contact]:
    """Everybody, with points."""
    rules = config.parse(road.shop.configuration()).loyalty
    with transaction.atomic():
        found = resolve([Person(email=email, language="de", country=land) for email, land in PEOPLE.items()], road.now)
        people = {person.email: contact for person, contact in found.items()}
        for email, contact in people.items():
            adjust(contact.pk, POINTS, "gift", "", f"gift:{email}", road.now, rules)
    return people


def _speak(road: Road, dice: random.Random, people: dict[str, Contact], truth: Truth) -> None:
    """Some agree, some take it back, and few want no mail at all any more."""
    road.work(work.process_inbox)  # what their carts said before is known
    for email in dice.sample(list(people), 3):
        yes = dice.random() < 0.7
        said = consent.Statement(people[email].pk, yes, ConsentRecord.Source.IMPORT, f"{road.now}", "")
        with transaction.atomic():
            consent.record([said], road.now)
        truth.agreed[email] = yes
    if dice.random() < 0.15:
        email = dice.choice(list(people))
        suppress(email, Suppression.Reason.UNSUBSCRIBED, road.now)
        truth.no_more.setdefault(email, len(truth.rounds))


def _work(road: Road) -> None:
    try:
        for job in work.JOBS:
            job(road.shop, work.now)
    finally:
        connection.close()


class _Acts:
    """What customers and staff do."""

    def __init__(
        self, road: Road, dice: random.Random, variants: list[str], people: dict[str, Contact], truth: Truth
    ) -> None:
        self.road, self.dice, self.variants, self.people, self.truth = road, dice, variants, people, truth
        self.carts: list[str] = []
        self.orders: list[str] = []

    def live(self, many: int) -> None:
        """So many things happen."""
        try:
            for _ in range(many):
                with ignored(*REFUSED):
                    self._act(self.dice.choice(ACTS), self.dice.choice(list(self.people)))
        finally:
            connection.close()

    def _act(self, what: str, email: str) -> None:
        dice, road, variant, now = self.dice, self.road, self.dice.choice(self.variants), self.road.now
        if what == "cart":
            self._fill_a_cart(email, variant)
        elif what == "order" and self.carts:
            self.orders.append(storefront.place_order(self.carts.pop(dice.randrange(len(self.carts))), now=now))
        elif what == "pay" and self.carts:
            dice.choice([payments.begin, payments.fail])(dice.choice(self.carts), now=now)
        elif what == "hand over" and self.orders:
            aftersales.fulfil_order(dice.choice(self.orders), now=now)
        elif what == "cancel" and self.orders:
            storefront.cancel_order(self.orders.pop(), now=now)
        elif what == "look":
            product = road.shop.availability([variant], road.channel)[variant].product_id
            View.objects.bulk_create(
                View(event_id=f"{dice.random()}", at=now, kind="product_view", contact=self.people[email],
                     product_id=product)
                for _ in range(2)
            )  # fmt: skip
        elif what == "ask":
            self._ask(email, variant)
        elif what == "stock":
            storefront.set_stock(variant, dice.choice([0, 0, 1, 3]))
        elif what == "score":
            self._enter(email, "score", dice.choice("AB"))
        elif what == "stage":
            self._enter(email, "lifecycle", dice.choice(["at_risk", "lapsed"]))
        elif what == "points":
            rules, contact = config.parse(road.shop.configuration()), self.people[email]
            buy(road.shop, rules, contact.pk, dice.choice([100, 300]), road.channel, f"{dice.random()}", now)

    def _fill_a_cart(self, email: str, variant: str) -> None:
        dice, road, now = self.dice, self.road, self.road.now
        agrees = dice.random() < 0.5
        cart = storefront.create_cart(
            channel=road.channel, now=now, email=email, country=PEOPLE[email], metadata=AGREED if agrees else {}
        )
        if agrees:
            self.truth.agreed[email] = True
        storefront.add_line(cart, variant, now=now)
        self.carts.append(cart)
        codes = list(Grant.objects.filter(state="granted").values_list("code", flat=True))
        if codes and dice.random() < 0.5:
            storefront.add_code(cart, dice.choice(codes), now=now)

    def _ask(self, email: str, variant: str) -> None:
        road = self.road
        with transaction.atomic():
            watch.watch(road.shop.stock_facts(), [(variant, road.channel)], road.now)
            there = road.shop.availability([variant], road.channel)[variant]
            wish = interest.Wish(variant, road.channel, there.product_id, there.price, there.currency)
            kept = timedelta(days=30)
            interest.ask(self.people[email].pk, wish, "de", known=True, confirm=True, kept=kept, now=road.now)

    def _enter(self, email: str, kind: str, segment: str) -> None:
        contact, now = self.people[email], self.road.now
        Membership.objects.filter(contact=contact, kind=kind, left_at=None).update(left_at=now)
        Membership.objects.create(contact=contact, kind=kind, segment=segment, entered_at=now, cause="time")


def _look_at_mails(road: Road, truth: Truth) -> None:
    mails = road.sink.mails
    flows = {flow for flow, *_ in (mail["Feedback-ID"].split(":") for mail in mails)}
    assert len(mails) > 15, "hardly a mail: this test says nothing"
    assert len(flows) > 4, f"only of {flows}: this test says little"
    assert len({mail["Message-ID"] for mail in mails}) == len(mails), "the same mail twice"
    decided_at: defaultdict[str, list[datetime]] = defaultdict(list)
    for mail, at in zip(mails, truth.arrived, strict=True):
        flow, email = FLOWS[mail["Feedback-ID"].split(":")[0]], str(mail["To"])
        message = Message.objects.get(pk=mail["Message-ID"].strip("<>").split("@")[0])
        this = bisect(truth.rounds, at) - 1
        assert truth.no_more.get(email, this + 1) > this, f"{flow.key} after {email} was suppressed"
        hour = at.astimezone(zone_of(PEOPLE[email]) or ZoneInfo("UTC")).hour
        assert flow.at_night or 8 <= hour < 21, f"{flow.key} at {hour} o'clock"
        if not flow.asked_for:
            later = truth.agreed_before[this + 1] if this + 1 < len(truth.agreed_before) else truth.agreed
            assert truth.agreed_before[this].get(email) or later.get(email), f"{flow.key} without consent"
            decided_at[email].append(message.created_at)
    for email, moments in decided_at.items():
        for limit, window in CAPS:
            assert all(sum(at <= other < at + window for other in moments) <= limit for at in moments), email


def _look_at_books(road: Road, people: dict[str, Contact]) -> None:
    rules = config.parse(road.shop.configuration()).loyalty
    for tier, (most, budget) in LIMITS.items():
        codes, amounts = used(tier)
        assert (codes, amounts) == counted(tier)
        assert codes <= most
        assert amounts.get("EUR", Decimal(0)) <= budget
    accounts = account([contact.pk for contact in people.values()], rules, road.now)
    assert sum(one.balance for one in accounts.values()) + spent_on_living_codes() == POINTS * len(people)
    assert not prove().differences
