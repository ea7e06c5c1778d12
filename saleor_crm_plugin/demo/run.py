"""A day and a half in the demo shop."""

import os
import random
import sys
from contextlib import suppress as suppress_error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from .. import config, work
from ..analyse.figures import read_figures
from ..analyse.report import customer_context
from ..contacts.address import normalise
from ..contacts.models import Suppression
from ..contacts.suppression import suppress
from ..flows.catalogue import ABANDONED_CART
from ..flows.models import Decision
from ..recs.recipes import Limits
from ..recs.served import training
from ..recs.served.local import LocalEngine
from ..segments import nightly
from ..segments.loyalty.catch_up import catch_up
from ..shop.port import Shop, get_shop
from ..shop.sandbox import own_settings, storefront
from ..shop.sandbox.generate import Generated, generate
from ..shop.sandbox.live import live_carts
from ..shop.sandbox.mail_sink import MailSink, listening
from ..shop.sandbox.models import Checkout
from ..shop.sandbox.progress import Progress, bars
from ..shop.sandbox.progress import quiet as silent
from ..webhooks.history import backfill
from .likes import likes_context
from .mailbox import Mailbox
from .mailing import Mailing
from .newsletter import newsletter_context
from .page import write_page
from .scarce import Scarcity
from .waits import waits_context

HOURS = 36
# So many of those who got a mail, or would have got one, come back within the next hours. Made up, so
# that the page has something to compare; what mails bring in a real shop, its holdout tells.
COMES_BACK_AFTER_MAIL, COMES_BACK_ALONE = 0.16, 0.07
_SECONDS = 8.0  # for comparing models; the usual shop of a demo takes three


@dataclass
class Clock:
    """The demo's clock: it jumps from hour to hour."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def run(out: Path, *, seed: int, customers: int, products: int, carts: int, quiet: bool) -> None:
    """Make the shop, let the CRM work in it, and write ``out``. Repeatable by seed but for the dates.

    Its time is the last day and a half that began at ten o'clock (UTC), so that all done afterwards comes later.
    """
    progress: Progress = silent if quiet else bars
    clock = Clock(_last_morning())
    _say("Preparing the database …")
    _empty()
    shop = get_shop()
    with listening() as sink:
        _configure(sink.port, clock.now)
        made = generate(clock.now, seed=seed, products=products, customers=customers, progress=progress)
        kinds = live_carts(clock.now, seed=seed, each=carts)
        kinds["suppressed"] = _suppress_some(kinds, clock.now)
        _say("Taking over the orders of two years …")
        backfill(shop, clock)
        _say("Learning what they may like …")
        settings = config.parse(shop.configuration())
        training.train(shop, settings, clock.now, engine=LocalEngine(Limits(seconds=_SECONDS)))
        mailbox = Mailbox(out, clock.now)
        scarcity = Scarcity(shop, settings, clock.now, seed=seed)
        _hold_out_the_same()
        mailing = Mailing(shop, settings, random.Random(seed + 1))  # noqa: S311 - nobody's secret
        mailing.prepare(clock.now)
        _live(shop, sink, clock, mailbox, scarcity, mailing, random.Random(seed), progress)  # noqa: S311 - nobody's secret
    _say("Getting to know the customers …")
    catch_up(settings.loyalty, clock.now)
    work.mature_points(shop, clock)
    nightly.rebuild(settings, clock.now)
    command = os.path.relpath(sys.argv[0]) if "/" in sys.argv[0] else "saleor-crm"
    customers_now = customer_context(read_figures(settings, clock.now))
    waits = waits_context(shop, out, scarcity.variants, mailbox, clock.now)
    chapters = likes_context(shop, out, clock.now) | waits | newsletter_context(mailing, mailbox, clock.now)
    page = write_page(out, made, kinds, mailbox, customers_now | chapters, clock.now, command)
    _tell(made, kinds, mailbox, page, command)


def _last_morning() -> datetime:
    now = datetime.now(UTC)
    morning = now.replace(hour=10, minute=0, second=0, microsecond=0)
    while morning + timedelta(hours=HOURS) > now:
        morning -= timedelta(days=1)
    return morning


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)


def _configure(port: int, now: datetime) -> None:
    values: dict[str, object] = {
        "sender_name": "Morgentau",
        "sender_address": "hello@news.morgentau.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(port),
        "smtp_starttls": False,
        "storefront_url": str(own_settings.DEFAULTS["public_url"]),
        "time_zone": "Europe/Berlin",
        "link_clicks": True,
        "abandoned_cart_enabled": True,
        "back_in_stock_enabled": True,
        "out_of_stock_enabled": True,
        "price_drop_enabled": True,
        "loyalty_since": f"{now - timedelta(days=365):%Y-%m-%d}",
        "loyalty_rates": "EUR 1, PLN 0.25",
        "loyalty_tiers": "Silver = 250, 1.25\nGold = 750, 1.5",
    }
    for name, value in values.items():
        own_settings.save(name, value)


def _suppress_some(kinds: dict[str, list[str]], now: datetime) -> list[str]:
    """A few of the idle carts belong to people who unsubscribed last month."""
    some = [kinds["idle"].pop() for _ in range(max(1, len(kinds["idle"]) // 4))] if len(kinds["idle"]) > 1 else []
    for cart in Checkout.objects.filter(pk__in=some).select_related("user"):
        email = normalise(cart.email or (cart.user.email if cart.user else ""))
        suppress(email, Suppression.Reason.UNSUBSCRIBED, now - timedelta(days=30))
    return some


def _live(
    shop: Shop,
    sink: MailSink,
    clock: Clock,
    mailbox: Mailbox,
    scarcity: Scarcity,
    mailing: Mailing,
    dice: random.Random,
    progress: Progress,
) -> None:
    """Hour by hour: the shop sells and stocks up, the CRM works, mails arrive, some customers come back."""
    coming: dict[str, datetime] = {}
    work.sweep_shop(shop, clock)
    work.process_inbox(shop, clock)
    for hour, _ in enumerate(progress("hours", [(hour,) for hour in range(HOURS)])):
        scarcity.hour(hour, clock.now)
        _hold_out_the_same()
        _tick(shop, clock)
        mailing.arrived(sink.mails, clock.now)
        mailbox.take(sink, clock.now)
        _make_up_minds(coming, clock.now, dice)
        clock.now += timedelta(hours=1)
        mailing.happen(clock.now)
        for cart_id in [cart_id for cart_id, moment in coming.items() if moment <= clock.now]:
            moment = coming.pop(cart_id)
            with suppress_error(storefront.NotPossible):  # sold out meanwhile
                storefront.place_order(cart_id, now=moment)
    _tick(shop, clock)
    mailbox.take(sink, clock.now)


def _tick(shop: Shop, clock: Clock) -> None:
    """All that is due, but learning anew: what was learnt an hour before is good for the demo's day and a half."""
    for job in (*work.JOBS, *([work.refresh_segments] if nightly.due(clock()) else [])):
        job(shop, clock)


def _hold_out_the_same() -> None:
    """Who is held out hangs on a random key of each contact; here on the address, so that a seed repeats it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_contact SET key = md5('morgentau ' || email)::uuid"
            " WHERE email IS NOT NULL AND key <> md5('morgentau ' || email)::uuid"
        )


def _make_up_minds(coming: dict[str, datetime], now: datetime, dice: random.Random) -> None:
    decided = Decision.objects.filter(
        at=now,
        outcome__in=[Decision.Outcome.SENT, Decision.Outcome.HELD_OUT],
        enrolment__flow=ABANDONED_CART.key,
    )
    for cart_id, outcome in decided.order_by("enrolment__subject_id").values_list("enrolment__subject_id", "outcome"):
        chance = COMES_BACK_AFTER_MAIL if outcome == Decision.Outcome.SENT else COMES_BACK_ALONE
        if cart_id not in coming and dice.random() < chance:
            coming[cart_id] = now + timedelta(minutes=dice.randrange(10, 600))


def _tell(made: Generated, kinds: dict[str, list[str]], mailbox: Mailbox, page: Path, command: str) -> None:
    carts = sum(len(ids) for ids in kinds.values())
    _say(
        f"\n{made.customers:,} customers, {made.orders:,} orders, {carts} live carts; {mailbox.arrived} mails."
        f"\nLook at {page}\nThe mails are in {page.parent / 'mails'}"
        f"\n{command} serve        opens the shop, so that the links in the mails work"
        f"\n{command} crm report   tells what came back, beside those who got no mail"
        f"\n{command} crm segments tells what kinds of customers there are"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
