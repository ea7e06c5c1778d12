"""Keeping it going: what waits, what is stuck, doing what is due."""

from django.core.management.base import OutputWrapper

from ... import work
from ...shop.port import get_shop
from ...webhooks import inbox
from ...webhooks.models import InboxItem
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    text = "Count what waits to be looked at, and list what was given up, with its error."
    looking = verb(verbs, "inbox", text, _inbox)
    looking.add_argument("--retry", action="store_true", help="try again what was given up")
    verb(verbs, "tick", "Do once all that is due: for shops without Celery's beat, every minute by cron.", _tick)


def _inbox(options: Options, out: OutputWrapper) -> None:
    if options["retry"]:
        out.write(f"{inbox.retry_parked(work.now())} will be tried again.")
    parked = inbox.parked()
    waiting = InboxItem.objects.filter(parked_at=None).count()
    out.write(f"{waiting} waiting, {len(parked)} given up")
    for item in parked:
        out.write(f"  {item.kind} {item.object_id}  after {item.attempts} attempts: {item.error}")


def _tick(options: Options, out: OutputWrapper) -> None:
    for job, count in work.tick(get_shop()).items():
        out.write(f"{job}: {count}")
