"""How long things are kept."""

from datetime import datetime, timedelta

from django.db import transaction

from .activity.models import Cart
from .contacts import changes
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
    with transaction.atomic():
        old_carts = Cart.objects.filter(seen_at__lt=now - CARTS)
        changes.note(old_carts.values_list("contact_id", flat=True))  # scores counted them
        carts, _ = old_carts.delete()
    runs, _ = Enrolment.objects.filter(enrolled_at__lt=now - RUNS, state=Enrolment.State.FINISHED).delete()
    return int(texts) + carts + runs
