"""A whole rehearsal, in one transaction in which the database lets nothing be written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from ...config import Settings
from ..flow import Flow
from .past import read
from .rehearse import TICK, Tell, rehearse

# The tables are read as a whole, once.
_READ_ONLY = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL work_mem = '64MB'; SET LOCAL jit = off
"""


@contextmanager
def _reading() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_READ_ONLY)
        yield


def replay(
    flows: Sequence[Flow],
    settings: Settings,
    since: datetime,
    until: datetime,
    tell: Tell,
    contact_id: int | None = None,
    tick: timedelta = TICK,
) -> None:
    """Rehearse flows over a part of the past, as if they had been on with the settings of today, for all people or for
    one contact. ``tell`` is told all that would have happened.

    Nothing is written: PostgreSQL refuses whatever tries to. Nobody is in the flows at ``since``; what they had really
    said by then is remembered, and so is what other flows really said meanwhile.
    """
    with _reading():
        people = read(flows, settings, since, until, contact_id)
        rehearse(people, flows, settings, until, tell, tick)
