"""What mail servers mean when they refuse a recipient for good.

That a mailbox is missing is believed only of a server that says so, by an enhanced status code (RFC 3463) or in words.
The replies 550, 551 and 553 alone stand for much else: relaying, policies, limits, and senders that are not liked.
"""

import re

# There is no such mailbox.
_BAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
# The mailbox takes no mail: it is closed, but Gmail says so, too, of one that gets much just now.
_TAKES_NONE = "5.2.1"
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
    r"|authenti|(?:domain|host)\b[^.]{0,80}exist|at a rate|too quickly"
    # GMX and web.de begin all answers with "mailbox unavailable", and then say what of ours they do not like.
    r"|(?:invalid|reverse|no) dns\b|\bdns (?:mx|ptr|records?|errors?|lookups?)\b|resource record"
    r"|\bmx records?\b|\bno mx\b|\b(?:rdns|ptr|spf|dkim|dmarc)\b",
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
    if told in _SAYS_NOTHING:
        return code in _REPLIES and bool(_MISSING.search(words)) and not something_else(words)
    return told in _BAD_ADDRESS or (told == _TAKES_NONE and not something_else(words))


def something_else(words: str) -> bool:
    """Whether a server speaks of a mailbox that is there, or of who sends: of limits, policies, names, senders."""
    return bool(_THERE.search(words))
