"""What mail servers mean when they refuse a recipient for good.

That a mailbox is missing is believed only of a server that says so, by an enhanced status code (RFC 3463) or in words.
The replies 550, 551 and 553 alone stand for much else: relaying, policies, limits, and senders that are not liked.
"""

import re

# There is no such mailbox, or none that takes mail.
BAD_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
_REPLIES = (550, 551, 553)
_SAYS_NOTHING = ("", "5.0.0")
_REPLY = re.compile(r"(?:smtp;\s*)?(\d{3})\b", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_WHAT = r"(?:local )?(?:user|recipient|mailbox|address|account|person|customer)"
_MISSING = re.compile(
    rf"no such {_WHAT}|unknown {_WHAT}|(?:invalid|bad destination) (?:recipient|mailbox|address|user)"
    rf"|{_WHAT}(?: is)?(?: unknown| unavailable| not found| not known| invalid| disabled| closed| inactive)"
    rf"|(?:no|not a(?: valid)?) mailbox|not a (?:valid|known) {_WHAT}|(?:does not|doesn't|do not) exist",
    re.IGNORECASE,
)
# What servers say beside such words of mailboxes that are there, or of the sender.
_THERE = re.compile(
    r"spam|polic|block|black ?list|reputation|quota|full|storage|limit|exceed|too many|sender|relay|rcpthosts|helo"
    r"|authenti|(?:domain|host)\b[^.]{0,80}exist",
    re.IGNORECASE,
)


def status_in(words: str) -> str:
    """The first enhanced status code in a server's words, such as 5.1.1, wherever it stands; "" where there is none."""
    found = _STATUS.search(words)
    return found[1] if found else ""


def reply_in(words: str) -> int:
    """The reply with which a server's words begin, such as 550, also as reports have it; 0 where there is none."""
    found = _REPLY.match(words)
    return int(found[1]) if found else 0


def no_mailbox(code: int, words: str, status: str = "") -> bool:
    """Whether a reply says that there is no such mailbox. ``status`` is the enhanced code, where a report has it
    beside the words."""
    told = status_in(status)
    if told in _SAYS_NOTHING:
        told = status_in(words) or told
    if told not in _SAYS_NOTHING:
        return told in BAD_MAILBOX
    return code in _REPLIES and bool(_MISSING.search(words)) and not _THERE.search(words)
