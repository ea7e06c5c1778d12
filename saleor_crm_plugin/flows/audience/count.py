"""How many people an audience has, and some of them: before anything is sent to anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ...config import Settings
from ...shop.port import Shop
from .conditions import Audience
from .queries import everybody


@dataclass(frozen=True)
class Person:
    """One of an audience."""

    contact_id: int
    email: str
    channel: str


@dataclass(frozen=True)
class Counted:
    """``people`` of an audience have an address; ``excluded`` of them, by reason, may not be written to."""

    people: int
    excluded: Mapping[str, int]
    sample: Sequence[Person]

    @property
    def recipients(self) -> int:
        """How many would be decided about."""
        return self.people - sum(self.excluded.values())


# The sample is anybody, but the same as long as the audience is: by the contacts' keys, which are random.
_COUNT = """
WITH everybody AS MATERIALIZED ({everybody}), sample AS (
    SELECT id, email, channel FROM everybody WHERE excluded = '' ORDER BY key LIMIT %(sample)s
)
SELECT excluded, count(*), NULL::bigint, NULL, NULL FROM everybody GROUP BY excluded
UNION ALL
SELECT '', 0, id, email, channel FROM sample
"""


def count(
    shop: Shop, audience: Audience, channels: tuple[str, ...], settings: Settings, now: datetime, sample: int = 10
) -> Counted:
    """Count an audience, and name up to ``sample`` of those who would be written to. One statement reads people."""
    statement = everybody(shop, audience, channels, settings, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(everybody=statement.sql), {**statement.values, "sample": sample})
        rows = cursor.fetchall()
    numbers = {excluded: number for excluded, number, person, *_ in rows if person is None}
    people = [Person(person, email, channel) for _, _, person, email, channel in rows if person is not None]
    reasons = {reason: number for reason, number in sorted(numbers.items()) if reason}
    return Counted(sum(numbers.values()), reasons, people)
