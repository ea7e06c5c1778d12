"""The settings of sending: connections, speed, senders of channels."""

from . import sending
from .field import Field, Kind

SENDING_FIELDS: tuple[Field, ...] = (
    Field(
        "sending_connections",
        Kind.TEXT,
        "Sending: connections",
        "Over how many connections each worker sends at a time, if there is enough to send. From 1 to 32; your mail server may take fewer.",
        "4",
        sending.connections,
    ),
    Field(
        "sending_renew_after",
        Kind.TEXT,
        "Sending: new connection after",
        "After so many mails a connection is closed and opened anew, since some mail servers take only so many, such as 20. Empty: never.",
        "",
        sending.renew_after,
    ),
    Field(
        "sending_rate",
        Kind.TEXT,
        "Sending: at most",
        "So many mails leave, of all workers together, such as 14 / s, 100 / min or 500 / h. Empty: as many as the mail server takes.",
        "",
        sending.rate,
    ),
    Field(
        "sending_senders",
        Kind.MULTILINE,
        "Senders by channel",
        "For channels with a sender of their own, one a line: the channel's slug = name <address>, and where answers go, if elsewhere. Such as poland = Morgentau <hello@example.pl>, help@example.pl.",
        "",
        sending.senders,
    ),
)
