"""Reads the mailbox to which mails come back, and to which people write who unsubscribe by mail: over IMAP, new
messages only, and leaves them as they are."""

import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from ipaddress import ip_address

from ...config import BounceRules
from ...privacy import masked
from ..unsubscribe import take_mail
from . import dsn
from .models import BounceBox
from .take import take

logger = logging.getLogger(__name__)

TIMEOUT = 30  # seconds, for each step of the dialogue
BATCH = 50
PATIENCE = 5  # readings at which a message is asked for in vain before it is skipped


class Trouble(Exception):  # noqa: N818 - it is nobody's error but the mailbox's
    """The mailbox can't be read just now, and why."""


def read(rules: BounceRules, clock: Callable[[], datetime]) -> int:
    """Take what up to ``BATCH`` messages say that were not read before. Returns how many messages were read.

    How far it came is kept after each message, so that one that takes long holds up no others; after a crash it is read
    again, which changes nothing. Raises Trouble.
    """
    try:
        with _open(rules) as box:
            return _read(box, rules, clock)
    except (OSError, imaplib.IMAP4.error, UnicodeError, ValueError) as error:
        raise Trouble(masked(f"{type(error).__name__}: {error}")) from None


@contextmanager
def _open(rules: BounceRules) -> Iterator[imaplib.IMAP4]:
    box: imaplib.IMAP4
    if rules.ssl:
        box = imaplib.IMAP4_SSL(rules.host, rules.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    else:
        box = imaplib.IMAP4(rules.host, rules.port, timeout=TIMEOUT)
    try:
        if not rules.ssl:
            _encrypt(box, rules)
        box.login(rules.user, rules.password)
        yield box
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()
        with suppress(OSError, imaplib.IMAP4.error):
            box.shutdown()  # where the server hung up, logging out does not come to that


def _encrypt(box: imaplib.IMAP4, rules: BounceRules) -> None:
    """STARTTLS. A password goes nowhere without it, but to a server on this very machine: whoever stands in between
    could keep quiet that the server offers it. Raises ValueError."""
    if "STARTTLS" in box.capabilities:
        box.starttls(ssl.create_default_context())
    elif not ip_address(box.sock.getpeername()[0]).is_loopback:
        raise ValueError(f"{rules.host} offers no STARTTLS: the password would be readable on its way")


def _read(box: imaplib.IMAP4, rules: BounceRules, clock: Callable[[], datetime]) -> int:
    folder = '"' + rules.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if box.select(folder, readonly=True)[0] != "OK":
        raise ValueError(f"there is no folder {rules.folder}")
    validity = _number(box.response("UIDVALIDITY")[1])
    name = f"{rules.user}@{rules.host}/{rules.folder}"[:255]
    place, _ = BounceBox.objects.get_or_create(name=name, defaults={"validity": validity, "uid": 0})
    if place.validity != validity:
        place.validity, place.uid, place.refusals = validity, 0, 0
        place.save()
    there = _new(box, place.uid)
    new = there[:BATCH]
    taken = 0
    for uid in new:
        taken += take_message(_given_out(box, place, uid, newest=there[-1]), rules.soft, clock())
        _move(place, uid)
    if taken:
        logger.info("CRM: %s messages said that mails came back, or that somebody unsubscribes", taken)
    return len(new)


def take_message(raw: bytes, soft: int, now: datetime) -> int:
    """Take what a message says: that mails came back, or that somebody unsubscribes. Returns how much that was new.

    The end of a long one is the mail that came back, which some servers attach as a whole: it is not needed.
    """
    raw = raw[: dsn.LARGEST]
    reports = dsn.read(raw)
    return take(reports, soft, now) if reports else int(take_mail(raw, now))


def _new(box: imaplib.IMAP4, last: int) -> list[int]:
    """The UIDs after ``last``, rising. ``n:*`` always names the last message, too (RFC 9051, 9)."""
    answer, found = box.uid("SEARCH", f"UID {last + 1}:*")
    if answer != "OK":
        raise ValueError("the mailbox can't be searched")
    uids = {int(uid) for line in found if isinstance(line, bytes) for uid in line.split() if uid.isdigit()}
    return sorted(uid for uid in uids if uid > last)


def _given_out(box: imaplib.IMAP4, place: BounceBox, uid: int, newest: int) -> bytes:
    """The message after a place, of which is kept how often it was asked for in vain: mostly it is there the next time.

    One that is never given out holds up the others for ``PATIENCE`` readings, and is skipped then. Not while the server
    does not give out the newest either, for then it is not the message's fault. Raises what asking for it raises.
    """
    skips = place.refusals >= PATIENCE and uid != newest
    if skips:
        _message(box, newest)
    try:
        return _message(box, uid)
    except (OSError, imaplib.IMAP4.error, ValueError):
        if skips:
            logger.error("CRM: the mailbox of bounces never gives out message %s: it is skipped", uid)
            _move(place, uid)
        else:
            place.refusals = min(place.refusals + 1, PATIENCE)
            place.save()
        raise


def _move(place: BounceBox, uid: int) -> None:
    place.uid, place.refusals = uid, 0
    place.save()


def _message(box: imaplib.IMAP4, uid: int) -> bytes:
    """A message, without marking it as read, and no more of it than is needed; nothing where it was deleted meanwhile.
    Raises ValueError where the server does not give it out, as for a while when it has trouble of its own."""
    answer, found = box.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{dsn.LARGEST}>)")
    if answer != "OK":
        raise ValueError(f"message {uid} is not given out")
    return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")


def _number(answer: list[bytes | None] | object) -> str:
    """What an untagged response says, "0" where it said nothing."""
    first = answer[0] if isinstance(answer, list) and answer else None
    return first.decode("ascii", "replace")[:20] if isinstance(first, bytes) else "0"
