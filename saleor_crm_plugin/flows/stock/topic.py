"""What flows about stock are about (``flows.situation``)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import floor
from uuid import UUID

from ...activity.stock.models import StockInterest
from ...config import Settings
from ...contacts import locks
from ...contacts.address import hashes
from ...contacts.models import Contact
from ...emails.models import Message
from ...emails.products import Asking
from ...shop.goods import Availability
from ...shop.port import Shop
from ..catalogue import BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP, STOCK_CONFIRMATION
from ..models import Decision, Enrolment
from ..reasons import Reason
from ..situation import Frozen, Objection, Outgoing, Situation
from . import outcomes, subjects
from .content import Tiles, asking, frozen
from .subjects import Found, Pair, Told, cheaper, interest_of, pair

State, Kind, Outcome = StockInterest.State, StockInterest.Kind, Decision.Outcome
PRICES_HOLD = timedelta(hours=1)
_NOWHERE = Availability(product_id="", sold=False, units=0, price=None, currency="")


class Interests:
    """Interest in variants (``situation.Topic``). The subject of a run is an interest's number (``subjects.py``)."""

    def look_up(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        """Nothing needs the network."""

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """Lock the interests, and the variants of those whose turn it is: how many are told of one is counted by one
        worker at a time."""
        numbers = {run.pk: interest_of(run.subject_id) for run in runs}
        there = set(StockInterest.objects.filter(pk__in=numbers.values()).values_list("pk", flat=True))
        locked = subjects.lock(numbers.values())
        turns = [run for run in runs if run.flow == BACK_IN_STOCK.key and numbers[run.pk] in locked]
        busy = subjects.busy({pair(locked[numbers[run.pk]]) for run in turns})
        missed = {run.pk for run in turns if pair(locked[numbers[run.pk]]) in busy}
        missed |= {run.pk for run in runs if numbers[run.pk] in there and numbers[run.pk] not in locked}
        return [run for run in runs if run.pk not in missed]

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: None,
        now: datetime,
    ) -> "InterestSitting":
        """Read the shop afresh."""
        digests = hashes({contact.email for contact in contacts.values() if contact.email})
        found = subjects.find(shop, [run.subject_id for run in runs])
        return InterestSitting(shop, settings, runs, found, digests, now)

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """Whether what is said is still so. Where units were sold since the decision, who asked first is told."""
        found = subjects.find(shop, (str(number) for message in messages for number in _told_of(message)))
        too_many = _too_many(messages, found, settings, now)
        return {message.pk: _outgoing(message, found, too_many, contacts, settings, now) for message in messages}

    def hold(self, messages: Sequence[Message]) -> None:
        """Lock the interests before their runs."""
        numbers = {number for message in messages for number in _told_of(message)}
        if numbers:  # whoever looks at stock locks interests several times: one of us after the other
            locks.hold("saleor_crm_stock", ["look"])
        list(StockInterest.objects.select_for_update(of=("self",)).filter(pk__in=numbers).order_by("pk"))

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Who was not told after all waits as before."""
        outcomes.untell([(message, objection, _told_of(message)) for message, objection in messages], now)


class InterestSitting:
    """One batch of due runs about interests (``situation.Sitting``)."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        found: Found,
        digests: Mapping[str, str],
        now: datetime,
    ) -> None:
        self._shop, self._settings, self._now, self._found, self._digests = shop, settings, now, found, digests
        turns = {pair(one) for one in found.interests.values() if one.wave_id}
        self._told = subjects.told(turns, since=now - settings.stock.wave)
        self._groups: defaultdict[tuple[str, int, str, str], list[Enrolment]] = defaultdict(list)
        for run in runs:
            if (one := found.interests.get(interest_of(run.subject_id))) and run.flow != STOCK_CONFIRMATION.key:
                self._groups[run.flow, one.contact_id, one.product_id, one.channel].append(run)
        self._done: set[int] = set()
        self._tiles = Tiles(shop, settings, list(found.interests.values()))

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """How the interest stands."""
        self._done.add(run.pk)
        return Situation(
            over=self._over(run, self._told),
            unknown=Reason.RESERVED if self._reserved(run) else None,
            country=contact.country if contact else "",
        )

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Other variants of the same product that the same person is to be told of."""
        one = self._found.interests[interest_of(run.subject_id)]
        self._tell(run)
        also = []
        for other in self._groups.get((run.flow, one.contact_id, one.product_id, one.channel), ()):
            if other.pk in self._done or other.due_at > self._now or self._reserved(other):
                continue
            if self._over(other, self._told) is None:
                self._done.add(other.pk)
                self._tell(other)
                also.append(other)
        return also

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """Nothing is promised."""
        return {}

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail."""
        interests = [self._found.interests[interest_of(one.subject_id)] for one in (run, *also)]
        told = [(one, tile) for one in interests if (tile := self._tiles.of(one))]
        digest = self._digests[contact.email or ""]
        return frozen(self._shop, self._settings, run.flow, contact, digest, told, self._now)

    def asking(self, message: Message) -> Asking:
        """The blocks of products of the mail."""
        told = [self._found.interests[number] for number in _told_of(message)]
        return asking(message, [tile for one in told if (tile := self._tiles.of(one))])

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Note who was told, and who is out of the queue, or back in it."""
        outcomes.note(decided, self._found, self._settings, self._now)

    def _over(self, run: Enrolment, told: Mapping[Pair, Mapping[int, Told]]) -> Reason | None:
        one = self._found.interests.get(interest_of(run.subject_id))
        if one is None:
            return Reason.NO_INTEREST
        reason = _over(run.flow, one, self._found, self._settings, self._now)
        if reason is None and self._tiles.of(one) is None:
            reason = Reason.NOT_SOLD
        if reason is None and run.flow == BACK_IN_STOCK.key and not self._has_turn(one, told.get(pair(one), {})):
            return Reason.NO_TURN
        return reason

    def _reserved(self, run: Enrolment) -> bool:
        """Whether the customer's own cart holds it."""
        return run.flow == OUT_OF_STOCK.key and interest_of(run.subject_id) in self._found.reserved

    def _has_turn(self, one: StockInterest, told: Mapping[int, Told]) -> bool:
        """Whether one more may be told: in the interest's wave, and of what is left now, in all waves together."""
        wave, available = one.wave, self._found.available.get(pair(one), _NOWHERE)
        if wave is None or wave.pk not in told or wave.ends_at <= self._now:
            return False
        taken = sum(one.units for one in told.values())
        left = available.units is None or floor(available.units * self._settings.stock.per_unit) > taken
        return left and told[wave.pk].people < wave.size

    def _tell(self, run: Enrolment) -> None:
        one = self._found.interests[interest_of(run.subject_id)]
        if run.flow == BACK_IN_STOCK.key and one.wave_id is not None:
            wave = self._told[pair(one)][one.wave_id]
            wave.people, wave.units = wave.people + 1, wave.units + 1


def _over(flow: str, one: StockInterest, found: Found, settings: Settings, now: datetime) -> Reason | None:
    """Why nobody has to be told any more, whoever's turn it is."""
    available = found.available.get(pair(one), _NOWHERE)
    if one.pk in found.bought:
        return Reason.BOUGHT
    if flow == STOCK_CONFIRMATION.key:
        return None if one.state == State.UNCONFIRMED and one.expires_at > now else Reason.NO_INTEREST
    if flow == PRICE_DROP.key:
        if one.state != State.TOLD or one.expires_at <= now:
            return Reason.NO_INTEREST
        return None if available.there and cheaper(one, available, settings) else Reason.PRICE_ROSE
    if one.state != State.WAITING or one.expires_at <= now:
        return Reason.NO_INTEREST
    if flow == OUT_OF_STOCK.key:
        if available.there:
            return Reason.IN_STOCK
        return Reason.NO_INTEREST if one.kind == Kind.CART and one.pk not in found.in_cart else None
    return None if available.there else Reason.SOLD_OUT_AGAIN


def _too_many(messages: Sequence[Message], found: Found, settings: Settings, now: datetime) -> set[int]:
    """Those whom mails are about to tell that something is there, where all who were told are more than its units: who
    of them asked last. One query."""
    turns: defaultdict[Pair, list[int]] = defaultdict(list)
    for message in messages:
        for number in _told_of(message) if message.flow == BACK_IN_STOCK.key else ():
            if number in found.interests:
                turns[pair(found.interests[number])].append(number)
    told = subjects.told(turns.keys(), since=now - settings.stock.wave)
    over: set[int] = set()
    for which, numbers in turns.items():
        numbers.sort(key=lambda number: (found.interests[number].asked_at, number))
        units = found.available.get(which, _NOWHERE).units
        if units is not None:
            taken = sum(wave.units for wave in told.get(which, {}).values())
            left = floor(units * settings.stock.per_unit)
            over.update(numbers[max(len(numbers) - max(taken - left, 0), 0) :])
    return over


def _outgoing(
    message: Message,
    found: Found,
    too_many: Collection[int],
    contacts: Mapping[int, Contact],
    settings: Settings,
    now: datetime,
) -> Outgoing:
    one = found.interests.get(interest_of(message.subject_id))
    contact = contacts.get(message.contact_id)
    country = contact.country if contact else ""
    if one is None:
        return Outgoing(over=Reason.NO_INTEREST)
    over: dict[int, Reason | None] = dict.fromkeys(_told_of(message), Reason.NO_INTEREST)
    for number in over:
        if told := found.interests.get(number):
            if message.flow in (BACK_IN_STOCK.key, OUT_OF_STOCK.key) and told.state == State.TOLD:
                told.state = State.WAITING  # told by this very mail
            over[number] = _over(message.flow, told, found, settings, now)
            if over[number] is None and message.flow == OUT_OF_STOCK.key and number in found.reserved:
                over[number] = Reason.RESERVED
            if over[number] is None and message.flow == BACK_IN_STOCK.key and number in too_many:
                over[number] = Reason.NO_TURN
    if over[one.pk] in (None, Reason.RESERVED) and (reason := next(filter(None, over.values()), None)):
        # It says something of another variant that is not so any more, or not so just now: it is made anew without.
        return Outgoing(changed=Objection(reason, now), country=country)
    return Outgoing(over=over[one.pk], old_after=PRICES_HOLD, country=country)


def _told_of(message: Message) -> list[int]:
    """The interests that a mail says something of."""
    shown = [int(item["interest_id"]) for item in message.content.get("items", ())]
    return [*shown, *message.content.get("also_of", ())] or [interest_of(message.subject_id)]
