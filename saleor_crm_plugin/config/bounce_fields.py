"""The settings of mails that come back."""

from .. import values
from . import bounces
from .field import Field, Kind

BOUNCE_FIELDS: tuple[Field, ...] = (
    Field(
        "bounce_host",
        Kind.TEXT,
        "Bounces: IMAP host",
        "Where the mailbox of the sender address is read for mails that come back, such as imap.example.com. Empty: not at all, or by your provider's webhooks.",
        "",
        values.host,
    ),
    Field("bounce_port", Kind.TEXT, "Bounces: IMAP port", "Usually 993 with SSL, 143 without.", "993", values.port),
    Field("bounce_user", Kind.TEXT, "Bounces: IMAP user", "The user name of the mailbox.", "", values.user),
    Field(
        "bounce_folder",
        Kind.TEXT,
        "Bounces: folder",
        "The folder of the mailbox into which they come. It is only read; nothing in it is changed.",
        "INBOX",
        bounces.folder,
    ),
    Field(
        "bounce_soft",
        Kind.TEXT,
        "Bounces: give up after",
        "After so many mails within 30 days that were refused for another reason than a missing mailbox, an address gets no more. A missing mailbox and a complaint end it at once.",
        "5",
        bounces.soft,
    ),
    Field(
        "bounce_ssl",
        Kind.FLAG,
        "Bounces: IMAP with SSL",
        "Encrypt from the first byte. Off: STARTTLS, without which nothing is read from another machine. The server's certificate has to be valid for its name.",
        True,
        values.flag,
    ),
    Field("bounce_password", Kind.SECRET, "Bounces: IMAP password", "The password of the mailbox.", "", values.secret),
)
