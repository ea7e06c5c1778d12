"""Who clicked: a person, or a program that opens every link. Looked at a minute later, when all of a burst is there.

A click is a machine's where three links of a mail were followed within ten seconds, or two within the mail's first
minute; where it came within five seconds of the hand-over to the mail server; and where a known scanner
(``machines.py``) asked for the same mail within ten seconds. Opens are counted, and trusted by nobody.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from ...contacts import changes

SETTLES = timedelta(minutes=1)
BATCH = 5_000

# Served by crm_mail_response_new, the index of the foreign key and the key of mails.
_JUDGE = """
WITH fresh AS (
    SELECT id, message_id, kind, at FROM crm_mail_response
    WHERE "by" = '' AND at <= %(until)s ORDER BY at LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
), judged AS (
    SELECT fresh.id, CASE WHEN around.scanned OR around.links >= 3
        OR (around.links >= 2 AND fresh.at < coalesce(mail.sent_at, mail.sending_at) + interval '1 minute')
        OR fresh.at < coalesce(mail.sent_at, mail.sending_at) + interval '5 seconds'
        THEN 'machine' ELSE 'person' END AS "by"
    FROM fresh JOIN crm_message mail ON mail.id = fresh.message_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT near.link) FILTER (WHERE near.kind = 'click') AS links,
            bool_or(near."by" = 'machine' AND near.kind = fresh.kind) AS scanned
        FROM crm_mail_response near
        WHERE near.message_id = fresh.message_id
            AND near.at BETWEEN fresh.at - interval '10 seconds' AND fresh.at + interval '10 seconds'
    ) around
)
UPDATE crm_mail_response response SET "by" = judged."by" FROM judged WHERE response.id = judged.id
RETURNING response.contact_id, response.kind, response."by"
"""


def judge(now: datetime) -> int:
    """Judge one batch of responses. Returns how many. Who clicked is noted as changed, since scores count it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_JUDGE, {"until": now - SETTLES, "batch": BATCH})
        judged = cursor.fetchall()
        changes.note(contact for contact, kind, by in judged if (kind, by) == ("click", "person"))
    return len(judged)
