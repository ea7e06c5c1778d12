"""How much of something may happen in a while. Kept in the database, so that all of a shop's processes share it."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

from django.db import connection

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# A shop's budget of a minute is kept in so many rows, so that requests rarely wait for each other's.
SLOTS = 8
# So many rows at most are kept of what single people may do: nobody's name is stored, and the table stays small.
_PEOPLE = 65_536

# Takes so much out of a budget. No row comes back where it does not hold that much. Served by the key.
_SPEND = """
INSERT INTO crm_budget AS mine (name, since, used) VALUES (%(name)s, %(since)s, %(amount)s)
ON CONFLICT (name) DO UPDATE SET since = excluded.since,
    used = excluded.used + CASE WHEN mine.since = excluded.since THEN mine.used ELSE 0 END
    WHERE mine.since <> excluded.since OR mine.used + excluded.used <= %(most)s
RETURNING used
"""


def spend_of_shop(subject: str, who: str, amount: int, a_minute: int, now: datetime) -> bool:
    """Take ``amount`` out of what the whole shop may do of a subject in a minute. False where too little is left.

    Whoever it is always draws on the same of the shares. One statement.
    """
    return _spend(f"{subject} {crc32(who.encode()) % SLOTS}", amount, a_minute // SLOTS, MINUTE, now)


def spend_of_person(subject: str, who: str, most: int, now: datetime) -> bool:
    """Take one out of what one person may do of a subject on a day (UTC). False where nothing is left. One statement.

    Two people in 65,536 share a budget.
    """
    return _spend(f"{subject} of {crc32(who.encode()) % _PEOPLE}", 1, most, DAY, now)


def _spend(name: str, amount: int, most: int, window: timedelta, now: datetime) -> bool:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    since = epoch + (now - epoch) // window * window
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"name": name, "since": since, "amount": amount, "most": most})
        return bool(cursor.fetchall())
