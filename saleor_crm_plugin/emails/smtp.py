"""Handing mails to a mail server, so that after any failure it is known whether the server took the mail."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.generator import BytesGenerator
from email.utils import parseaddr
from enum import StrEnum
from io import BytesIO
from typing import Protocol

from django.conf import settings as django_settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from ..config import Settings

TIMEOUT = 30  # seconds, for each step of the dialogue
PROBE_TIMEOUT = 5  # while the owner waits for the settings page
SHUTTING_DOWN = 421  # RFC 5321, 3.8: the server hangs up after it
_BAD_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


class Fate(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    LATER = "later"  # not taken now, may be taken later
    REFUSED = "refused"  # not taken, for good
    NO_MAILBOX = "no_mailbox"  # refused for good, since the address does not exist
    UNKNOWN = "unknown"  # cut off while the server was taking it


class Trouble(Exception):  # noqa: N818 - it is not the mail's fault
    """The mail server can't be used at all just now, whatever the mail."""


class Connection(Protocol):
    """An open way to send mails."""

    def send(self, mail: EmailMessage) -> tuple[Fate, str]:
        """Hand over one mail. Returns what became of it, with the server's words.

        Raises Trouble, before anything was handed over, where the fault is not this mail's.
        """


@contextmanager
def connect(settings: Settings, timeout: int = TIMEOUT) -> Iterator[Connection]:
    """Open the owner's mail server, or the shop's own way of sending where none is set. Raises Trouble."""
    backend = _backend(settings, timeout)
    try:
        try:
            backend.open()
        except (OSError, UnicodeError) as error:  # smtplib's own are OSErrors; names that it can't encode are not
            raise Trouble(f"{type(error).__name__}: {error}") from error
        server = backend.connection if isinstance(backend, EmailBackend) else None
        yield _Smtp(server) if server else _Other(backend)
    finally:
        with suppress(OSError):
            backend.close()


def can_send(settings: Settings) -> bool:
    """Whether there is any way to send: a mail server of the owner's, or a real one of the shop's."""
    if settings.smtp.host:
        return True
    backend = getattr(django_settings, "EMAIL_BACKEND", "")
    if not backend or backend.endswith((".console.EmailBackend", ".dummy.EmailBackend")):
        return False
    return not backend.endswith(".smtp.EmailBackend") or bool(django_settings.EMAIL_HOST)


def probe(settings: Settings) -> str:
    """Log in to the owner's mail server.

    Returns what went wrong, in plain words; "" if nothing did, or if the shop's own server is used.
    """
    if not settings.smtp.host:
        return ""
    try:
        with connect(settings, PROBE_TIMEOUT):
            return ""
    except Trouble as trouble:
        return _plain(trouble.__cause__) or str(trouble)


def _plain(error: BaseException | None) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = f"{error.smtp_code} {_words(error.smtp_error)}"
        return f"the mail server refuses the user or the password. It said: {said}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server offers no TLS, or no log-in, on this port."
    for kind, words in _PLAIN.items():
        if isinstance(error, kind):
            return words
    return ""


_PLAIN: dict[type[BaseException], str] = {
    socket.gaierror: "there is no server of this name.",
    ConnectionRefusedError: "nothing answers on this port.",
    ssl.SSLError: "the encryption could not be agreed on. SSL is for port 465, TLS for port 587.",
    TimeoutError: "the mail server does not answer.",
    smtplib.SMTPServerDisconnected: "the mail server hung up. Does this port want SSL?",
}


def _backend(settings: Settings, timeout: int) -> BaseEmailBackend:
    smtp = settings.smtp
    if not smtp.host:
        return get_connection(timeout=timeout)
    return EmailBackend(
        host=smtp.host,
        port=smtp.port,
        username=smtp.user,
        password=smtp.password,
        use_tls=smtp.starttls,
        use_ssl=smtp.ssl,
        timeout=timeout,
    )


class _Smtp:
    """The SMTP dialogue, one command at a time: until DATA nothing was handed over (RFC 5321, 4.1.1.4)."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, mail: EmailMessage) -> tuple[Fate, str]:
        payload = _on_the_wire(mail)
        try:
            if refusal := self._refusal(mail):
                self._start_over()
                return refusal
        except OSError as error:
            raise Trouble(f"{type(error).__name__}: {error}") from error
        try:
            self._server.send(payload)
            code, answer = self._server.getreply()
        except OSError as error:
            return Fate.UNKNOWN, f"{type(error).__name__}: {error}"
        return (Fate.SENT, "") if code == 250 else _fate(code, _words(answer))

    def _refusal(self, mail: EmailMessage) -> tuple[Fate, str] | None:
        """All up to the text. What became of the mail if it got no further; None when the server waits for the text."""
        self._server.ehlo_or_helo_if_needed()
        code, answer = self._server.mail(parseaddr(mail.from_email)[1])
        if code != 250:
            # The sender is refused: that is the settings' fault and not this mail's.
            self._start_over()
            raise Trouble(f"MAIL: {code} {_words(answer)}")
        try:
            code, answer = self._server.rcpt(mail.to[0])
        except UnicodeError as error:
            return Fate.REFUSED, f"the address can't be sent to: {type(error).__name__}"
        if code == SHUTTING_DOWN:
            raise Trouble(f"RCPT: {code} {_words(answer)}")
        if code not in (250, 251):
            return _fate_of_recipient(code, _words(answer))
        code, answer = self._server.docmd("DATA")
        if code == SHUTTING_DOWN:
            raise Trouble(f"DATA: {code} {_words(answer)}")
        return None if code == 354 else _fate(code, _words(answer))

    def _start_over(self) -> None:
        """Make ready for the next mail. What the server answered to this one holds, even if it hangs up now."""
        with suppress(OSError):
            self._server.rset()


class _Other:
    """Any other of Django's backends (an API of a mail provider, a file)."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, mail: EmailMessage) -> tuple[Fate, str]:
        try:
            taken = self._backend.send_messages([mail])
        except Exception as error:
            # A backend raises what it likes: nothing says that the mail did not leave.
            return Fate.UNKNOWN, f"{type(error).__name__}: {error}"
        return (Fate.SENT, "") if taken else (Fate.LATER, "the backend sent nothing")


def _on_the_wire(mail: EmailMessage) -> bytes:
    """A mail as DATA carries it: CRLF at the line ends, dots doubled at their beginnings, a lone dot at its end."""
    text = BytesIO()
    BytesGenerator(text, mangle_from_=False).flatten(mail.message(), linesep="\r\n")
    lines = text.getvalue().removesuffix(b"\r\n") + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"


def _fate(code: int, words: str) -> tuple[Fate, str]:
    return (Fate.REFUSED if code >= 500 else Fate.LATER), f"{code} {words}"


def _fate_of_recipient(code: int, words: str) -> tuple[Fate, str]:
    """A recipient refused for good does not exist only if the server says so.

    A policy answer (5.7.x, RFC 3463) says nothing of the mailbox.
    """
    fate, text = _fate(code, words)
    status = words.split(maxsplit=1)[0] if words else ""
    if fate == Fate.REFUSED and (status in _BAD_MAILBOX or (code in (550, 551, 553) and not status.startswith("5."))):
        return Fate.NO_MAILBOX, text
    return fate, text


def _words(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
