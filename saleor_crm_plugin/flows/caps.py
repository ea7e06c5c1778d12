"""How much mail one person gets, over all flows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..among import Among
from ..config import MAIL_DISTANCE
from ..emails.models import Message
from .catalogue import FLOWS
from .flow import CapClass
from .models import Decision

# Marketing mails to one person: at most so many in such a time.
CAPS: tuple[tuple[int, timedelta], ...] = ((1, MAIL_DISTANCE), (3, timedelta(days=7)))
_LONGEST = max(window for _, window in CAPS)
# Mails that are no advertisement.
ASKED_FOR = [flow.key for flow in FLOWS.values() if flow.caps is CapClass.NONE]


def recent_mails(contact_ids: Iterable[int], now: datetime) -> dict[int, list[datetime]]:
    """When each contact was last written to: sent mails, and those that are about to be or may have been; none that
    could not be made. Two queries.

    Mails that were asked for are no advertisement and do not count.

    A mail that was held out counts like one that was sent: who gets none would otherwise be asked about more carts
    than who gets one, and the two groups could not be compared. For the same reason all count from the moment of the
    decision, however long the mail server took; and the second mail about a cart, due 16 hours after the first was
    decided where the owner says so, would always be one too many.
    """
    recent: dict[int, list[datetime]] = {}
    ids, oldest = set(contact_ids), now - _LONGEST
    mails = Message.objects.filter(Among("contact", ids), created_at__gt=oldest).exclude(state=Message.State.FAILED)
    mails = mails.exclude(state=Message.State.HELD, sending_at=None)
    mails = mails.exclude(flow__in=ASKED_FOR)
    theirs = Among("enrolment__contact", ids)
    held_out = Decision.objects.filter(theirs, at__gt=oldest, outcome=Decision.Outcome.HELD_OUT)
    for contact_id, at in [
        *mails.values_list("contact_id", "created_at"),
        *held_out.values_list("enrolment__contact_id", "at"),
    ]:
        recent.setdefault(contact_id, []).append(at)
    return recent


def capped(mails: Sequence[datetime], now: datetime) -> bool:
    """Whether one more mail now would be too many after these."""
    return any(sum(at > now - window for at in mails) >= limit for limit, window in CAPS)
