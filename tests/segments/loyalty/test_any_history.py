"""Whatever happens to two customers, act by act, comes to what the rules say: also when they turn out to be one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config.customers import Tier
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.rebuild import prove
from saleor_crm_plugin.segments.loyalty.refusals import Refusal
from saleor_crm_plugin.segments.loyalty.spend import redeem, take_back
from tests.segments.loyalty.ledgers import DAY, NOW, RULES
from tests.segments.loyalty.oracle import Facts, Wallet

SHORT = replace(
    RULES,
    since=NOW,
    return_window=14 * DAY,
    lifetime=60 * DAY,
    tiers=(Tier("Silver", 100, Decimal("1.5")),),
)
WHO = st.integers(0, 1)
NAME = st.integers(0, 3)
WHICH = st.integers(0, 3)  # of a customer's orders, counted round
ACTS = st.one_of(
    st.tuples(st.just("order"), WHO, st.integers(0, 20_000)),  # cents
    st.tuples(st.just("deliver"), WHO, WHICH),
    st.tuples(st.just("refund"), WHO, WHICH, st.integers(0, 100)),  # percent of the total, in all
    st.tuples(st.just("cancel"), WHO, WHICH),
    st.tuples(st.just("pay"), WHO, WHICH),
    st.tuples(st.just("wait"), st.integers(1, 70)),
    st.tuples(st.just("spend"), WHO, NAME, st.integers(1, 150)),
    st.tuples(st.just("back"), WHO, NAME),
    st.tuples(st.just("adjust"), WHO, NAME, st.integers(-80, 80).filter(bool), st.booleans()),
    st.tuples(st.just("again")),
    st.tuples(st.just("merge")),
)

# Each has one order whose points are earned and one whose points are pending.
BEGINNING = [
    *(("order", who, 9_990) for who in (0, 1)),
    *(("deliver", who, 0) for who in (0, 1)),
    ("wait", 15),
    *(("order", who, 5_055) for who in (0, 1)),
]


@dataclass
class Two:
    """Two customers, the same in the database and in the rules. After a merge both names mean one."""

    run: int
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.people = [Person(f"customer{self.run}@example.com"), Person(user_id=str(self.run))]
        found = resolve(self.people, NOW)
        numbers = count()
        self.contacts = [found[person].pk for person in self.people]
        self.wallets = [Wallet(SHORT, numbers), Wallet(SHORT, numbers)]
        self.orders: tuple[list[Facts], list[Facts]] = ([], [])

    def act(self, act: str, *words: int) -> None:
        getattr(self, f"_{act}")(*words)

    def _order(self, who: int, cents: int) -> None:
        goods = Fraction(cents, 100)
        total = Fraction(cents * 6 // 5, 100)
        facts = Facts(f"{self.run}-{who}-{len(self.orders[who])}", goods, total, self.now)
        self.orders[who].append(facts)
        self._look(who, [facts])

    def _deliver(self, who: int, which: int) -> None:
        for facts in self._one(who, which):
            facts.fulfilled_at = None if facts.fulfilled_at else self.now
            self._look(who, [facts])

    def _refund(self, who: int, which: int, percent: int) -> None:
        for facts in self._one(who, which):
            facts.refunded = Fraction(floor(facts.total * percent), 100)  # whole cents
            self._look(who, [facts])

    def _cancel(self, who: int, which: int) -> None:
        for facts in self._one(who, which):
            facts.real = not facts.real
            self._look(who, [facts])

    def _pay(self, who: int, which: int) -> None:
        for facts in self._one(who, which):
            facts.paid = not facts.paid
            self._look(who, [facts])

    def _wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        while mature(SHORT, self.now):
            pass
        for wallet in self.wallets:
            wallet.pass_time(self.now)

    def _spend(self, who: int, name: int, points: int) -> None:
        source = f"{self.run}-{who}-{name}"
        done = answered(lambda: redeem(self.contacts[who], points, source, self.now))
        assert done == self.wallets[who].spend(source, points, self.now)

    def _back(self, who: int, name: int) -> None:
        source = f"{self.run}-{who}-{name}"
        known = answered(lambda: take_back(source, self.now))
        assert known == (source in self.wallets[who].spent)
        self.wallets[who].take_back(source, self.now)

    def _adjust(self, who: int, name: int, points: int, may_owe: bool) -> None:
        source = f"{self.run}-{who}-{name}"
        done = answered(
            lambda: adjust(self.contacts[who], points, "x", "7", source, self.now, SHORT, allow_negative=may_owe)
        )
        assert done == self.wallets[who].adjust(source, points, may_owe, self.now)

    def _again(self) -> None:
        """All orders are looked at, and that changes nothing."""
        before = self.lots()
        post_orders([facts.id for orders in self.orders for facts in orders], SHORT, self.now)
        assert self.lots() == before

    def _merge(self) -> None:
        if self.contacts[0] == self.contacts[1]:
            return
        both = Person(f"customer{self.run}@example.com", str(self.run))
        self.contacts = [resolve([both], self.now)[both].pk] * 2
        self.wallets[0].join(self.wallets[1])
        self.wallets = [self.wallets[0]] * 2
        # What one owes the other pays when somebody looks next.
        self._spend(0, 9, 10**6)

    def _one(self, who: int, which: int) -> list[Facts]:
        orders = self.orders[who]
        return [orders[which % len(orders)]] if orders else []

    def _look(self, who: int, orders: list[Facts]) -> None:
        for facts in orders:
            numbers = {"goods_net": facts.goods, "total": facts.total, "refunded": facts.refunded}
            Purchase.objects.update_or_create(
                order_id=facts.id,
                defaults={
                    **{name: Decimal(value.numerator) / value.denominator for name, value in numbers.items()},
                    "contact_id": self.contacts[who], "real": facts.real, "paid": facts.paid, "channel": "eu",
                    "fulfilled_at": facts.fulfilled_at, "placed_at": facts.placed_at, "changed_at": self.now,
                    "currency": "EUR", "language": "de",
                },
            )  # fmt: skip
        post_orders([facts.id for facts in orders], SHORT, self.now)
        self.wallets[who].look_at(orders, self.now)

    def lots(self) -> dict[str, tuple[object, ...]]:
        mine = Lot.objects.filter(contact__in=self.contacts)
        return {lot.source: (lot.points, lot.worth, lot.earned_at, lot.due_at) for lot in mine}

    def pots(self) -> dict[str, tuple[object, ...]]:
        return {
            pot.source: (pot.left, pot.worth, pot.earned_at, pot.due_at) for one in self.wallets for pot in one.pots
        }

    def balances(self) -> list[tuple[int, int]]:
        accounts = account(self.contacts, SHORT, self.now)
        return [(accounts[who].balance, accounts[who].pending) for who in self.contacts]


def answered(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except Refusal:
        return False
    return True


_runs = count()


@pytest.mark.django_db
@given(acts=st.lists(ACTS, min_size=3, max_size=30))
@settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_history_comes_to_what_the_rules_say(acts: list[tuple[str, int]]) -> None:
    two = Two(next(_runs))

    for act in (*BEGINNING, *acts):
        two.act(*act)
        assert two.lots() == two.pots(), act
        assert two.balances() == [(one.balance(two.now), one.pending()) for one in two.wallets], act

    assert prove().differences == ()
