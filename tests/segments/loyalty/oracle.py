"""The rules of loyalty points a second time, in plain Python, one customer and one pot of points at a time.

Written from the rules (docs/loyalty.md), not from the code: a pot knows what was put into it and what became of that,
and what is left is computed, where the ledger keeps running sums and moves them by statements over all customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from math import floor

from saleor_crm_plugin.config import LoyaltyRules

MONTH, YEAR = timedelta(days=30), timedelta(days=365)


@dataclass
class Facts:
    """An order."""

    id: str
    goods: Fraction
    total: Fraction
    placed_at: datetime
    refunded: Fraction = Fraction(0)
    real: bool = True
    paid: bool = True
    fulfilled_at: datetime | None = None

    def worth(self, rate: Fraction) -> int:
        """Points, rounded down twice."""
        if not (self.real and self.paid):
            return 0
        stays = 1 - self.refunded / self.total if self.total else Fraction(1)
        return floor(floor(self.goods * rate) * max(stays, Fraction(0)))


@dataclass
class Pot:
    """Points that came together, and what became of them."""

    number: int
    source: str
    rate: Fraction = Fraction(0)
    worth: int = 0  # of an order
    given: int = 0  # by staff, or owed to them
    spent: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    expired: int = 0
    lent: int = 0  # paid for other pots
    got: int = 0  # paid by other pots
    earned_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def left(self) -> int:
        out = sum(self.spent.values()) + self.taken + self.expired + self.lent
        return self.worth + self.given + self.got - out

    def over(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.due_at is not None and self.due_at <= now


@dataclass
class Wallet:
    """One customer's pots."""

    rules: LoyaltyRules
    numbers: "count[int]"
    pots: list[Pot] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    back: set[str] = field(default_factory=set)
    adjusted: dict[str, int] = field(default_factory=dict)

    def look_at(self, orders: Sequence[Facts], now: datetime) -> None:
        """These orders may have changed."""
        known = {pot.source: pot for pot in self.pots}
        if not any(f"order:{facts.id}" in known or self._counts(facts) for facts in orders):
            return
        factor = self._factor(now)
        for facts in sorted(orders, key=lambda one: (one.placed_at, one.id)):
            rate = Fraction(self.rules.rate("EUR")) * factor
            if f"order:{facts.id}" in known or not self._counts(facts):
                continue
            known[f"order:{facts.id}"] = self._pot(f"order:{facts.id}", rate)
        for facts in orders:
            if pot := known.get(f"order:{facts.id}"):
                self._follow(pot, facts, now)
        self._pay_debts()

    def pass_time(self, now: datetime) -> None:
        """What was due is done."""
        due = [pot for pot in self.pots if pot.left > 0 and pot.over(now)]
        for pot in due:
            if pot.earned_at is None:
                pot.earned_at = now
                pot.due_at = now + self.rules.lifetime if self.rules.lifetime else None
        if due:
            self._pay_debts()
        for pot in due:
            if pot.left > 0 and pot.over(now):
                pot.expired += pot.left

    def spend(self, source: str, points: int, now: datetime) -> bool:
        """Whether so many points could be spent."""
        self._pay_debts()
        if source in self.spent:
            return source not in self.back and self.spent[source] == points
        usable = self._usable(now)
        if sum(pot.left for pot in usable) < points:
            return False
        self.spent[source] = points
        for pot in usable:
            part = min(pot.left, points)
            if part:
                pot.spent[source] = part
                points -= part
        return True

    def take_back(self, source: str, now: datetime) -> None:
        """Undo a redemption."""
        if source not in self.spent:
            return
        for pot in self.pots if source not in self.back else ():
            if source in pot.spent:
                if pot.over(now):
                    pot.expired += max(pot.left, 0)
                    pot.due_at = now + MONTH
                del pot.spent[source]
        self.back.add(source)
        self._pay_debts()

    def adjust(self, source: str, points: int, may_owe: bool, now: datetime) -> bool:
        """Whether staff could give or take so many points."""
        self._pay_debts()
        if source in self.adjusted:
            return self.adjusted[source] == points
        usable = self._usable(now)
        if points < 0 and not may_owe and sum(pot.left for pot in usable) < -points:
            return False
        self.adjusted[source] = points
        if points < 0:
            for pot in usable:
                part = min(pot.left, -points)
                pot.taken += part
                points += part
        if points:
            pot = self._pot(f"adjustment:{source}", Fraction(0))
            pot.given, pot.earned_at = points, now
            pot.due_at = now + self.rules.lifetime if points > 0 and self.rules.lifetime else None
        self._pay_debts()
        return True

    def join(self, other: "Wallet") -> None:
        """The other turned out to be the same person."""
        self.pots += other.pots
        self.spent |= other.spent
        self.back |= other.back
        self.adjusted |= other.adjusted

    def balance(self, now: datetime) -> int:
        return sum(pot.left for pot in self.pots if pot.left < 0 or (pot.earned_at and not pot.over(now)))

    def pending(self) -> int:
        return sum(pot.left for pot in self.pots if not pot.earned_at)

    def year(self, now: datetime) -> int:
        """What orders earned in the last year."""
        return sum(pot.worth for pot in self.pots if pot.earned_at and now - pot.earned_at < YEAR)

    def _factor(self, now: datetime) -> Fraction:
        factor = Fraction(1)
        for tier in self.rules.tiers:
            if self.year(now) >= tier.threshold:
                factor = Fraction(tier.multiplier)
        return factor

    def _counts(self, facts: Facts) -> bool:
        whole_back = facts.total > 0 and facts.refunded >= facts.total
        earning = facts.real and facts.paid and facts.goods > 0 and not whole_back
        return earning and self.rules.since is not None and facts.placed_at >= self.rules.since

    def _pot(self, source: str, rate: Fraction) -> Pot:
        pot = Pot(next(self.numbers), source, rate)
        self.pots.append(pot)
        return pot

    def _follow(self, pot: Pot, facts: Facts, now: datetime) -> None:
        before, pot.worth = pot.worth, facts.worth(pot.rate)
        if pot.earned_at is None:
            pot.due_at = facts.fulfilled_at + self.rules.return_window if facts.fulfilled_at else None
        elif pot.worth < before and pot.left < 0:
            # What had expired goes first: nobody owes what they never had.
            pot.expired -= min(pot.expired, -pot.left)
        elif pot.worth > before and pot.over(now) and pot.got > 0:
            pot.due_at = now + MONTH

    def _usable(self, now: datetime) -> list[Pot]:
        return self._soonest(pot for pot in self.pots if pot.earned_at and pot.left > 0 and not pot.over(now))

    def _pay_debts(self) -> None:
        while True:
            owing = self._soonest(pot for pot in self.pots if pot.left < 0)
            paying = self._soonest(pot for pot in self.pots if pot.earned_at and pot.left > 0)
            if not owing or not paying:
                return
            part = min(-owing[0].left, paying[0].left)
            owing[0].got += part
            paying[0].lent += part

    @staticmethod
    def _soonest(pots: "object") -> list[Pot]:
        return sorted(pots, key=lambda pot: (pot.due_at is None, pot.due_at, pot.number))  # type: ignore[call-overload]
