"""Keeps a newsletter going: decides as many recipients as may leave soon, as the outbox has room for them.

Recipients are decided by the same rules as all runs (``decide.py``, ``judge.py``), some hundred at once. Only a few
thousand mails wait in the outbox at a time: their prices are fresh, and a pause has little to take back.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from traceback import format_exc

from django.db import connection

from ...config import Settings
from ...privacy import masked
from ...shop.port import Shop
from ..catalogue import NEWSLETTER
from ..decide import decide_claimed
from ..pauses import pauses
from . import recipients
from .course import hold
from .models import Campaign
from .words import problems_of

logger = logging.getLogger(__name__)

BATCH = 500
MOST_WAITING = 2_000  # mails of newsletters in the outbox, besides the shares of those that find it full
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
# What a mail server put off for later stands in nobody's way. Served by crm_message_next.
_WAITING = """
SELECT split_part(subject_id, '.', 1)::bigint, count(*) FROM crm_message
WHERE state = 'queued' AND bulk AND flow = %(flow)s AND next_attempt_at <= %(until)s
GROUP BY 1
"""


def refill(shop: Shop, settings: Settings, now: datetime) -> int:
    """Decide a batch of each newsletter that is being sent, where there is room. Returns how many were decided.

    One that fails goes on the next time, and is no other's trouble.
    """
    done = 0
    if NEWSLETTER.key in pauses():
        return done
    going = list(Campaign.objects.filter(state=Campaign.State.SENDING).order_by("going_since", "pk"))
    problems = problems_of(going, settings)
    waiting = _waiting(now)
    for campaign in going:
        if campaign.pk in problems:
            hold(campaign, problems[campaign.pk])
            continue
        # Room that nobody uses is anybody's; a share of all is its own, however much the others have waiting.
        room = max(MOST_WAITING - waiting.total(), MOST_WAITING // len(going) - waiting[campaign.pk])
        try:
            decided = _decide(shop, settings, campaign, room, now)
        except Exception:
            logger.error("CRM: newsletter %s could not go on: %s", campaign.pk, masked(format_exc()))
            continue
        waiting[campaign.pk] += decided
        done += decided
    return done


def _decide(shop: Shop, settings: Settings, campaign: Campaign, room: int, now: datetime) -> int:
    left = recipients.left_in_window(campaign, now)
    limit = min(BATCH, room, _by_rate(campaign, now), BATCH if left is None else left)
    if limit <= 0:
        return 0
    values = {"campaign": campaign.pk, "versions": _versions(campaign), "limit": limit}
    return decide_claimed(shop, settings, _CLAIM, values, now)


def _waiting(now: datetime) -> Counter[int]:
    """How many mails of each newsletter wait in the outbox, to leave soon. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"flow": NEWSLETTER.key, "until": now + AHEAD})
        return Counter(dict(cursor.fetchall()))


def _by_rate(campaign: Campaign, now: datetime) -> int:
    """How many mails may leave until a little later."""
    if campaign.rate is None:
        return BATCH
    free = now + AHEAD - max(campaign.next_slot_at or now, now)
    return int(free.total_seconds() * campaign.rate)


def _versions(campaign: Campaign) -> list[str]:
    """Whose turn it is: while versions are tested, the others wait."""
    return ["a", "b", ""] if campaign.winner or not campaign.test_percent else ["a", "b"]
