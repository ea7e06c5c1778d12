"""Every mail of the demo as files that a browser shows without any shop running."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from ..emails.models import Message
from ..flows.catalogue import ABANDONED_CART, FLOWS, NEWSLETTER
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
    flow: str
    subject_id: str  # of the cart, or of the interest in a variant
    step: int
    at: datetime
    preview: str  # the first lines of its text

    @property
    def kind(self) -> str:
        """Which mail it is, in words."""
        return f"mail {self.step + 1}" if self.flow == ABANDONED_CART.key else FLOWS[self.flow].title.lower()


class Mailbox:
    """Takes the mails out of the sink and writes them below ``out``; of a newsletter the first of each subject.

    ``arrived`` counts all.
    """

    def __init__(self, out: Path, now: datetime) -> None:
        self.out = out
        self.letters: list[Letter] = []
        self.arrived = 0
        self._media = SandboxShop().public_url("/media/")
        for folder in ("mails", "media"):
            shutil.rmtree(out / folder, ignore_errors=True)
            (out / folder).mkdir(parents=True)

    def take(self, sink: MailSink, now: datetime) -> None:
        """Write what arrived since the last time, in an order that does not depend on the server's."""
        arrived = [(mail, self._message(mail)) for mail in sink.mails]
        sink.mails.clear()
        self.arrived += len(arrived)
        for mail, message in sorted(arrived, key=lambda pair: (pair[1].step, pair[1].recipient, pair[1].template)):
            if message.flow != NEWSLETTER.key or not self._has(str(mail["Subject"])):
                self._write(mail, message, now)

    def keep(self, name: str, html: str, text: str) -> None:
        """Write what a mail says, with its pictures."""
        slugs = set(re.findall(re.escape(self._media) + r"([\w-]+)\.png", html))
        pictures.write_pictures(sorted(slugs), self.out / "media")
        (self.out / "mails" / f"{name}.html").write_text(html.replace(self._media, "../media/"), encoding="utf-8")
        (self.out / "mails" / f"{name}.txt").write_text(text, encoding="utf-8")

    def _has(self, subject: str) -> bool:
        return any(letter.flow == NEWSLETTER.key and letter.subject == subject for letter in self.letters)

    def _message(self, mail: EmailMessage) -> Message:
        return Message.objects.get(pk=mail["Message-ID"].strip("<>").partition("@")[0])

    def _write(self, mail: EmailMessage, message: Message, now: datetime) -> None:
        number = len(self.letters) + 1
        language = str(mail["Content-Language"])
        name = f"{number:03}-{message.template}-{language}"
        text = text_of(mail)
        self.keep(name, html_of(mail), text)
        preview = " ".join(text.split())[:140]
        self.letters.append(
            Letter(
                number,
                name,
                str(mail["To"]),
                str(mail["Subject"]),
                language,
                message.flow,
                message.subject_id,
                message.step,
                now,
                preview,
            )
        )
