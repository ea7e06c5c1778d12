"""Ten thousand customers live random lives before two workers; every balance is what the rules say, and can be proven.

Many customers at once: in each step of time something happens to most of them, and both workers do all of it, in their
own order: facts change, hints are repeated, come late or get lost for a while, points are spent, taken back and
adjusted under names that are used again. What must come out is said by ``oracle.py``.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest
from django.db import connection

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config.customers import Tier
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.adjust import adjust_many
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.rebuild import prove
from saleor_crm_plugin.segments.loyalty.refusals import Refusal
from saleor_crm_plugin.segments.loyalty.soonest import Wish
from saleor_crm_plugin.segments.loyalty.spend import redeem_many, take_back_many
from tests.contacts.test_two_workers import at_once
from tests.segments.loyalty.ledgers import DAY, NOW, RULES
from tests.segments.loyalty.oracle import Facts, Wallet

CUSTOMERS, STEPS = 10_000, 16
SHORT = replace(
    RULES,
    since=NOW,
    rates={"": Decimal("0.7")},
    return_window=14 * DAY,
    lifetime=60 * DAY,
    tiers=(Tier("Silver", 60, Decimal("1.25")), Tier("Gold", 200, Decimal(2))),
)
ACTS = {
    "rest": 30, "order": 25, "deliver": 20, "undeliver": 2, "refund": 8, "unrefund": 2, "cancel": 2, "revive": 2,
    "unpay": 1, "pay": 2, "edit": 3, "spend": 18, "again": 4, "back": 12, "give": 3, "take": 4,
}  # fmt: skip


class Life:
    """One customer: the orders as the shop has them, and the wallet as the rules have it."""

    def __init__(self, contact: int, numbers: "count[int]") -> None:
        self.contact = contact
        self.wallet = Wallet(SHORT, numbers)
        self.orders: list[Facts] = []
        self.hints: set[str] = set()  # orders that somebody has to look at
        self.names = 0

    def name(self) -> str:
        self.names += 1
        return f"{self.contact}-{self.names}"


class World:
    """All lives, and what is asked of the ledger in the step that is on."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = NOW
        numbers = count()
        contacts = Contact.objects.bulk_create(Contact(created_at=NOW) for _ in range(CUSTOMERS))
        self.lives = [Life(contact.pk, numbers) for contact in contacts]
        self.changed: dict[str, tuple[Life, Facts]] = {}
        self.spends: list[Wish] = []
        self.backs: list[str] = []
        self.wishes: list[Wish] = []

    def step(self) -> None:
        self.now += timedelta(days=self.dice.randint(1, 20), seconds=self.dice.randint(0, 80_000))
        self.changed, self.spends, self.backs, self.wishes = {}, [], [], []
        acts = self.dice.choices(list(ACTS), list(ACTS.values()), k=len(self.lives))
        for life, act in zip(self.lives, acts, strict=True):
            self._act(life, act)
        self._write_facts()
        self._look_at_orders()
        if self.dice.random() < 0.8:
            both(lambda dice: [None for _ in iter(lambda: mature(SHORT, self.now, limit=2000), 0)])
            for life in self.lives:
                life.wallet.pass_time(self.now)
        self._spend()
        self._adjust()

    def _act(self, life: Life, act: str) -> None:
        dice, now = self.dice, self.now
        if act == "order" and len(life.orders) < 6:
            goods = Fraction(dice.randint(0, 12_000), 100)
            total = Fraction(goods * 119 // 100 + dice.choice([0, 0, 5]))
            life.orders.append(Facts(f"{life.contact}-{len(life.orders)}", goods, total, now, paid=dice.random() < 0.9))
            self._change(life, life.orders[-1])
        elif act in ("spend", "again", "back", "give", "take"):
            self._ask(life, act)
        elif life.orders and act != "rest":
            facts = dice.choice(life.orders)
            if act == "deliver":
                facts.fulfilled_at = now - timedelta(days=dice.randint(0, 20))
            elif act == "undeliver":
                facts.fulfilled_at = None
            elif act == "refund":
                whole = dice.random() < 0.3
                facts.refunded = facts.total * (1 if whole else Fraction(dice.randint(1, 99), 100))
            elif act == "unrefund":
                facts.refunded = Fraction(0)
            elif act in ("cancel", "revive"):
                facts.real = act == "revive"
            elif act in ("unpay", "pay"):
                facts.paid = act == "pay"
            elif act == "edit":
                facts.goods = Fraction(dice.randint(0, 12_000), 100)
            self._change(life, facts)

    def _change(self, life: Life, facts: Facts) -> None:
        self.changed[facts.id] = (life, facts)
        life.hints.add(facts.id)

    def _ask(self, life: Life, act: str) -> None:
        dice, wallet = self.dice, life.wallet
        if act == "spend":
            self.spends.append(Wish(life.contact, dice.choice([1, 10, 30, 60, 100]), life.name()))
        elif act == "again" and wallet.spent:
            name, points = dice.choice(list(wallet.spent.items()))
            self.spends.append(Wish(life.contact, points + dice.choice([0, 0, 1]), name))
        elif act == "back" and wallet.spent:
            self.backs.append(dice.choice(list(wallet.spent)))
        elif act in ("give", "take"):
            points = dice.randint(1, 60) if act == "give" else -dice.randint(1, 60)
            again = list(wallet.adjusted.items()) if dice.random() < 0.2 else []
            name, points = dice.choice(again) if again else (life.name(), points)
            self.wishes.append(Wish(life.contact, points, name, "because"))

    def _write_facts(self) -> None:
        Purchase.objects.bulk_create(
            [
                Purchase(
                    order_id=facts.id, contact_id=life.contact, goods_net=money(facts.goods), total=money(facts.total),
                    refunded=money(facts.refunded), real=facts.real, paid=facts.paid, fulfilled_at=facts.fulfilled_at,
                    placed_at=facts.placed_at, changed_at=self.now, channel="eu", currency="EUR", language="de",
                )
                for life, facts in self.changed.values()
            ],
            update_conflicts=True,
            unique_fields=["order_id"],
            update_fields=["goods_net", "total", "refunded", "real", "paid", "fulfilled_at"],
        )  # fmt: skip

    def _look_at_orders(self) -> None:
        groups: list[list[str]] = [[] for _ in range(5)]
        for n, life in enumerate(self.lives):
            if self.dice.random() < 0.05:
                life.hints |= {facts.id for facts in life.orders}  # hints that tell nothing new
            if life.hints and self.dice.random() < 0.8:  # else the hint comes late
                groups[n % len(groups)] += life.hints
                life.wallet.look_at([facts for facts in life.orders if facts.id in life.hints], self.now)
                life.hints = set()

        def work(dice: random.Random) -> None:
            for ids in dice.sample(groups, len(groups)):
                dice.shuffle(twice := [*ids, *ids[: len(ids) // 10]])
                post_orders(twice, SHORT, self.now)

        both(work)

    def _spend(self) -> None:
        answers: list[dict[str, bool]] = []

        def work(dice: random.Random) -> None:
            wishes = dice.sample(self.spends, len(self.spends))
            answer = redeem_many(wishes, self.now)
            answers.append({name: not isinstance(said, Refusal) for name, said in answer.items()})

        both(work)
        wallets = {life.contact: life.wallet for life in self.lives}
        expected = {
            wish.source: wallets[wish.contact_id].spend(wish.source, wish.points, self.now) for wish in self.spends
        }
        assert answers == [expected, expected]
        both(lambda dice: take_back_many(dice.sample(self.backs, len(self.backs)), self.now))
        for name in self.backs:
            wallets[int(name.split("-")[0])].take_back(name, self.now)

    def _adjust(self) -> None:
        may_owe = self.dice.random() < 0.5
        answers: list[dict[str, bool]] = []

        def work(dice: random.Random) -> None:
            wishes = dice.sample(self.wishes, len(self.wishes))
            answer = adjust_many(wishes, self.now, SHORT, allow_negative=may_owe)
            answers.append({name: refusal is None for name, refusal in answer.items()})

        both(work)
        wallets = {life.contact: life.wallet for life in self.lives}
        expected = {
            wish.source: wallets[wish.contact_id].adjust(wish.source, wish.points, may_owe, self.now)
            for wish in self.wishes
        }
        assert answers == [expected, expected]


def both(work: Callable[[random.Random], object]) -> None:
    """Two workers do the same at once, each in its own order."""
    at_once([lambda: work(random.Random(1)), lambda: work(random.Random(2))])  # type: ignore[list-item]


def money(amount: Fraction) -> Decimal:
    """Exact: all amounts are whole thousandths."""
    return Decimal(amount.numerator) / Decimal(amount.denominator)


def assert_balances(lives: Sequence[Life], now: datetime) -> None:
    accounts = account([life.contact for life in lives], SHORT, now)
    found = {who: (one.balance, one.pending, one.year_points) for who, one in accounts.items()}
    expected = {
        life.contact: (life.wallet.balance(now), life.wallet.pending(), life.wallet.year(now)) for life in lives
    }
    assert [(who, found[who], expected[who]) for who in found if found[who] != expected[who]] == []
    assert all(one.available == max(one.balance, 0) for one in accounts.values())


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_random_histories_come_to_what_the_rules_say() -> None:
    world = World(seed=3)

    for _ in range(STEPS):
        world.step()
        assert_balances(world.lives, world.now)

    pots = {pot.source: pot for life in world.lives for pot in life.wallet.pots}
    lots = {lot.source: (lot.points, lot.worth, lot.earned_at, lot.due_at) for lot in Lot.objects.all()}
    assert {name: (pot.left, pot.worth, pot.earned_at, pot.due_at) for name, pot in pots.items()} == lots
    assert prove().differences == ()
    assert_nothing_came_from_nothing()
    assert_replays_change_nothing(world)
    assert_it_was_a_real_test(lots)


def assert_nothing_came_from_nothing() -> None:
    """Sums over entries alone, for each customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id, sum(e.points) FILTER (WHERE kind = 'settle') AS settled,"
            " sum(e.points) FILTER (WHERE kind IN ('accrue', 'reverse')) AS worth,"
            " sum(e.points) FILTER (WHERE kind = 'adjust') AS adjusted,"
            " -sum(e.points) FILTER (WHERE kind IN ('redeem', 'restore')) AS spent,"
            " -sum(e.points) FILTER (WHERE kind = 'expire') AS expired, sum(e.points) AS remain"
            " FROM crm_loyalty_entry e JOIN crm_loyalty_lot lot ON lot.id = lot_id GROUP BY contact_id"
        )
        rows = [[int(value or 0) for value in row] for row in cursor.fetchall()]
    for contact, settled, worth, adjusted, spent, expired, remain in rows:
        assert settled == 0, contact
        assert worth >= 0, contact
        assert spent >= 0, contact
        assert expired >= 0, contact
        assert worth + adjusted == spent + expired + remain, contact


def assert_replays_change_nothing(world: World) -> None:
    """All that was done is asked for once more."""
    before = Entry.objects.count()
    post_orders([facts.id for life in world.lives for facts in life.orders if not life.hints], SHORT, world.now)
    redeem_many([wish for wish in world.spends if was_done("redeem", wish)], world.now)
    take_back_many([name for life in world.lives for name in life.wallet.back], world.now)
    adjust_many([wish for wish in world.wishes if was_done("adjust", wish)], world.now, SHORT)
    assert Entry.objects.count() == before


def was_done(kind: str, wish: Wish) -> bool:
    return Entry.objects.filter(kind=kind, source=wish.source).exists()


def assert_it_was_a_real_test(lots: dict[str, tuple[object, ...]]) -> None:
    kinds = {kind: Entry.objects.filter(kind=kind).count() for kind in Entry.Kind}
    assert min(kinds.values()) > 500, kinds
    assert Entry.objects.filter(kind="expire", points__gt=0).count() > 50
    assert sum(int(str(lot[0])) < 0 for lot in lots.values()) > 50
