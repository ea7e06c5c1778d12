"""Asking to be told when something is there again: asking, confirming, taking it back, and giving up after a while.

A request keeps the place in the queue that it has had since it was first asked, whatever is repeated.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from .models import StockInterest

# A guest confirms within this time, which is also how long the link in the mail is good.
CONFIRM_WITHIN = timedelta(days=7)
# A guest who asks again after so long gets another mail: the first may have been lost.
MAIL_AGAIN_AFTER = timedelta(days=1)
# For so much may one person wait at a time. Nobody waits for more; a script may say so.
MOST_LIVE = 20
# So many requests a day are taken from an address that nobody has confirmed: each of them sends a mail there.
MOST_UNCONFIRMED = 5
_BATCH = 1000

# One request. What is asked already stays where it is in the queue; who is known to own the address makes a guest's
# request of it a confirmed one. When an unconfirmed one ends tells when the last mail was sent for it. No row comes
# back beyond the limits. Nobody else writes of this contact meanwhile, so that counting is exact. Served by
# crm_stock_interest_contact and crm_stock_interest_once.
_ASK = """
INSERT INTO crm_stock_interest AS mine (
    contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    confirmed_at, expires_at
)
SELECT %(contact)s, %(variant)s, %(product)s, %(channel)s, 'request', %(state)s, %(language)s, %(price)s::numeric,
    %(currency)s, 0, '', %(now)s::timestamptz, %(confirmed_at)s::timestamptz, %(expires_at)s::timestamptz
FROM (
    SELECT count(*) FILTER (
            WHERE other.state = 'waiting' OR (other.state = 'unconfirmed' AND %(confirmed_at)s::timestamptz IS NULL)
        ) AS live,
        count(*) FILTER (
            WHERE other.confirmed_at IS NULL AND other.state NOT IN ('waiting', 'told')
                AND other.expires_at > %(mailed_since)s AND other.expires_at <= %(mailed_until)s
        ) AS unconfirmed
    FROM crm_stock_interest other
    WHERE other.contact_id = %(contact)s AND other.kind = 'request' AND NOT (
        (other.variant_id, other.channel) = (%(variant)s, %(channel)s) AND other.state IN ('unconfirmed', 'waiting')
    )
) there
WHERE there.live < %(most_live)s AND (%(state)s::text = 'waiting' OR there.unconfirmed < %(most_unconfirmed)s)
ON CONFLICT (contact_id, variant_id, channel, kind) WHERE state IN ('unconfirmed', 'waiting') DO UPDATE SET
    state = CASE WHEN excluded.state = 'waiting' THEN 'waiting' ELSE mine.state END,
    confirmed_at = coalesce(mine.confirmed_at, excluded.confirmed_at),
    expires_at = CASE
        WHEN excluded.state = 'unconfirmed' AND mine.state = 'unconfirmed' AND mine.expires_at > %(mailed_since)s
        THEN mine.expires_at ELSE greatest(mine.expires_at, excluded.expires_at) END
RETURNING *
"""

# Served by the key.
_CONFIRM = """
UPDATE crm_stock_interest SET state = 'waiting', confirmed_at = %(now)s, expires_at = %(expires_at)s
WHERE id = %(interest)s AND state = 'unconfirmed' AND expires_at > %(now)s
RETURNING *
"""

# Who was told that it is there may still be told that it costs less. Served by crm_stock_interest_contact.
_CANCEL = """
UPDATE crm_stock_interest SET state = 'cancelled', ended_at = %(now)s
WHERE contact_id = %(contact)s AND variant_id = %(variant)s AND channel = %(channel)s
    AND state IN ('unconfirmed', 'waiting', 'told')
"""

# Those that somebody works on are left for the next time. Served by crm_stock_interest_ends.
_EXPIRE = """
UPDATE crm_stock_interest SET state = 'expired', ended_at = %(now)s
WHERE id IN (
    SELECT id FROM crm_stock_interest WHERE state IN ('unconfirmed', 'waiting') AND expires_at <= %(now)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
"""

# What accounts wait for, of some variants. An account has one contact, and few requests. Served by the unique key of
# accounts and by crm_stock_interest_once.
_WAITED_FOR = """
SELECT contact.user_id, interest.variant_id, interest.channel
FROM crm_contact contact JOIN crm_stock_interest interest ON interest.contact_id = contact.id
WHERE contact.user_id = ANY(%(users)s::text[]) AND interest.variant_id = ANY(%(variants)s::text[])
    AND interest.channel = ANY(%(channels)s::text[]) AND interest.kind = 'request' AND interest.state = 'waiting'
"""


@dataclass(frozen=True)
class Wish:
    """What is asked for: a variant in a channel (slug), and what it costs there now, as the shop entered it."""

    variant_id: str
    channel: str
    product_id: str
    price: Decimal | None
    currency: str


def ask(
    contact_id: int, wish: Wish, language: str, *, known: bool, confirm: bool, kept: timedelta, now: datetime
) -> StockInterest | None:
    """Let a contact wait. Returns the request, a new one or the one that is there; None beyond the limits.

    ``known``: the contact is known to own the address. Who is not confirms first, where ``confirm`` says so: within
    ``CONFIRM_WITHIN``. All others wait for ``kept``. In a transaction that holds the contact. One statement.
    """
    waiting = known or not confirm
    rows = _interests(
        _ASK,
        {
            "contact": contact_id,
            "variant": wish.variant_id,
            "product": wish.product_id,
            "channel": wish.channel,
            "state": StockInterest.State.WAITING if waiting else StockInterest.State.UNCONFIRMED,
            "language": language,
            "price": wish.price,
            "currency": wish.currency,
            "now": now,
            "confirmed_at": now if known else None,
            "expires_at": now + (kept if waiting else CONFIRM_WITHIN),
            "mailed_since": now + CONFIRM_WITHIN - MAIL_AGAIN_AFTER,
            "mailed_until": now + CONFIRM_WITHIN,
            "most_live": MOST_LIVE,
            "most_unconfirmed": MOST_UNCONFIRMED,
        },
    )
    return rows[0] if rows else None


def is_news(asked: StockInterest, now: datetime) -> bool:
    """Whether something follows from what was asked ``now``: it is new, or confirmed by that, or has to be confirmed by
    another mail. Nothing follows from mere repeats."""
    mailed = asked.state == StockInterest.State.UNCONFIRMED and asked.expires_at == now + CONFIRM_WITHIN
    return mailed or now in (asked.asked_at, asked.confirmed_at)


def confirm(interest_id: int, kept: timedelta, now: datetime) -> StockInterest | None:
    """Let a guest wait who owns the address. Returns the request; None where nothing had to be confirmed any more.

    The place in the queue is the one from when it was asked. In a transaction that holds the contact. One statement.
    """
    rows = _interests(_CONFIRM, {"interest": interest_id, "now": now, "expires_at": now + kept})
    return rows[0] if rows else None


def cancel(contact_id: int, variant_id: str, channel: str, now: datetime) -> int:
    """Take back what a contact waits for. Returns how many requests and weaker signs of interest there were: who takes
    a request back does not mean to hear of the same thing as of one in a cart.

    In a transaction that holds the contact. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"contact": contact_id, "variant": variant_id, "channel": channel, "now": now})
        return int(cursor.rowcount)


def expire(now: datetime) -> int:
    """End what was waited for long enough, and what was never confirmed. Returns how many; call it again until none
    are left. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"now": now, "limit": _BATCH})
        return int(cursor.rowcount)


def waited_for(wanted: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Those of the (account, variant, channel) where the account waits for the variant. One query."""
    with connection.cursor() as cursor:
        users, variants, channels = (list({one[part] for one in wanted}) for part in range(3))
        cursor.execute(_WAITED_FOR, {"users": users, "variants": variants, "channels": channels})
        return set(cursor.fetchall())


def _interests(statement: str, values: dict[str, Any]) -> list[StockInterest]:
    return list(StockInterest.objects.raw(statement, values))
