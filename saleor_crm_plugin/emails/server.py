"""What all workers know of the mail server together: whether it is left alone for a while, and when the next mail may
leave.

After ``FAILURES`` in a row nothing is tried for a pause that doubles with each further failure. When it is over, one
worker tries; the others rest on until that one knows more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import connection
from django.utils.crypto import salted_hmac

from ..config import Settings
from .models import MailServer

FAILURES = 3
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_TRYING = timedelta(minutes=5)  # longer than a worker needs to find out

# Another failure in a row, and from the third on a pause.
_FAILED = """
INSERT INTO crm_mail_server AS server (key, failures, rests_until, error) VALUES (%(key)s, 1, NULL, %(error)s)
ON CONFLICT (key) DO UPDATE SET
    failures = server.failures + 1, error = excluded.error,
    rests_until = CASE WHEN server.failures + 1 >= %(most)s THEN
        %(now)s + least(%(pause)s * power(2, least(server.failures + 1 - %(most)s, 10)), %(longest)s) END
"""
# The next ``count`` places in the row of mails that leave one after another; none if the first comes after ``until``.
_PACE = """
INSERT INTO crm_mail_server AS server (key, failures, error, next_at)
VALUES (%(key)s, 0, '', %(now)s + %(takes)s)
ON CONFLICT (key) DO UPDATE SET next_at = greatest(server.next_at, %(now)s) + %(takes)s
WHERE coalesce(server.next_at <= %(until)s, true)
RETURNING next_at - %(takes)s
"""


def may_try(settings: Settings, now: datetime) -> bool:
    """Whether a worker may turn to the mail server: always, but while it rests."""
    server = state(settings)
    if server is None or server.rests_until is None:
        return True
    # After the pause, one worker at a time.
    over = MailServer.objects.filter(pk=server.pk, rests_until__lte=now)
    return bool(over.update(rests_until=now + _TRYING))


def failed(settings: Settings, error: str, now: datetime) -> None:
    """The mail server could not be used, or took nothing."""
    key = _key(settings)
    MailServer.objects.exclude(pk=key).delete()  # of a server that is used no more
    _execute(
        _FAILED,
        {
            "key": key,
            "error": error[:2000],
            "most": FAILURES,
            "now": now,
            "pause": FIRST_PAUSE,
            "longest": LONGEST_PAUSE,
        },
    )


def worked(settings: Settings) -> None:
    """The mail server took mails."""
    MailServer.objects.filter(pk=_key(settings), failures__gt=0).update(failures=0, rests_until=None, error="")


def not_tried(settings: Settings, asked_at: datetime) -> None:
    """The worker that was let through by ``may_try`` at ``asked_at`` had nothing for the server: another may try."""
    MailServer.objects.filter(pk=_key(settings), rests_until=asked_at + _TRYING).update(rests_until=asked_at)


def pace(settings: Settings, count: int, now: datetime, until: datetime) -> datetime | None:
    """When the first of the next ``count`` mails may leave; None if that is after ``until``."""
    takes = settings.sending.rate * count
    return _execute(_PACE, {"key": _key(settings), "takes": takes, "now": now, "until": until})


def state(settings: Settings) -> MailServer | None:
    """What is known of the server that is used now; None while there was never anything to note."""
    return MailServer.objects.filter(pk=_key(settings)).first()


def _key(settings: Settings) -> str:
    """How the server is reached, so that nobody can read it: a log-in belongs to it."""
    shops = [getattr(django_settings, name, "") for name in ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT")]
    return salted_hmac(__name__, repr(settings.smtp if settings.smtp.host else shops), algorithm="sha256").hexdigest()


def _execute(statement: str, values: Mapping[str, Any]) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None
