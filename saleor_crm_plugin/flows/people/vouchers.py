"""The codes that go with mails to customers: granted in the decision, given back where the mail is not sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from ...config import Settings
from ...emails.models import Message
from ...shop.port import Shop, get_shop
from ...vouchers import grant as granting
from ...vouchers.grant import Granted, Refusal, Wanted
from ...vouchers.issue import last_day
from ..catalogue import FLOWS
from ..models import Enrolment
from ..reasons import Reason

_REFUSED = {Refusal.BUDGET: Reason.BUDGET_USED, Refusal.COUNT: Reason.BUDGET_USED, Refusal.ENDED: Reason.CODE_USED}

# Codes by their mails: of those that could not be made at once, of those that were refused once their time is over.
# What may have left may be in somebody's hands: its code is good for as long as the mail says. Served by
# crm_voucher_grant_due and by the key of mails.
_UNDELIVERED = """
SELECT granted.key FROM crm_voucher_grant granted
JOIN crm_message message ON message.flow = split_part(granted.key, ':', 1)
    AND message.subject_id = substr(granted.key, strpos(granted.key, ':') + 1) AND message.step = 0
WHERE granted.state = 'granted' AND (
    message.state = 'held' AND message.sending_at IS NULL OR message.state = 'failed' AND message.expires_at <= %(now)s
)
ORDER BY message.id LIMIT %(limit)s FOR UPDATE OF message SKIP LOCKED
"""


def key_of(flow: str, subject_id: str) -> str:
    """What a code of a run is granted for: the same for all its mails."""
    return f"{flow}:{subject_id}"


def hold(settings: Settings, runs: Sequence[Enrolment]) -> None:
    """Keep the tiers that a batch may come to, before it grants a code: of its runs that have not told of one some get
    one, while those of others are given back at the end, and tiers are held all at once. At most four statements."""
    untold = [run for run in runs if run.flow in FLOWS and FLOWS[run.flow].grants and not run.next_step]
    if untold:
        tiers = {FLOWS[run.flow].grants for run in untold}
        keys = [key_of(run.flow, run.subject_id) for run in untold]
        granting.hold([tier for tier in tiers if settings.vouchers.tier(tier)], keys)


def grant(
    shop: Shop, settings: Settings, asked: Sequence[tuple[Enrolment, str]], now: datetime
) -> tuple[dict[int, Reason], dict[int, dict[str, str]]]:
    """Codes for runs, each with the channel in which its contact buys: by run, why there is none, and what the mail
    says of it. A constant number of queries for each tier. A later mail says again what the first one said."""
    refused, told = _said_before(shop, settings, [run for run, _ in asked if run.next_step])
    asked = [(run, channel) for run, channel in asked if not run.next_step]
    if not asked:
        return refused, told
    currencies = shop.channels()
    wanted: dict[int, Wanted] = {}
    for run, channel in asked:
        tier = settings.vouchers.tier(FLOWS[run.flow].grants)
        if tier is None or run.contact_id is None or channel not in currencies:
            refused[run.pk] = Reason.NO_VOUCHER
        else:
            key = key_of(run.flow, run.subject_id)
            wanted[run.pk] = Wanted(key, tier, run.contact_id, channel, currencies[channel])
    answers = granting.grant(shop, settings, list(wanted.values()), now)
    for number, wish in wanted.items():
        answer = answers[wish.key]
        if isinstance(answer, Granted):
            told[number] = _told(answer, settings)
        else:
            refused[number] = _REFUSED.get(answer, Reason.NO_VOUCHER)
    return refused, told


def _said_before(
    shop: Shop, settings: Settings, runs: Sequence[Enrolment]
) -> tuple[dict[int, Reason], dict[int, dict[str, str]]]:
    """What the first mails of these runs said, where their codes are good still: by what was granted, since codes may
    be good for longer than texts of mails are kept. Two queries."""
    if not runs:
        return {}, {}
    granted = granting.granted([key_of(run.flow, run.subject_id) for run in runs])
    usage = shop.code_usage([code.code for code in granted.values()])
    refused: dict[int, Reason] = {}
    told: dict[int, dict[str, str]] = {}
    for run in runs:
        code = granted.get(key_of(run.flow, run.subject_id))
        if code and code.code in usage and usage[code.code].active:
            told[run.pk] = _told(code, settings)
        else:
            refused[run.pk] = Reason.CODE_USED
    return refused, told


def reminders(runs: Sequence[Enrolment]) -> dict[int, datetime]:
    """When those of these runs that told of a code remind of it at the latest: two days before it ends, whatever new
    codes are good for. At most one query."""
    told = [run for run in runs if run.next_step]
    codes = granting.granted([key_of(run.flow, run.subject_id) for run in told]) if told else {}
    return {
        run.pk: code.expires_at - timedelta(days=2)
        for run in told
        if (code := codes.get(key_of(run.flow, run.subject_id)))
    }


def give_back(untold: Sequence[Message | Enrolment], now: datetime) -> None:
    """Take back the codes of first mails that are not sent."""
    keys = [key_of(one.flow, one.subject_id) for one in untold if one.flow in FLOWS and FLOWS[one.flow].grants]
    if keys:
        granting.give_back(get_shop(), keys, now)


def give_back_unmade(message: Message, now: datetime) -> None:
    """Take back the code of a first mail that could not be made: it did not leave. Sent again, it gets a new one."""
    if not message.step:
        give_back([message], now)


def give_back_undelivered(shop: Shop, now: datetime, limit: int = 1000) -> int:
    """Take back the codes of first mails that could not be made; and of those that the mail server refused for good,
    once their time is over: until then a person may look. Returns how many were taken back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_UNDELIVERED, {"now": now, "limit": limit})
            keys = [key for (key,) in cursor.fetchall()]
        return len(granting.give_back(shop, keys, now)) if keys else 0


def grant_anew(again: Sequence[Message]) -> None:
    """Let first mails that a person has decided again have a new code, where theirs was given back. One statement."""
    if keys := [key_of(one.flow, one.subject_id) for one in again if one.flow in FLOWS and FLOWS[one.flow].grants]:
        granting.set_aside(keys)


def _told(code: Granted, settings: Settings) -> dict[str, str]:
    """A code as ``emails/letter_content.py`` reads it. ``expires_on`` is the last day on which it is good."""
    worth = {"amount": str(code.value)} if code.percent is None else {"percent": _plain(code.percent)}
    return {
        "code": code.code,
        "currency": code.currency,
        "min_spent": str(code.minimum) if code.minimum else "",
        "expires_on": last_day(code.expires_at, settings.time_zone).isoformat(),
        **worth,
    }


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
