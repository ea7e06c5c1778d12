"""Two hundred carts live random lives beside two workers; nobody gets a mail that is wrong."""

import base64
import random
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

import time_machine
from django.core.management import call_command
from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.mail_sink import listening, text_of
from tests.road import AGREED, NOON, Road
from tests.seeded import seeded

CARTS = 200


@dataclass
class Life:
    """What truly happened to one cart: what was in it since when (``perf_counter``), and when it was ordered."""

    lines: dict[str, int] = field(default_factory=dict)
    history: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    email: str = ""
    consents: bool = False
    ordered_at: float | None = None

    def note(self, since: float) -> None:
        """A worker may see a change before the hand that makes it is back: it counts from when that began."""
        self.history.append((since, dict(self.lines)))

    def was(self, lines: dict[str, int], since: float, until: float) -> bool:
        """Whether just this was in the cart at some moment between the two."""
        ends = [start for start, _ in self.history[1:]] + [float("inf")]
        return any(
            content == lines and start <= until and end >= since
            for (start, content), end in zip(self.history, ends, strict=True)
        )


class Hooks:
    """Hooks as unreliable as can be: lost, repeated, held back and told in another order."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.held: list[tuple[str, str]] = []

    def __call__(self, kind: str, object_id: str) -> None:
        fate = self.dice.choice(["tell", "tell", "lose", "repeat", "hold"])
        if fate == "hold":
            self.held.append((kind, object_id))
        for _ in range({"tell": 1, "repeat": 3}.get(fate, 0)):
            storefront.announce(kind, object_id)

    def let_go(self) -> None:
        self.dice.shuffle(self.held)
        while self.held:
            storefront.announce(*self.held.pop())


@seeded(3)
def test_random_lives_beside_two_workers_bring_no_wrong_mail(transactional_db: None, seed: int) -> None:
    call_command("flush", interactive=False, verbosity=0)  # what the example before left
    with listening() as sink, time_machine.travel(NOON, tick=False) as clock:
        _live_and_look(Road(sink, clock), random.Random(seed))


def _live_and_look(road: Road, dice: random.Random) -> None:
    hooks = Hooks(dice)
    moments: list[float] = []
    moods = random.Random(dice.random())

    def on_data(mail: object) -> str | None:
        if moods.random() < 0.3:
            return "451 4.3.0 not now"  # so that mails wait in the outbox while their carts change
        moments.append(perf_counter())
        return None

    road.sink.on_data = on_data
    variants = {v: f"Thing {n} end" for n in range(12) for v in road.make_product(f"Thing {n} end")}
    names = {name: variant for variant, name in variants.items()}
    lives: dict[str, Life] = {}
    agreed: set[str] = set()
    refused_at: dict[str, float] = {}

    def live(many: int) -> None:
        for _ in range(many):
            _one_act(road, dice, hooks, list(variants), lives, agreed, refused_at)
        connection.close()

    live(CARTS)
    # A mail that arrives in a round was looked at in that round: what changed before it, the mail must know of.
    rounds: list[float] = []
    for _ in range(45):
        road.wait(minutes=dice.choice([20, 60, 150]))
        if dice.random() < 0.5:
            hooks.let_go()
        stormy = dice.random() < 0.5
        rounds.append(perf_counter())
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(_work, road, dice.random() < 0.7) for _ in range(2)]
            if stormy:
                jobs.append(pool.submit(live, 15))
            for job in jobs:
                job.result()
        if not stormy:
            live(15)

    mails = road.sink.mails
    assert len(mails) > 20
    said: dict[tuple[str, str], int] = defaultdict(int)
    for mail, moment in zip(mails, moments, strict=True):
        cart_id = _cart_of(text_of(mail))
        life, since = lives[cart_id], rounds[bisect(rounds, moment) - 1]
        message = Message.objects.get(pk=mail["Message-ID"].strip("<>").split("@")[0])
        shown = {names[name] for name in re.findall(r"Thing \d+ end", text_of(mail))}
        quantities = {line["variant_id"]: line["quantity"] for line in message.content["lines"]}
        assert shown == set(quantities)
        assert life.was(quantities, since, moment), "a line that is not in the cart"
        assert life.ordered_at is None or life.ordered_at > since, "a mail after an order"
        assert mail["To"] in agreed, "a mail without consent"
        assert refused_at.get(mail["To"], float("inf")) > since, "a mail after suppression"
        said[cart_id, str(message.step)] += 1
    assert max(said.values()) == 1, "two mails for one step"


def _one_act(
    road: Road,
    dice: random.Random,
    hooks: Callable[[str, str], None],
    variants: list[str],
    lives: dict[str, Life],
    agreed: set[str],
    refused_at: dict[str, float],
) -> None:
    now, began = road.now, perf_counter()
    open_carts = [cart_id for cart_id, life in lives.items() if life.ordered_at is None]
    if len(lives) < CARTS:
        email = f"person{dice.randrange(300)}@example.com"
        consents = dice.random() < 0.6
        cart_id = storefront.create_cart(
            channel=road.channel, now=now, email=email, metadata=AGREED if consents else {}, country="DE", hook=hooks
        )
        lives[cart_id] = Life(email=email, consents=consents)
        lives[cart_id].note(began)
        if consents:
            agreed.add(email)
    else:
        cart_id = dice.choice(open_carts)
    life = lives[cart_id]
    act = dice.choice(["add", "add", "add", "quantity", "remove", "email", "order", "refuse", "unsubscribe"])
    if act == "add":
        variant = dice.choice(variants)
        storefront.add_line(cart_id, variant, now=now, hook=hooks)
        life.lines[variant] = life.lines.get(variant, 0) + 1
    elif act == "quantity" and life.lines:
        variant = dice.choice(list(life.lines))
        storefront.set_quantity(cart_id, variant, 5, now=now, hook=hooks)
        life.lines[variant] = 5
    elif act == "remove" and life.lines:
        variant = dice.choice(list(life.lines))
        storefront.remove_line(cart_id, variant, now=now, hook=hooks)
        del life.lines[variant]
    elif act == "email":
        life.email = f"person{dice.randrange(300)}@example.com"
        storefront.set_email(cart_id, life.email, now=now, hook=hooks)
        if life.consents:  # the cart's tick box holds for whoever the cart belongs to now
            agreed.add(life.email)
    elif act == "order" and life.lines and dice.random() < 0.4:
        storefront.place_order(cart_id, now=now, hook=hooks)
        life.ordered_at = perf_counter()
    elif act == "unsubscribe" and dice.random() < 0.3:
        suppress(life.email, Suppression.Reason.UNSUBSCRIBED, now)
        refused_at.setdefault(life.email, perf_counter())
    life.note(began)


def _work(road: Road, sweeping: bool) -> None:
    try:
        for job in work.JOBS:
            if job is not work.sweep_shop or sweeping:
                job(road.shop, work.now)
    finally:
        connection.close()


def _cart_of(text: str) -> str:
    match = re.search(r"https://shop\.example\.com/cart\?\S+", text)
    assert match is not None
    reference = parse_qs(urlsplit(match[0]).query)["checkout"][0]
    return base64.b64decode(reference).decode().removeprefix("Checkout:")
