"""What Celery sees: one thin task per job, and when each runs.

Hooks start no task: they leave a row, and a task that comes by beat finds it. So tasks that run at once
(``CELERY_TASK_ALWAYS_EAGER``, Saleor's setting where there is no broker) change no order and call nothing twice.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from traceback import format_exc

from celery import shared_task
from celery.schedules import crontab

from . import work
from .privacy import masked
from .shop.port import Shop, get_shop

logger = logging.getLogger(__name__)

EVERY = {
    "saleor_crm.process_inbox": timedelta(seconds=15),
    "saleor_crm.sweep": timedelta(minutes=5),
    "saleor_crm.sweep_stock": timedelta(seconds=30),
    "saleor_crm.notice_views": timedelta(minutes=10),
    "saleor_crm.enter_flows": timedelta(minutes=10),
    "saleor_crm.decide": timedelta(seconds=15),
    "saleor_crm.campaigns": timedelta(seconds=30),
    "saleor_crm.deliver": timedelta(seconds=15),
    "saleor_crm.judge_clicks": timedelta(minutes=1),
    "saleor_crm.read_bounces": timedelta(minutes=10),
    "saleor_crm.mature_points": timedelta(hours=1),
    "saleor_crm.end_vouchers": timedelta(hours=1),
    "saleor_crm.webhooks": timedelta(hours=1),
    "saleor_crm.clean_up": timedelta(days=1),
    "saleor_crm.segments": timedelta(days=1),
    "saleor_crm.popular": timedelta(hours=1),
    "saleor_crm.recommendations": timedelta(days=1),
}
BEAT: dict[str, dict[str, object]] = {
    name.replace("_", "-").replace(".", "-"): {"task": name, "schedule": every} for name, every in EVERY.items()
}
# When few orders come in.
BEAT["saleor-crm-segments"]["schedule"] = crontab(hour="3", minute="0")
BEAT["saleor-crm-recommendations"]["schedule"] = crontab(hour="4", minute="0")


class JobError(RuntimeError):
    """A job failed; the log says why. Celery would log the error itself with all that the database quoted in it."""


def _do(job: Callable[[Shop], int]) -> None:
    shop = get_shop()
    try:
        with shop.writing():
            job(shop)
    except Exception as error:
        logger.error("CRM: a job failed: %s", masked(format_exc()))
        raise JobError(f"{getattr(job, '__name__', 'a job')}: {type(error).__name__}") from None


def _expires(name: str) -> float:
    # A run that could not start before the next one is due is dropped: the next does its work. Set on the task,
    # since Saleor's beat (django-celery-beat) does not read "expires" of an entry's options.
    return EVERY[name].total_seconds()


@shared_task(name="saleor_crm.process_inbox", expires=_expires("saleor_crm.process_inbox"), ignore_result=True)
def process_inbox() -> None:
    """Look at what changed in the shop."""
    _do(work.process_inbox)


@shared_task(name="saleor_crm.sweep", expires=_expires("saleor_crm.sweep"), ignore_result=True)
def sweep() -> None:
    """Find the changes that no hook told of."""
    _do(work.sweep_shop)


@shared_task(name="saleor_crm.sweep_stock", expires=_expires("saleor_crm.sweep_stock"), ignore_result=True)
def sweep_stock() -> None:
    """Find what became of everything that somebody waits for."""
    _do(work.sweep_stock)


@shared_task(name="saleor_crm.notice_views", expires=_expires("saleor_crm.notice_views"), ignore_result=True)
def notice_views() -> None:
    """Find who looked at what is sold out."""
    _do(work.notice_views)


@shared_task(name="saleor_crm.enter_flows", expires=_expires("saleor_crm.enter_flows"), ignore_result=True)
def enter_flows() -> None:
    """Find whom the flows about customers are about now."""
    _do(work.enter_flows)


@shared_task(name="saleor_crm.decide", expires=_expires("saleor_crm.decide"), ignore_result=True)
def decide() -> None:
    """Decide the steps of flows that are due."""
    _do(work.decide)


@shared_task(name="saleor_crm.campaigns", expires=_expires("saleor_crm.campaigns"), ignore_result=True)
def campaigns() -> None:
    """Start, judge and end newsletters."""
    _do(work.run_campaigns)


@shared_task(name="saleor_crm.deliver", expires=_expires("saleor_crm.deliver"), ignore_result=True)
def deliver() -> None:
    """Send what is in the outbox."""
    _do(work.deliver)


@shared_task(name="saleor_crm.judge_clicks", expires=_expires("saleor_crm.judge_clicks"), ignore_result=True)
def judge_clicks() -> None:
    """Tell people who click from programs."""
    _do(work.judge_clicks)


@shared_task(name="saleor_crm.read_bounces", expires=_expires("saleor_crm.read_bounces"), ignore_result=True)
def read_bounces() -> None:
    """Look what came back."""
    _do(work.read_bounces)


@shared_task(name="saleor_crm.mature_points", expires=_expires("saleor_crm.mature_points"), ignore_result=True)
def mature_points() -> None:
    """Let pending loyalty points become earned, and old ones expire."""
    _do(work.mature_points)


@shared_task(name="saleor_crm.end_vouchers", expires=_expires("saleor_crm.end_vouchers"), ignore_result=True)
def end_vouchers() -> None:
    """End the codes whose time is over, and give the points back that were spent on them."""
    _do(work.end_vouchers)


@shared_task(name="saleor_crm.webhooks", expires=_expires("saleor_crm.webhooks"), ignore_result=True)
def webhooks() -> None:
    """See that the shop sends us its news of stock."""
    _do(work.keep_webhooks)


@shared_task(name="saleor_crm.clean_up", expires=_expires("saleor_crm.clean_up"), ignore_result=True)
def clean_up() -> None:
    """Delete what has been kept long enough."""
    _do(work.clean_up)


@shared_task(name="saleor_crm.segments", expires=_expires("saleor_crm.segments"), ignore_result=True)
def segments() -> None:
    """Compute what kinds of customers there are."""
    _do(work.refresh_segments)


@shared_task(name="saleor_crm.popular", expires=_expires("saleor_crm.popular"), ignore_result=True)
def popular() -> None:
    """Find out what sells now."""
    _do(work.refresh_popular)


@shared_task(name="saleor_crm.recommendations", expires=_expires("saleor_crm.recommendations"), ignore_result=True)
def recommendations() -> None:
    """Learn what customers may like."""
    _do(work.train_recommendations)
