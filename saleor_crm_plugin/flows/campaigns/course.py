"""The course of a newsletter: draft, scheduled, sending or paused, then sent or cancelled. A step is one locked row.

What staff do here takes effect at once: a batch that is being decided ends, and mails that wait in the outbox are taken
back just before they would leave (``withdraw.still_wanted``).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from traceback import format_exc

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from ...config import Settings
from ...emails.own.kept import keep
from ...emails.own.words import Words
from ...privacy import masked
from ...shop.port import Shop
from ..catalogue import NEWSLETTER
from ..models import Enrolment
from . import recipients
from .draft import CampaignError, audience_of, ready
from .models import Campaign
from .testing import end_test
from .words import missing_goods

logger = logging.getLogger(__name__)
State = Campaign.State
MOST_AHEAD = timedelta(days=366)
MOST_LATE = timedelta(days=1)  # longer ago is a slip of the pen, and would go out to everybody at once


# One statement, so that runs and mails are seen as of one moment: a batch that is decided in between is seen as runs or
# as mails. Served by crm_enrolment_campaign, crm_message_next and crm_message_sending.
_FINISH = """
UPDATE crm_campaign SET state = 'sent', ended_at = %(now)s
WHERE state = 'sending'
    AND NOT EXISTS (SELECT FROM crm_enrolment run WHERE run.campaign_id = crm_campaign.id AND run.state = 'waiting')
    AND id NOT IN (
        SELECT split_part(subject_id, '.', 1)::bigint FROM crm_message
        WHERE flow = %(flow)s AND state = 'queued' AND bulk
        UNION ALL
        SELECT split_part(subject_id, '.', 1)::bigint FROM crm_message WHERE flow = %(flow)s AND state = 'sending'
    )
"""


def schedule(shop: Shop, settings: Settings, campaign_id: int, at: datetime, by: str, now: datetime) -> Campaign:
    """Have a draft sent at a moment, at once where that is just over. A scheduled one can be moved. Raises
    CampaignError."""
    if at.tzinfo is None:
        raise CampaignError({"at": "has no time zone."})
    if at > now + MOST_AHEAD:
        raise CampaignError({"at": "is more than a year ahead."})
    if at < now - MOST_LATE:
        raise CampaignError({"at": "is over. Leave it out to send at once."})

    def change(campaign: Campaign) -> None:
        ready(campaign, settings)
        audience_of(campaign, shop, settings)
        if gone := missing_goods(campaign, shop):
            raise CampaignError(gone)
        keep([Words.of(words) for words in campaign.words.all()], now)
        campaign.state, campaign.scheduled_at = State.SCHEDULED, at

    return _change(campaign_id, (State.DRAFT, State.SCHEDULED), change, by, now)


def unschedule(campaign_id: int, by: str, now: datetime) -> Campaign:
    """Make a newsletter that has not begun a draft again, also one that is paused. Raises CampaignError."""

    def change(campaign: Campaign) -> None:
        if campaign.started_at:
            raise CampaignError({"state": "it has begun."})
        campaign.state, campaign.scheduled_at = State.DRAFT, None

    return _change(campaign_id, (State.SCHEDULED, State.PAUSED), change, by, now)


def pause(campaign_id: int, by: str, now: datetime) -> Campaign:
    """Let nothing more leave until it is resumed. One that is only scheduled does not start. Raises CampaignError."""

    def change(campaign: Campaign) -> None:
        campaign.state = State.PAUSED

    return _change(campaign_id, (State.SCHEDULED, State.SENDING), change, by, now)


def resume(campaign_id: int, by: str, now: datetime) -> Campaign:
    """Go on where it was paused: at once, or at the time for which it was scheduled. Raises CampaignError."""

    def change(campaign: Campaign) -> None:
        campaign.state = State.SENDING if campaign.started_at else State.SCHEDULED
        campaign.going_since = now if campaign.started_at else None
        campaign.next_slot_at = None

    return _change(campaign_id, (State.PAUSED,), change, by, now)


def cancel(campaign_id: int, by: str, now: datetime) -> Campaign:
    """End it for good: who did not get it yet never does. Raises CampaignError.

    From now on nobody is decided about. The runs of those who wait, a million maybe, are ended by a job
    (``recipients.end_cancelled``).
    """

    def change(campaign: Campaign) -> None:
        campaign.state, campaign.ended_at = State.CANCELLED, now

    return _change(campaign_id, (State.DRAFT, State.SCHEDULED, State.SENDING, State.PAUSED), change, by, now)


def choose(campaign_id: int, winner: str, by: str, now: datetime) -> Campaign:
    """Staff's word on which version the others get ("a", "b" or "both"). Raises CampaignError."""
    if winner not in (Campaign.Winner.A, Campaign.Winner.B, Campaign.Winner.BOTH):
        raise CampaignError({"winner": "is a, b or both."})

    def change(campaign: Campaign) -> None:
        if not campaign.test_percent or campaign.winner:
            raise CampaignError({"winner": "There is no test that waits for a winner."})
        end_test(campaign, winner, now)

    return _change(campaign_id, (State.SENDING, State.PAUSED), change, by, now)


def start_due(shop: Shop, settings: Settings, now: datetime) -> int:
    """Write down the recipients of newsletters whose time has come, each in a transaction. Returns how many began.

    One that fails is tried again the next time, and is no other's trouble.
    """
    began = 0
    for key in Campaign.objects.filter(state=State.SCHEDULED, scheduled_at__lte=now).values_list("pk", flat=True):
        try:
            began += _start(shop, settings, key, now)
        except Exception:
            logger.error("CRM: newsletter %s could not be begun: %s", key, masked(format_exc()))
    return began


def _start(shop: Shop, settings: Settings, campaign_id: int, now: datetime) -> bool:
    with transaction.atomic():
        found = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign_id, state=State.SCHEDULED)
        campaign = found.first()
        if campaign is None:
            return False
        try:
            audience = audience_of(campaign, shop, settings)
        except CampaignError as error:  # a channel or a group is gone since
            hold(campaign, str(error))
            return False
        recipients.fill(shop, campaign, audience, settings, now)
        campaign.state, campaign.started_at, campaign.going_since = State.SENDING, now, now
        campaign.save()
    return True


def hold(campaign: Campaign, problem: str) -> None:
    """Pause a newsletter that can't go on: staff have to look. The others do. What they did meanwhile holds."""
    going = Campaign.objects.filter(pk=campaign.pk, state__in=[State.SCHEDULED, State.SENDING])
    if going.update(state=State.PAUSED, problem=problem):
        logger.error("CRM: newsletter %s is paused: %s", campaign.pk, problem)


def finish(now: datetime) -> int:
    """End the newsletters of which nothing is left to decide or to hand over. Returns how many ended.

    One of which a held mail was let go again is taken up again, however long ago it was sent: looking for that is one
    glance into crm_enrolment_campaign for each.
    """
    waiting = Enrolment.objects.filter(campaign=OuterRef("pk"), state=Enrolment.State.WAITING)
    Campaign.objects.filter(Exists(waiting), state=State.SENT).update(
        state=State.SENDING, going_since=now, ended_at=None
    )
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, {"now": now, "flow": NEWSLETTER.key})
        return int(cursor.rowcount)


def _change(
    campaign_id: int, allowed: tuple[State, ...], change: Callable[[Campaign], None], by: str, now: datetime
) -> Campaign:
    """One step, if it may be taken from where the newsletter is. Raises Campaign.DoesNotExist, too."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
        if campaign.state not in allowed:
            raise CampaignError({"state": f"it is {campaign.state}."})
        change(campaign)
        campaign.problem = ""
        campaign.changed_by, campaign.changed_at = by[:60], now
        campaign.save()
    return campaign
