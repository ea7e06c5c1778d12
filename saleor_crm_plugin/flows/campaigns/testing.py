"""The test of two versions, while a newsletter is being sent: counts both, and gives the others the better one."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from traceback import format_exc

from django.db import connection, transaction

from ...privacy import masked
from .models import Campaign
from .verdict import Arm, winner

logger = logging.getLogger(__name__)

# Everybody who was drawn for a version counts, and who of them responded since the mail was decided. Whoever was held
# out bought, too; they were drawn alike. Served by crm_enrolment_campaign, and by the indexes on contacts.
_ARMS = """
SELECT run.version, count(*), count(*) FILTER (WHERE {responded})
FROM crm_enrolment run WHERE run.campaign_id = %(campaign)s AND run.version <> ''
GROUP BY run.version
"""
_ORDERED = """
run.arm_at IS NOT NULL AND EXISTS (
    SELECT FROM crm_purchase purchase
    WHERE purchase.contact_id = run.contact_id AND purchase.placed_at >= run.arm_at
        AND purchase.placed_at <= %(now)s AND purchase.counts AND purchase.paid
)
"""
_CLICKED = """
EXISTS (
    SELECT FROM crm_message mail JOIN crm_mail_response response ON response.message_id = mail.id
    WHERE mail.flow = run.flow AND mail.subject_id = run.subject_id
        AND response.kind = 'click' AND response.by = 'person' AND response.at <= %(now)s
)
"""
# When the last who was drawn for a version was decided about, and whether somebody still waits for his mail. Mails that
# the server put off are not waited for.
_WAITS = """
SELECT max(run.arm_at), coalesce(bool_or(run.state = 'waiting' OR mail.id IS NOT NULL), false)
FROM crm_enrolment run
LEFT JOIN crm_message mail ON mail.flow = run.flow AND mail.subject_id = run.subject_id
    AND mail.state = 'queued' AND mail.attempts = 0
WHERE run.campaign_id = %s AND run.version <> ''
"""
_RESPONDED = {Campaign.TestBy.ORDERS: _ORDERED, Campaign.TestBy.CLICKS: _CLICKED}


def arms(campaign: Campaign, now: datetime) -> Mapping[str, Arm]:
    """Both versions: of how many people how many responded, until the others get one of them. One query at most."""
    if campaign.test_figures:
        return {version: Arm(*campaign.test_figures[version]) for version in ("a", "b")}
    statement = _ARMS.format(responded=_RESPONDED[Campaign.TestBy(campaign.test_by)])
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign.pk, "now": now})
        found = {version: Arm(people, successes) for version, people, successes in cursor.fetchall()}
    return {version: found.get(version, Arm(0, 0)) for version in ("a", "b")}


def end_test(campaign: Campaign, winner: str, now: datetime) -> None:
    """Give the others the winner. What the versions came to stays as it is now. Saved by the caller."""
    campaign.test_figures = {version: [arm.people, arm.successes] for version, arm in arms(campaign, now).items()}
    # The others wait from now on: what was planned hours ago is not late.
    campaign.winner, campaign.winner_at, campaign.going_since = winner, now, now


def judge_tests(now: datetime) -> int:
    """Look at the tests that run. Returns of how many it is known now what the others get.

    When the time of a test is over and neither version is better, the others get either, or wait for staff. One that
    can't be looked at just now is no other's trouble.
    """
    running = Campaign.objects.filter(state=Campaign.State.SENDING, test_percent__gt=0, winner=Campaign.Winner.NONE)
    known = 0
    for key in running.values_list("pk", flat=True):
        try:
            known += _judge(key, now)
        except Exception:
            logger.error("CRM: the test of newsletter %s could not be judged: %s", key, masked(format_exc()))
    return known


def _judge(campaign_id: int, now: datetime) -> bool:
    with transaction.atomic():
        found = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign_id, winner="")
        campaign = found.first()
        if campaign is None:
            return False
        both = arms(campaign, now)
        better = winner(both["a"], both["b"])
        if not better and campaign.unclear == Campaign.Unclear.BOTH and _over(campaign, now):
            better = Campaign.Winner.BOTH
        if not better:
            return False
        end_test(campaign, better, now)
        campaign.save(update_fields=["winner", "winner_at", "going_since", "test_figures"])
    return True


def _over(campaign: Campaign, now: datetime) -> bool:
    """Whether all who test had their time: it counts from the last of their mails, and anew after a pause."""
    time = timedelta(minutes=campaign.test_minutes)
    going_since = campaign.going_since or now
    if now < going_since + time:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [campaign.pk])
        last, waits = cursor.fetchone()
    return not waits and now >= (last or going_since) + time
