"""Every mail of the demo as files that a browser shows without any shop running."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from ..emails.models import Message
from ..shop.sandbox import pictures
from ..shop.sandbox.mail_sink import MailSink, html_of, text_of
from ..shop.sandbox.shop import SandboxShop


@dataclass(frozen=True)
class Letter:
    """One mail that arrived: where its files are, below the demo's folder, and what it was about."""

    number: int
    name: str
    to: str
    subject: str
    language: str
    cart_id: str
    step: int
    at: datetime
    preview: str  # the first lines of its text


class Mailbox:
    """Takes the mails out of the sink and writes them below ``out``."""

    def __init__(self, out: Path, now: datetime) -> None:
        self.out = out
        self.letters: list[Letter] = []
        self._media = SandboxShop().public_url("/media/")
        for folder in ("mails", "media"):
            shutil.rmtree(out / folder, ignore_errors=True)
            (out / folder).mkdir(parents=True)

    def take(self, sink: MailSink, now: datetime) -> None:
        """Write what arrived since the last time, in an order that does not depend on the server's."""
        arrived = [(mail, self._message(mail)) for mail in sink.mails]
        sink.mails.clear()
        for mail, message in sorted(arrived, key=lambda pair: (pair[1].step, pair[1].recipient)):
            self._write(mail, message, now)

    def _message(self, mail: EmailMessage) -> Message:
        return Message.objects.get(pk=mail["Message-ID"].strip("<>").partition("@")[0])

    def _write(self, mail: EmailMessage, message: Message, now: datetime) -> None:
        number = len(self.letters) + 1
        language = str(mail["Content-Language"])
        name = f"{number:03}-{message.template}-{language}"
        html, text = html_of(mail), text_of(mail)
        pictures.write_pictures(
            sorted(set(re.findall(re.escape(self._media) + r"([\w-]+)\.png", html))), self.out / "media"
        )
        (self.out / "mails" / f"{name}.html").write_text(html.replace(self._media, "../media/"), encoding="utf-8")
        (self.out / "mails" / f"{name}.txt").write_text(text, encoding="utf-8")
        preview = " ".join(text.split())[:140]
        self.letters.append(
            Letter(
                number,
                name,
                str(mail["To"]),
                str(mail["Subject"]),
                language,
                message.subject_id,
                message.step,
                now,
                preview,
            )
        )
