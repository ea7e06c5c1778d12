"""How long things are kept."""

import logging
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, connection, transaction

from .activity import interactions, views
from .activity.models import Cart
from .contacts import changes, locks
from .emails.models import Message
from .flows.models import Enrolment

logger = logging.getLogger(__name__)

MAIL_TEXTS = timedelta(days=90)
CARTS = timedelta(days=400)
RUNS = timedelta(days=730)
_AHEAD = timedelta(days=32)
_ON_ITS_WAY = [Message.State.QUEUED, Message.State.SENDING]


def purge(now: datetime) -> int:
    """Empty the text of old mails (that they were sent stays known) and delete old carts and runs with their decisions.

    Returns how many rows.

    Open carts too: shops delete old checkouts and tell nobody.
    """
    old = Message.objects.filter(created_at__lt=now - MAIL_TEXTS).exclude(state__in=_ON_ITS_WAY)
    texts = old.exclude(content={}).update(content={}, recipient="")
    with transaction.atomic():
        old_carts = Cart.objects.filter(seen_at__lt=now - CARTS)
        changes.note(old_carts.values_list("contact_id", flat=True))  # scores counted them
        carts, _ = old_carts.delete()
    runs, _ = Enrolment.objects.filter(enrolled_at__lt=now - RUNS, state=Enrolment.State.FINISHED).delete()
    return int(texts) + carts + runs


def keep_rooms(now: datetime, kept: timedelta) -> int:
    """Make the months into which views will soon be written, and drop those in which all are older than ``kept``.

    Returns how many were dropped. A month that somebody reads just now is dropped the next time.
    """
    with transaction.atomic():
        locks.alone()
        interactions.make_room(interactions.months_between(now, now + _AHEAD), views.TABLE)
    first = (now - kept).astimezone(UTC)
    old = [name for name in interactions.months_of(views.TABLE) if name < f"{views.TABLE}_{first:%Y_%m}"]
    return sum(map(_drop, old))


def _drop(month: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            # What a month is a part of and refers to is locked, too: in the order in which views are written.
            cursor.execute(f"LOCK TABLE crm_contact, {views.TABLE} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"DROP TABLE {month}")
    except OperationalError:
        logger.info("CRM: %s is in use and will be dropped the next time", month)
        return False
    return True
