"""Handing mails to a mail server, so that after any failure it is known whether the server took the mail."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import Protocol

from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from ..config import Settings
from .fate import Fate, Trouble
from .mime import wire
from .provider_api import Backend
from .refusals import no_mailbox

TIMEOUT = 30  # seconds, for each step of the dialogue but the last
# Seconds for the answer to the text, which may wait for filters (RFC 5321, 4.5.3.2.6). Who hangs up before does not
# know what became of the mail. Of the ten minutes that it asks for, five: a worker waits that long.
ANSWER_TIMEOUT = 300
PROBE_TIMEOUT = 5  # while the owner waits for the settings page
SHUTTING_DOWN = 421  # RFC 5321, 3.8: the server hangs up after it
_SPELLABLE = re.compile(r"[!-;=?-~]+")  # ASCII without spaces and the brackets around an address


class Connection(Protocol):
    """An open way to send mails."""

    def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
        """Hand over one mail. Returns what became of it, with the server's words.

        Raises Trouble, before anything was handed over, where the fault is not this mail's.
        """

    def alive(self) -> bool:
        """Whether the server still listens after a while of silence."""

    def close(self) -> None:
        """Say good-bye."""


def dial(settings: Settings, timeout: int = TIMEOUT) -> Connection:
    """Open the owner's mail server, or the shop's own way of sending where none is set. Raises Trouble."""
    backend: BaseEmailBackend | None = None
    try:
        backend = _backend(settings, timeout)
        backend.open()
        server = backend.connection if isinstance(backend, EmailBackend) else None
        return _Smtp(backend, server) if server else Backend(backend)
    except Exception as error:  # smtplib's own are OSErrors; a provider's backend raises what it likes
        if backend is not None:
            _hang_up(backend)
        raise Trouble(f"{type(error).__name__}: {error}") from error


@contextmanager
def connect(settings: Settings, timeout: int = TIMEOUT) -> Iterator[Connection]:
    """The same, for as long as it is needed."""
    connection = dial(settings, timeout)
    try:
        yield connection
    finally:
        connection.close()


def _hang_up(backend: BaseEmailBackend) -> None:
    with suppress(Exception):
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
    """The SMTP dialogue: until the text nothing was handed over (RFC 5321, 4.1.1.4).

    What comes before the text goes in one piece to a server that takes it so (PIPELINING, RFC 2920): where a reply
    takes 20 ms, that halves the time of a mail.
    """

    def __init__(self, backend: BaseEmailBackend, server: smtplib.SMTP) -> None:
        self._backend, self._server = backend, server
        server.ehlo_or_helo_if_needed()
        self._together = server.has_extn("pipelining")
        self._eight_bit = server.has_extn("8bitmime")

    def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
        try:
            payload = _on_the_wire(mail, self._eight_bit)
            commands = self._commands(mail)
        except ValueError as error:  # UnicodeError is one, too
            return Fate.REFUSED, f"it can not be spelled for mail servers: {type(error).__name__}"
        try:
            if refusal := self._refusal(self._answers(commands)):
                self._start_over()
                return refusal
        except OSError as error:
            raise Trouble(f"{type(error).__name__}: {error}") from error
        try:
            self._server.send(payload)
            code, answer = self._patiently()
        except OSError as error:
            return Fate.UNKNOWN, f"{type(error).__name__}: {error}"
        if _taken(code):
            return Fate.SENT, ""
        # What is no answer to a text (RFC 5321, 4.2.1) does not say whether it was taken.
        return _fate(code, _words(answer)) if 400 <= code < 600 else (Fate.UNKNOWN, f"{code} {_words(answer)}")

    def _patiently(self) -> tuple[int, bytes]:
        """The answer to a text."""
        sock = self._server.sock
        assert sock is not None  # it just took the text
        usual = sock.gettimeout()
        sock.settimeout(max(usual or 0, ANSWER_TIMEOUT))
        answer = self._server.getreply()
        sock.settimeout(usual)
        return answer

    def alive(self) -> bool:
        try:
            code, _ = self._server.noop()
        except OSError:
            return False
        return code == 250

    def close(self) -> None:
        _hang_up(self._backend)

    def _commands(self, mail: EmailMultiAlternatives) -> Sequence[str]:
        sender, recipient = parseaddr(mail.from_email)[1], mail.to[0]
        if not _SPELLABLE.fullmatch(recipient):
            raise ValueError(recipient)
        body = " BODY=8BITMIME" if self._eight_bit else ""
        return f"MAIL FROM:<{sender}>{body}", f"RCPT TO:<{recipient}>", "DATA"

    def _answers(self, commands: Sequence[str]) -> list[tuple[int, str]]:
        """What the server says to them, up to the first that it does not take."""
        answers: list[tuple[int, str]] = []
        if self._together:
            self._server.send("".join(f"{command}\r\n" for command in commands))
        for command in commands:
            code, words = self._server.getreply() if self._together else self._server.docmd(command)
            answers.append((code, _words(words)))
            if code >= 400 and not self._together:
                break
        return answers

    def _refusal(self, answers: Sequence[tuple[int, str]]) -> tuple[Fate, str] | None:
        """What became of the mail if it got no further; None when the server waits for the text."""
        if len(answers) == 3 and answers[-1][0] == 354 and not _taken(answers[1][0]):
            self._server.send(".\r\n")  # it waits for a text to nobody (RFC 2920, 3.1)
            self._server.getreply()
        for (code, words), command in zip(answers, ("MAIL", "RCPT", "DATA"), strict=False):
            if code == SHUTTING_DOWN:
                raise Trouble(f"{command}: {code} {words}")
            if command == "MAIL" and not _taken(code):
                return Fate.SENDER_REFUSED, f"MAIL: {code} {words}"
            if command == "RCPT" and not _taken(code):
                return _fate_of_recipient(code, words)
            if command == "DATA" and code != 354:
                return _fate(code, words)
        return None

    def _start_over(self) -> None:
        """Make ready for the next mail. What the server answered to this one holds, even if it hangs up now."""
        with suppress(OSError):
            self._server.rset()


def _on_the_wire(mail: EmailMultiAlternatives, eight_bit: bool = True) -> bytes:
    """A mail as DATA carries it: dots doubled at the beginnings of lines, a lone dot at the end."""
    return wire(mail, eight_bit).replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _taken(code: int) -> bool:
    """Whether a server agrees: with any answer of the 200s (RFC 5321, 4.3.2), 250 being only the usual one."""
    return 200 <= code < 300


def _fate(code: int, words: str) -> tuple[Fate, str]:
    return (Fate.REFUSED if code >= 500 else Fate.LATER), f"{code} {words}"


def _fate_of_recipient(code: int, words: str) -> tuple[Fate, str]:
    fate, text = _fate(code, words)
    return (Fate.NO_MAILBOX if fate == Fate.REFUSED and no_mailbox(code, words) else fate), text


def _words(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
