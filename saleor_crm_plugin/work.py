"""The jobs that keep the road going: each calls one function of a room until nothing is left to do, or time is up.

All take the shop and a clock, and return how much they did. They do nothing while the plugin is switched off or its
settings can't be read.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.apps import apps

from . import config
from .config import Settings
from .emails import send
from .emails.bounces import mailbox
from .emails.tracking.judge import judge
from .flows.campaigns import course
from .flows.campaigns.recipients import end_cancelled
from .flows.campaigns.send import refill
from .flows.campaigns.testing import judge_tests
from .flows.catalogue import PEOPLE
from .flows.decide import decide_due
from .flows.pauses import pauses
from .flows.people import reorder
from .flows.people.enter import bring_forward, enter
from .flows.people.vouchers import give_back_undelivered, give_back_unmade
from .flows.points import return_points
from .flows.stock import upkeep
from .flows.stock.enter import lasting_price_drops
from .flows.stock.react import react
from .flows.stock.views import viewed
from .flows.withdraw import still_wanted
from .recs.served import popular, training
from .retention import keep_rooms, purge
from .segments import nightly
from .segments.loyalty.mature import mature
from .shop.port import Shop
from .vouchers.sweep import expire
from .webhooks import inbox, sweep
from .webhooks.handlers import handlers

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Job = Callable[[Shop, Clock], int]
BUDGET = timedelta(seconds=25)  # of one run; the next goes on


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def process_inbox(shop: Shop, clock: Clock = now) -> int:
    """Look at what changed."""
    return _run(shop, clock, lambda settings: inbox.process(handlers(shop, settings), clock))


def sweep_shop(shop: Shop, clock: Clock = now) -> int:
    """Find what no hook told of."""
    return sweep.sweep(shop, clock()) if shop.active() else 0


def sweep_stock(shop: Shop, clock: Clock = now) -> int:
    """Find what became of everything that somebody waits for. Returns how much moved."""
    settings = _settings(shop)
    if settings is None:
        return 0
    upkeep.expire(clock())
    return react(shop, settings, clock())


def enter_flows(shop: Shop, clock: Clock = now) -> int:
    """Find whom the flows about customers are about now, and who was not told of a price that is down; whoever waits
    waits no longer than is set now. Returns how many entered one."""
    settings = _settings(shop)
    if settings is None:
        return 0
    bring_forward(PEOPLE, settings, clock())
    return sum(enter(flow, settings, clock()) for flow in PEOPLE) + lasting_price_drops(settings, clock())


def notice_views(shop: Shop, clock: Clock = now) -> int:
    """Find who looked at what is sold out."""
    settings = _settings(shop)
    return viewed(shop, settings, clock()) if settings else 0


def decide(shop: Shop, clock: Clock = now) -> int:
    """Decide the steps that are due."""
    return _run(shop, clock, lambda settings: decide_due(shop, settings, clock()))


def run_campaigns(shop: Shop, clock: Clock = now) -> int:
    """Start the newsletters that are due, judge their tests, and end those that are through or cancelled. Returns how
    much moved."""
    settings = _settings(shop)
    if settings is None:
        return 0
    moved = course.start_due(shop, settings, clock()) + judge_tests(clock()) + course.finish(clock())
    return moved + _run(shop, clock, lambda settings: end_cancelled(clock()))


def deliver(shop: Shop, clock: Clock = now) -> int:
    """Send what is in the outbox. Newsletters are decided as it empties."""
    settings = _settings(shop)
    if settings is None:
        return 0
    named = _named(shop, settings)
    return send.deliver(
        shop,
        named,
        lambda mails: still_wanted(shop, named, mails, clock()),
        clock,
        until=clock() + BUDGET,
        resting=pauses(),
        refill=lambda: refill(shop, named, clock()),
        unmade=lambda mail: give_back_unmade(mail, clock()),
    )


def read_bounces(shop: Shop, clock: Clock = now) -> int:
    """Look what came back, where the owner has a mailbox for it. Returns how many messages were read."""

    def batch(settings: Settings) -> int:
        return mailbox.read(settings.bounces, clock) if settings.bounces.host else 0

    try:
        return _run(shop, clock, batch)
    except mailbox.Trouble as trouble:
        logger.error("CRM: the mailbox of bounces can't be read: %s", trouble)
        return 0


def judge_clicks(shop: Shop, clock: Clock = now) -> int:
    """Tell people who click from programs."""
    return _run(shop, clock, lambda settings: judge(clock()))


def mature_points(shop: Shop, clock: Clock = now) -> int:
    """Let pending loyalty points become earned, and old ones expire."""
    return _run(shop, clock, lambda settings: mature(settings.loyalty, clock()))


def end_vouchers(shop: Shop, clock: Clock = now) -> int:
    """End the codes whose time is over, and those of mails that never arrived; give the points back that were spent."""

    def batch(settings: Settings) -> int:
        now = clock()
        return give_back_undelivered(shop, now) + expire(shop, now).looked + return_points(shop, now)

    return _run(shop, clock, batch)


def keep_webhooks(shop: Shop, clock: Clock = now) -> int:
    """See that Saleor sends us what its hooks do not tell. Returns how much had to be put right."""
    if not apps.is_installed("saleor.plugins"):
        return 0
    from .webhooks import registration

    done = registration.keep(shop)
    if done:
        logger.info("CRM: the webhooks were put right: %s", " ".join(done))
    return len(done)


def clean_up(shop: Shop, clock: Clock = now) -> int:
    """Delete what has been kept long enough, also while the plugin is switched off."""
    done = purge(clock()) + upkeep.tidy(shop, clock())
    settings = _readable(shop)
    return done + (keep_rooms(clock(), settings.tracking.kept) if settings else 0)


def refresh_segments(shop: Shop, clock: Clock = now) -> int:
    """Compute what kinds of customers there are, as far as that changed."""
    settings = _settings(shop)
    if not settings:
        return 0
    reorder.refresh(clock())
    return nightly.run(settings, clock()).contacts


def refresh_popular(shop: Shop, clock: Clock = now) -> int:
    """Find out what sells now."""
    return int(popular.refresh(clock(), training.popular_half_life())) if shop.active() else 0


def train_recommendations(shop: Shop, clock: Clock = now) -> int:
    """Learn what customers may like. Returns how many customers were learnt from."""
    settings = _settings(shop)
    if not settings:
        return 0
    done = training.train(shop, settings, clock())
    if done.busy:
        logger.warning("CRM: no training: another one is at it")
    return done.trained.customers if done.trained else 0


# In the order in which news becomes mail; then what time alone does.
JOBS: tuple[Job, ...] = (
    sweep_shop,
    process_inbox,
    sweep_stock,
    notice_views,
    enter_flows,
    decide,
    run_campaigns,
    deliver,
    judge_clicks,
    read_bounces,
    mature_points,
    end_vouchers,
)


def tick(shop: Shop, clock: Clock = now) -> dict[str, int]:
    """Do once all that is due, the segments and the training once a day. Returns how much each job did."""
    nightly_too: list[Job] = [refresh_segments] if nightly.due(clock()) else []
    nightly_too += [train_recommendations] if training.due(clock()) else []
    return {job.__name__: job(shop, clock) for job in (*JOBS, *nightly_too, keep_webhooks)}


def _settings(shop: Shop) -> Settings | None:
    """The owner's settings, None while the plugin is switched off or they can't be read."""
    return _readable(shop) if shop.active() else None


def _named(shop: Shop, settings: Settings) -> Settings:
    """Mails come from the shop, where the owner names no other."""
    return settings if settings.sender_name else replace(settings, sender_name=shop.name())


def _readable(shop: Shop) -> Settings | None:
    try:
        return config.parse(shop.configuration())
    except config.ConfigError as error:
        # Their labels only: what was typed may name people.
        wrong = ", ".join(config.BY_NAME[name].label for name in error.problems)
        logger.error("CRM: nothing is done until these settings are right: %s", wrong)
        return None


def _run(shop: Shop, clock: Clock, batch: Callable[[Settings], int]) -> int:
    settings = _settings(shop)
    if settings is None:
        return 0
    settings = _named(shop, settings)
    done, stop = 0, clock() + BUDGET
    while (count := batch(settings)) and clock() < stop:
        done += count
    return done + count
