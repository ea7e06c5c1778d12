"""Who gets a newsletter: one row each, written down at once when it starts; and the end of those of cancelled ones."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ...config import Settings
from ...shop.port import Shop
from ..audience.conditions import Audience
from ..audience.queries import everybody
from ..catalogue import NEWSLETTER
from ..reasons import Reason
from .models import Campaign

MOST_ENDED = 5_000  # runs of cancelled newsletters by one statement

# The whole audience is looked at once: who may be written to becomes a run, the others are counted by reason. A person
# has one run in a newsletter, whatever happens in between (the key of runs). ``drawn`` is as random as the contact's
# key, and another one in each newsletter: some of the recipients test the versions, the others wait for the winner.
_FILL = """
WITH everybody AS MATERIALIZED ({everybody}), drawn AS (
    SELECT id, hashtextextended(key::text, %(campaign)s) AS lot FROM everybody WHERE excluded = ''
), filled AS (
    INSERT INTO crm_enrolment (
        flow, subject_id, contact_id, state, next_step, basis, planned_at, due_at, waits_for, attempts, ended_by, arm,
        enrolled_at, campaign_id, version
    )
    SELECT %(flow)s, %(campaign)s || '.' || id, id, 'waiting', 0, %(now)s, %(now)s, %(now)s, '', 0, '', '', %(now)s,
        %(campaign)s,
        CASE
            WHEN %(test)s = 0 THEN 'a'
            WHEN (lot & 1048575) %% 100 >= %(test)s THEN ''
            WHEN (lot >> 20) & 1 = 0 THEN 'a'
            ELSE 'b'
        END
    FROM drawn
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT excluded, count(*) FROM everybody WHERE excluded <> '' GROUP BY excluded
UNION ALL
SELECT '', count(*) FROM filled
"""
# Some who still wait in newsletters that are cancelled, with the reason in their decisions. Those that a worker decides
# at this moment are left for the next time.
_END = """
WITH waiting AS MATERIALIZED (
    SELECT run.id FROM crm_campaign campaign JOIN crm_enrolment run ON run.campaign_id = campaign.id
    WHERE campaign.state = 'cancelled' AND run.state = 'waiting'
    LIMIT %(limit)s FOR NO KEY UPDATE OF run SKIP LOCKED
), ended AS (
    UPDATE crm_enrolment SET state = 'finished', ended_by = %(reason)s, leased_until = NULL
    WHERE id IN (SELECT id FROM waiting)
    RETURNING id, next_step
)
INSERT INTO crm_decision (enrolment_id, step, outcome, reason, at, detail)
SELECT id, next_step, 'skipped', %(reason)s, %(now)s, '{}' FROM ended
"""
# Mails that left within the window, or may leave before another is over: those that wait in the outbox, for whatever
# reason, are not forgotten. What a mail server puts off for longer than a window does not stop the newsletter. Served
# by crm_message_window and crm_message_next; a mail that was put back has no moment of sending.
_IN_WINDOW = """
SELECT count(*) FROM (
    SELECT subject_id FROM crm_message WHERE flow = %(flow)s AND bulk AND sending_at > %(since)s
    UNION ALL
    SELECT subject_id FROM crm_message
    WHERE flow = %(flow)s AND bulk AND state = 'queued' AND sending_at IS NULL AND next_attempt_at <= %(until)s
) mail
WHERE split_part(mail.subject_id, '.', 1)::bigint = %(campaign)s
"""


def fill(shop: Shop, campaign: Campaign, audience: Audience, settings: Settings, now: datetime) -> None:
    """Write the recipients down, and how many of the audience are none. Saved by the caller. One statement does."""
    statement = everybody(shop, audience, tuple(campaign.channels), settings, now)
    values: dict[str, Any] = {
        "flow": NEWSLETTER.key,
        "campaign": campaign.pk,
        "now": now,
        "test": campaign.test_percent,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL.format(everybody=statement.sql), statement.values | values)
        counts = dict(cursor.fetchall())
    campaign.recipients = counts.pop("", 0)
    campaign.excluded = counts


def end_cancelled(now: datetime) -> int:
    """End some runs of those who still wait in cancelled newsletters. Returns how many: 0 when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(_END, {"reason": Reason.CANCELLED, "now": now, "limit": MOST_ENDED})
        return int(cursor.rowcount)


def left_in_window(campaign: Campaign, now: datetime) -> int | None:
    """How many more may be decided about now. None: as many as there are."""
    if campaign.window_mails is None or campaign.window_minutes is None:
        return None
    window = timedelta(minutes=campaign.window_minutes)
    values: dict[str, Any] = {
        "flow": NEWSLETTER.key,
        "campaign": campaign.pk,
        "since": now - window,
        "until": now + window,
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_WINDOW, values)
        return campaign.window_mails - int(cursor.fetchone()[0])
