"""How long things are kept."""

from datetime import datetime, timedelta

from .activity.models import Cart
from .emails.models import Message
from .flows.models import Enrolment

MAIL_TEXTS = timedelta(days=90)
CARTS = timedelta(days=400)
RUNS = timedelta(days=730)
_ON_ITS_WAY = [Message.State.QUEUED, Message.State.SENDING]


def purge(now: datetime) -> int:
    """Empty the text of old mails (that they were sent stays known) and delete old carts and runs with their decisions.

    Returns how many rows.

    Open carts too: shops delete old checkouts and tell nobody.
    """
    old = Message.objects.filter(created_at__lt=now - MAIL_TEXTS).exclude(state__in=_ON_ITS_WAY)
    texts = old.exclude(content={}).update(content={}, recipient="")
    carts, _ = Cart.objects.filter(seen_at__lt=now - CARTS).delete()
    runs, _ = Enrolment.objects.filter(enrolled_at__lt=now - RUNS, state=Enrolment.State.FINISHED).delete()
    return int(texts) + carts + runs
