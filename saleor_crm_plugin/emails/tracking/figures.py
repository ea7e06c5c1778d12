"""How many mails of each flow were clicked in, and opened as far as that can be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

WITHIN = timedelta(days=90)  # as long as opens are kept: of older mails there would be ever fewer


@dataclass(frozen=True)
class Responses:
    """Of the mails of one flow that were sent ``WITHIN`` that time. ``clicked`` are those in which a person clicked,
    ``scanned`` those of which a program followed links. ``opened`` is unreliable: programs load pictures, or people do
    not."""

    sent: int = 0
    clicked: int = 0
    scanned: int = 0
    opened: int = 0


# Reads all mails, and the responses of that time, once each.
_OF_FLOWS = """
SELECT mail.flow, count(*), count(*) FILTER (WHERE told.clicked), count(*) FILTER (WHERE told.scanned),
    count(*) FILTER (WHERE told.opened)
FROM crm_message mail
LEFT JOIN (
    SELECT message_id, bool_or(kind = 'click' AND "by" = 'person') AS clicked,
        bool_or(kind = 'click' AND "by" = 'machine') AS scanned, bool_or(kind = 'open') AS opened
    FROM crm_mail_response WHERE at >= %(since)s GROUP BY message_id
) told ON told.message_id = mail.id
WHERE mail.state = 'sent' AND mail.sent_at >= %(since)s
GROUP BY mail.flow
"""


def responses(now: datetime) -> Mapping[str, Responses]:
    """Of each flow that sent anything lately, by key. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_FLOWS, {"since": now - WITHIN})
        return {flow: Responses(*numbers) for flow, *numbers in cursor.fetchall()}
