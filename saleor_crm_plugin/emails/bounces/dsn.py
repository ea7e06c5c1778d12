"""Reads what mail servers send back: delivery reports (RFC 3464) and complaints (RFC 5965).

Anybody can send such a mail, and many servers write them badly: whatever can't be read says nothing. Which of our
mails it is about is told by the Message-ID of the part that came back; ``take.py`` asks whether we sent that.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Part
from uuid import UUID

from ..refusals import no_mailbox, reply_in
from .models import Bounce
from .take import Report

LARGEST = 100_000  # bytes; reports have some thousand, and what came back with them is not needed
MOST_PARTS = 50
# A report is one, and what came back with it has some. Python's parser asks each line whether it ends any of the parts
# around it: 100 KB of parts in parts take it 5 s.
MOST_MULTIPARTS = 20
_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>@\s]{1,255}>", re.IGNORECASE)


def read(raw: bytes) -> list[Report]:
    """What a mail reports of mails of ours; nothing where it is no report. Never raises."""
    if len(raw) > LARGEST or raw.lower().count(b"multipart/") > MOST_MULTIPARTS:
        return []
    try:
        return _read(message_from_bytes(raw))
    except Exception:  # the parser trips over what nobody foresaw: then nothing was said
        return []


def _read(mail: Part) -> list[Report]:
    parts = [part for part, _ in zip(mail.walk(), range(MOST_PARTS), strict=False)]
    ours = _message_id(parts)
    if ours is None:
        return []
    if any(part.get_content_type() == "message/feedback-report" for part in parts):
        return list(_complaints(parts, ours))
    status = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    return [report for part in status for block in _blocks(part) if (report := _failure(block, ours))]


def _message_id(parts: list[Part]) -> UUID | None:
    """The id of the mail that came back, as a whole or its headers only."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            found = re.search(rf"(?im)^message-id:\s*{_OURS.pattern}", _text(part))
        elif kind == "message/rfc822":
            found = next((m for one in _blocks(part) if (m := _OURS.search(_header(one, "Message-ID")))), None)
        else:
            continue
        if found:
            return UUID(found[1])
    return None


def _complaints(parts: list[Part], ours: UUID) -> Iterator[Report]:
    """A complaint names its recipient in the report, or in the mail that came back (many providers blank it out)."""
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            fields = message_from_bytes(_text(part).encode("utf-8", "replace"))
            if _header(fields, "Feedback-Type").lower() not in ("abuse", "fraud"):
                continue
            if told := _address(_header(fields, "Original-Rcpt-To")):
                yield Report(Bounce.Kind.COMPLAINT, told, ours, "complaint")
                return
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            for one in _blocks(part):
                if told := _address(_header(one, "To")):
                    yield Report(Bounce.Kind.COMPLAINT, told, ours, "complaint")
                    return


def _failure(block: Part, ours: UUID) -> Report | None:
    """A recipient's part of a report, if it is about a mail that failed for good."""
    if _header(block, "Action").lower() != "failed":
        return None  # delayed, delivered, relayed, expanded
    recipient = _address(_header(block, "Original-Recipient")) or _address(_header(block, "Final-Recipient"))
    said = _header(block, "Diagnostic-Code")
    return Report(_kind(_header(block, "Status"), said), recipient, ours, said) if recipient else None


def _kind(status: str, said: str) -> Bounce.Kind:
    """Hard only where the mailbox is said not to be there: what a server's policy refuses may be taken another day."""
    return Bounce.Kind.HARD if no_mailbox(reply_in(said), said, status) else Bounce.Kind.SOFT


def _blocks(part: Part) -> list[Part]:
    inside = part.get_payload()
    return [one for one in inside if isinstance(one, Part)] if isinstance(inside, list) else []


def _text(part: Part) -> str:
    """What a part says, whatever it is encoded in."""
    if blocks := _blocks(part):
        return "\n".join(f"{name}: {value}" for one in blocks for name, value in one.items()) + "\n"
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _header(part: Part, name: str) -> str:
    return re.sub(r"\s+", " ", str(part.get(name, ""))).strip()


def _address(field: str) -> str:
    """An address as a report has it: ``rfc822; ada@example.com``, in angle brackets or not."""
    address = field.rpartition(";")[2].strip()
    if match := re.search(r"<([^<>]*)>", address):
        address = match[1]
    return address.strip() if len(address) <= 320 else ""
