"""What becomes of a mail that is handed over."""

from enum import StrEnum


class Fate(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    LATER = "later"  # not taken now, may be taken later
    REFUSED = "refused"  # not taken, for good
    NO_MAILBOX = "no_mailbox"  # refused for good, since the address does not exist
    SENDER_REFUSED = "sender_refused"  # nothing was heard of it: its sender is not allowed to send here
    UNKNOWN = "unknown"  # cut off while the server was taking it


class Trouble(Exception):  # noqa: N818 - it is not the mail's fault
    """The mail server can't be used at all just now, whatever the mail."""
