"""A shop in which customers live for some days while the flows are on, by a seed; and what the flows decided."""

from datetime import datetime, timedelta
from random import Random
from uuid import NAMESPACE_DNS, uuid5

from saleor_crm_plugin import work
from saleor_crm_plugin.activity import interactions, views
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.flow import Flow
from saleor_crm_plugin.flows.models import Decision, Reorder
from saleor_crm_plugin.flows.replay.rehearse import ENDED, ENTERED, STAYED_OUT, Event
from saleor_crm_plugin.flows.replay.run import replay
from saleor_crm_plugin.flows.replay.words import not_rehearsed
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.road import AGREED, Road

TICK = timedelta(hours=3)
KEYS = [key for key in FLOWS if not not_rehearsed(key)]
Decided = tuple[datetime, str, str, int, str, str]


class Lives:
    """Some customers, and what they do between two looks of the flows."""

    def __init__(self, road: Road, seed: int, people: int = 8) -> None:
        self.road, self.random = road, Random(seed)
        self.emails = [f"customer{number}@example.com" for number in range(people)]
        self.variants = [road.make_product(f"Product {number}")[0] for number in range(4)]
        goods = road.shop.availability(self.variants, road.channel)
        self.products = [goods[variant].product_id for variant in self.variants]
        self.carts: dict[str, list[str]] = {}  # open ones, with the variants in them
        interactions.make_room([road.now, road.now + timedelta(days=31)], views.TABLE)
        self._reorder()
        self.began = road.now

    def settings(self, **settings: object) -> None:
        on = "\n".join(f"{key} = on, 1 d" if key == "second_purchase" else f"{key} = on" for key in KEYS[1:])
        self.road.set(holdout_percent="25", quiet_hours="21:00-08:00", flows=on, **settings)

    def live(self, days: int) -> None:
        """Let them live; the jobs look every three hours, and the night's at three."""
        for _ in range(days * 8):
            at = self.road.now + TICK
            self._act()
            self.road.now = at
            self.road.clock.move_to(at)
            self.road.work(work.process_inbox)
            for contact in Contact.objects.filter(email__in=self.emails):
                contact.key = uuid5(NAMESPACE_DNS, contact.email or "")  # who is held out goes by the seed, too
                contact.save(update_fields=["key"])
            if at.hour == 3:
                work.refresh_segments(self.road.shop, work.now)
                self._reorder()
            self.road.work()

    def _reorder(self) -> None:
        """The first product is used up after four days, whatever the night computed: rehearsals know times of today."""
        Reorder.objects.all().delete()
        Reorder.objects.create(product_id=self.products[0], gap=timedelta(days=4))

    def _act(self) -> None:
        """One kind of thing happens between two looks, at most once to each: what an order undoes at once, or which of
        two carts came first, a look three hours later never sees, and a rehearsal, which knows the minute, would."""
        acts = [self._leave, self._leave, self._change, self._order, self._order, self._look, self._look, self._refuse]
        act = self.random.choice(acts)
        for email in self.random.sample(self.emails, self.random.randrange(3)):
            self.road.wait(minutes=self.random.randrange(1, 60))
            act(email)

    def _leave(self, email: str) -> None:
        metadata = AGREED if self.random.random() < 0.8 else {}
        country = ["DE", "US", "JP"][self.emails.index(email) % 3]
        variant = self.random.choice(self.variants)
        self.carts[self.road.cart(variant, email=email, metadata=metadata, country=country)] = [variant]

    def _change(self, email: str) -> None:
        if self.carts:
            cart, lines = self.random.choice(list(self.carts.items()))
            if lines and self.random.random() < 0.5:
                self.road.remove_line(cart, lines.pop())
            else:
                lines.append(self.random.choice([one for one in self.variants if one not in lines] or self.variants))
                self.road.add_line(cart, lines[-1])
                self.carts[cart] = list(dict.fromkeys(lines))

    def _order(self, email: str) -> None:
        filled = [cart for cart, lines in self.carts.items() if lines]
        if filled:
            cart = self.random.choice(filled)
            del self.carts[cart]
            order = self.road.place_order(cart)
            if self.random.random() < 0.8:
                self.road.fulfil_order(order)

    def _look(self, email: str) -> None:
        contact = Contact.objects.filter(email=email).first()
        if contact:
            for number in range(2):
                View.objects.create(
                    event_id=f"look-{self.random.random()}-{number}", at=self.road.now, kind="product_view",
                    contact=contact, product_id=self.random.choice(self.products[:2]),
                )  # fmt: skip

    def _refuse(self, email: str) -> None:
        if self.random.random() < 0.15:
            suppress(email, Suppression.Reason.UNSUBSCRIBED, self.road.now)

    def decided(self) -> list[Decided]:
        """What the live flows decided, in an order that does not depend on numbers of rows."""
        rows = Decision.objects.filter(enrolment__flow__in=KEYS).select_related("enrolment")
        return sorted(
            (one.at, one.enrolment.flow, one.enrolment.subject_id, one.step + 1, one.outcome, one.reason)
            for one in rows
        )

    def rehearsed(self, *keys: str) -> list[Event]:
        """All that a rehearsal of the same time tells."""
        events: list[Event] = []
        flows: list[Flow] = [FLOWS[key] for key in keys or KEYS]
        replay(flows, parse(own_settings.stored()), self.began, self.road.now, events.append, tick=TICK)
        return events


def decisions(events: list[Event]) -> list[Decided]:
    """Those of the events that a live flow records as decisions."""
    return sorted(
        (one.at, one.flow, one.subject_id, one.mail, str(one.what), str(one.reason))
        for one in events
        if one.what not in (ENTERED, STAYED_OUT, ENDED)
    )
