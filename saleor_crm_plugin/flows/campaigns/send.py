"""Keeps a newsletter going: decides as many recipients as may leave soon, as the outbox has room for them.

Recipients are decided by the same rules as all runs (``decide.py``, ``judge.py``), some hundred at once. Only a few
thousand mails wait in the outbox at a time: their prices are fresh, and a pause has little to take back.
"""

from datetime import datetime, timedelta

from ...config import Settings
from ...emails.models import Message
from ...shop.port import Shop
from ..catalogue import NEWSLETTER
from ..decide import decide_claimed
from ..pauses import pauses
from . import recipients
from .course import hold
from .models import Campaign
from .words import problems_of

BATCH = 500
MOST_WAITING = 2_000  # mails of newsletters in the outbox
AHEAD = timedelta(seconds=30)  # mails of a newsletter with a rate are decided so long before they may leave

# Due recipients of a newsletter, leased as ``claims.OLDEST`` does. Served by crm_enrolment_campaign. Without an order:
# none of them is before another. Each is planned for the moment at which its turn comes: however slowly a newsletter
# leaves, nobody is too late. Only what fails over and over keeps its moment, so that it ends.
_CLAIM = """
UPDATE crm_enrolment SET leased_until = %(until)s,
    basis = CASE WHEN waits_for = 'error' THEN basis ELSE %(now)s END,
    planned_at = CASE WHEN waits_for = 'error' THEN planned_at ELSE %(now)s END
WHERE id IN (
    SELECT id FROM crm_enrolment
    WHERE campaign_id = %(campaign)s AND state = 'waiting' AND version = ANY(%(versions)s) AND due_at <= %(now)s
        AND (leased_until IS NULL OR leased_until <= %(now)s)
    LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING *
"""


def refill(shop: Shop, settings: Settings, now: datetime) -> int:
    """Decide a batch of each newsletter that is being sent, where there is room. Returns how many were decided."""
    done = 0
    if NEWSLETTER.key in pauses():
        return done
    going = list(Campaign.objects.filter(state=Campaign.State.SENDING).order_by("going_since", "pk"))
    problems = problems_of(going, settings)
    for campaign in going:
        if campaign.pk in problems:
            hold(campaign, problems[campaign.pk])
            continue
        left = recipients.left_in_window(campaign, now)
        limit = min(BATCH, _room(now), _by_rate(campaign, now), BATCH if left is None else left)
        if limit > 0:
            values = {"campaign": campaign.pk, "versions": _versions(campaign), "limit": limit}
            done += decide_claimed(shop, settings, _CLAIM, values, now)
    return done


def _room(now: datetime) -> int:
    """How many more mails may wait in the outbox. What a mail server put off for later stands in nobody's way. Served
    by crm_message_next."""
    waiting = Message.objects.filter(
        state=Message.State.QUEUED, bulk=True, flow=NEWSLETTER.key, next_attempt_at__lte=now + AHEAD
    ).values("pk")[:MOST_WAITING]
    return MOST_WAITING - waiting.count()


def _by_rate(campaign: Campaign, now: datetime) -> int:
    """How many mails may leave until a little later."""
    if campaign.rate is None:
        return BATCH
    free = now + AHEAD - max(campaign.next_slot_at or now, now)
    return int(free.total_seconds() * campaign.rate)


def _versions(campaign: Campaign) -> list[str]:
    """Whose turn it is: while versions are tested, the others wait."""
    return ["a", "b", ""] if campaign.winner or not campaign.test_percent else ["a", "b"]
