"""Delivery: mails leave the outbox, outside any transaction, over one connection for a batch."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from traceback import format_exc
from uuid import UUID

from ..config import Settings
from ..contacts.models import Suppression
from ..contacts.suppression import suppress
from ..privacy import masked
from ..shop.port import Shop
from . import outbox, smtp
from .compose import compose
from .models import Message
from .render import render
from .smtp import Fate

logger = logging.getLogger(__name__)

BATCH = 50
ANSWER_HOLDS = timedelta(seconds=2)

# Asked for each batch just before it leaves: the mails that must still be said. The flows answer, which
# withdraw the others.
StillWanted = Callable[[Sequence[Message]], set[UUID]]


def deliver(shop: Shop, settings: Settings, still_wanted: StillWanted, clock: Callable[[], datetime]) -> int:
    """Send one batch of due mails. Returns how many were dealt with; 0 when nothing is due or the server is down.

    A mail is marked *sending* before the server hears of it, so that a crash leaves it held and never sends it twice.
    Whether the rest of the batch must still be said is asked again every few seconds. A server that hangs up after so
    many mails gets the rest by the next connection; after one that hung up amid a mail nothing more is sent for now.
    """
    outbox.hold_lost(clock())
    worker, waiting = outbox.reserve(clock(), BATCH)
    if not waiting:
        return 0
    done = 0
    try:
        wanted, asked_at = _ask(still_wanted, waiting, clock), clock()
        done = len(waiting) - len(wanted)
        waiting = [message for message in waiting if message.pk in wanted]
        with smtp.connect(settings) as connection:
            while waiting:
                if clock() - asked_at > ANSWER_HOLDS:
                    wanted, asked_at = _ask(still_wanted, waiting, clock), clock()
                message = waiting.pop(0)
                if message.pk in wanted and _send(message, worker, connection, shop, settings, clock) == Fate.UNKNOWN:
                    return 0
                done += 1
    except smtp.Trouble as trouble:
        logger.error("CRM: the mail server can't be used: %s", masked(str(trouble)))
    finally:
        outbox.release(worker)
    return done


def _ask(still_wanted: StillWanted, messages: Sequence[Message], clock: Callable[[], datetime]) -> set[UUID]:
    """Which mails must still be said. A question that fails is asked mail by mail; one about which it fails waits."""
    try:
        return still_wanted(messages)
    except Exception:
        logger.error("CRM: mails could not be looked at before sending: %s", masked(format_exc()))
    if len(messages) == 1:
        outbox.postpone(messages[0], "It could not be looked at before sending; the log says why.", clock())
        return set()
    return set().union(*(_ask(still_wanted, [message], clock) for message in messages))


def _send(
    message: Message,
    worker: UUID,
    connection: smtp.Connection,
    shop: Shop,
    settings: Settings,
    clock: Callable[[], datetime],
) -> Fate | None:
    """Send one mail and store what became of it. None where it was not handed over."""
    try:
        mail = compose(message, render(message.template, message.language, message.content), shop, settings)
    except Exception as error:  # a template, a setting, an odd name: this mail is held, the others go on
        outbox.hold(message, masked(f"{type(error).__name__}: {error}"))
        return None
    if not outbox.begin(message, worker, clock()):
        return None
    try:
        fate, words = connection.send(mail)
    except smtp.Trouble as trouble:
        outbox.postpone(message, masked(str(trouble)), clock())
        raise
    words = masked(words)[:2000]
    if fate == Fate.SENT:
        outbox.sent(message, clock())
    elif fate == Fate.LATER:
        outbox.postpone(message, words, clock())
    elif fate == Fate.UNKNOWN:
        outbox.hold(message, words)
    else:
        outbox.refused(message, words)
        if fate == Fate.NO_MAILBOX:
            suppress(message.recipient, Suppression.Reason.HARD_BOUNCE, clock())
    return fate
