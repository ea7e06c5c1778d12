"""What flows about customers are about (``flows.situation``): a customer, and what he bought or looked at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ...config import Settings
from ...contacts.models import Contact
from ...emails import links
from ...emails.models import Message
from ...emails.own.kept import blocks_of
from ...emails.products import Asking, frozen_tile
from ...shop.goods import Tile
from ...shop.port import Shop
from ..catalogue import FLOWS, GONE
from ..letterhead import letterhead
from ..models import Decision, Enrolment
from ..over import of_mails, over
from ..places import Place, places_of
from ..reasons import Reason
from ..situation import Frozen, Objection, Outgoing, Situation
from . import vouchers

PRICES_HOLD = timedelta(hours=4)
MOST_ITEMS = 4


class People:
    """Customers (``situation.Topic``). A run's subject says what makes it another than the customer's earlier ones."""

    def look_up(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        """Nothing needs the network."""

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """A run and its contact are all that there is to lock."""
        return list(runs)

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: None,
        now: datetime,
    ) -> "PeopleSitting":
        """Read what they did since."""
        return PeopleSitting(shop, settings, runs, now)

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """Whether anything has ended their runs since."""
        ended = of_mails({(message.flow, message.subject_id) for message in messages}, now)
        answer = {}
        for message in messages:
            contact = contacts.get(message.contact_id)
            answer[message.pk] = Outgoing(
                over=ended.get((message.flow, message.subject_id)),
                old_after=PRICES_HOLD,
                country=contact.country if contact else "",
            )
        return answer

    def hold(self, messages: Sequence[Message]) -> None:
        """A run is all that there is to lock."""

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Codes of which nobody was told, and nobody will be, are given back. Whose code was given back before, and who
        is decided again, gets another."""
        messages = list(messages)
        untold = [one for one, objection in messages if objection.again_at is None and one.step == 0]
        vouchers.give_back(untold, now)
        vouchers.grant_anew([one for one, objection in messages if objection.again_at and one.step == 0])


class PeopleSitting:
    """One batch of due runs of customers (``situation.Sitting``)."""

    def __init__(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        self._shop, self._settings, self._now = shop, settings, now
        self._unheld = runs
        self._over = over(runs, now)
        self._places = places_of([run.contact_id for run in runs if run.contact_id])
        self._tiles = self._read_tiles(runs)
        self._vouchers: dict[int, dict[str, str]] = {}
        self._reminders = vouchers.reminders([run for run in runs if FLOWS.get(run.flow, GONE).grants])

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """How the customer stands. Who never bought anything or had a cart buys nowhere: nothing can be shown."""
        ended = self._over.get(run.pk) or (None if run.contact_id in self._places else Reason.NOT_SOLD)
        needs_items = _shows(run) and not ended and not self._items(run)
        return Situation(
            over=ended,
            nothing_left=Reason.SOLD_OUT if needs_items else None,
            country=contact.country if contact else "",
            due_by=self._reminders.get(run.pk),
        )

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Each run has a mail of its own."""
        return ()

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """Grant the codes that mails tell of; a reminder tells of the one that was granted. Before the first, all that
        this batch may grant of, or give back to (``close``), is held."""
        asked = [(run, self._places[contact.pk].channel) for run, contact in runs if FLOWS[run.flow].grants]
        if not all(run.next_step for run, _ in asked):
            vouchers.hold(self._settings, self._unheld)
            self._unheld = ()
        refused, told = vouchers.grant(self._shop, self._settings, asked, self._now)
        self._vouchers |= told
        return refused

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail of a step."""
        place = self._places[contact.pk]
        content = letterhead(self._shop, self._settings, channel=place.channel) | {
            "shop_url": links.shop(self._settings, run.flow),
            "items": self._items(run) if _shows(run) else [],
            "about": run.about,
        }
        if run.pk in self._vouchers:
            content["voucher"] = self._vouchers[run.pk]
        return Frozen(place.language, place.channel, content)

    def asking(self, message: Message) -> Asking:
        """The blocks of products of a mail, which is about what its run is about."""
        return Asking(message, blocks_of(message.template, message.content), about=message.content["about"])

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Codes of runs that end before any mail told of them are given back."""
        untold = [run for run, _, _ in decided if run.state == Enrolment.State.FINISHED and run.next_step == 0]
        vouchers.give_back(untold, self._now)

    def _items(self, run: Enrolment) -> list[dict[str, Any]]:
        place = self._places[run.contact_id or 0]
        tiles = self._tiles.get(place, {})
        return [
            frozen_tile(self._settings, tiles[product], place.channel, place.language, run.flow)
            for product in run.about[:MOST_ITEMS]
            if product in tiles
        ]

    def _read_tiles(self, runs: Sequence[Enrolment]) -> dict[Place, dict[str, Tile]]:
        products: defaultdict[str, set[str]] = defaultdict(set)
        languages: defaultdict[str, set[str]] = defaultdict(set)
        for run in runs:
            if _shows(run) and (place := self._places.get(run.contact_id or 0)):
                products[place.channel].update(run.about)
                languages[place.channel].add(place.language)
        return {
            Place(channel, language): tiles
            for channel, asked in products.items()
            for language, tiles in self._shop.tiles(sorted(asked), channel, languages[channel]).items()
        }


def _shows(run: Enrolment) -> bool:
    return FLOWS.get(run.flow, GONE).shows
