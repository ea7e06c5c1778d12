"""The jobs that keep the road going: each calls one function of a room until nothing is left to do, or time is up.

All take the shop and a clock, and return how much they did. They do nothing while the plugin is switched off or its
settings can't be read.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from . import config
from .config import Settings
from .emails import send
from .flows.decide import decide_due
from .flows.withdraw import still_wanted
from .recs.served import popular, training
from .retention import keep_rooms, purge
from .segments import nightly
from .segments.loyalty.mature import mature
from .shop.port import Shop
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


def decide(shop: Shop, clock: Clock = now) -> int:
    """Decide the steps that are due."""
    return _run(shop, clock, lambda settings: decide_due(shop, settings, clock()))


def deliver(shop: Shop, clock: Clock = now) -> int:
    """Send what is in the outbox."""

    def batch(settings: Settings) -> int:
        return send.deliver(shop, settings, lambda mails: still_wanted(shop, settings, mails, clock()), clock)

    return _run(shop, clock, batch)


def mature_points(shop: Shop, clock: Clock = now) -> int:
    """Let pending loyalty points become earned, and old ones expire."""
    return _run(shop, clock, lambda settings: mature(settings.loyalty, clock()))


def clean_up(shop: Shop, clock: Clock = now) -> int:
    """Delete what has been kept long enough, also while the plugin is switched off."""
    done = purge(clock())
    settings = _readable(shop)
    return done + (keep_rooms(clock(), settings.tracking.kept) if settings else 0)


def refresh_segments(shop: Shop, clock: Clock = now) -> int:
    """Compute what kinds of customers there are, as far as that changed."""
    settings = _settings(shop)
    return nightly.run(settings, clock()).contacts if settings else 0


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
JOBS: tuple[Job, ...] = (sweep_shop, process_inbox, decide, deliver, mature_points)


def tick(shop: Shop, clock: Clock = now) -> dict[str, int]:
    """Do once all that is due, the segments and the training once a day. Returns how much each job did."""
    nightly_too: list[Job] = [refresh_segments] if nightly.due(clock()) else []
    nightly_too += [train_recommendations] if training.due(clock()) else []
    return {job.__name__: job(shop, clock) for job in (*JOBS, *nightly_too)}


def _settings(shop: Shop) -> Settings | None:
    """The owner's settings, None while the plugin is switched off or they can't be read."""
    return _readable(shop) if shop.active() else None


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
    if not settings.sender_name:
        settings = replace(settings, sender_name=shop.name())
    done, stop = 0, clock() + BUDGET
    while (count := batch(settings)) and clock() < stop:
        done += count
    return done + count
