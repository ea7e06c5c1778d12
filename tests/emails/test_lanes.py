"""Connections that break in ways that no mail server has: each mail has its answer all the same."""

from collections.abc import Iterator
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from saleor_crm_plugin import config
from saleor_crm_plugin.emails import smtp
from saleor_crm_plugin.emails.fate import Fate, Trouble
from saleor_crm_plugin.emails.lanes import Answer, Lanes
from saleor_crm_plugin.emails.smtp import Connection

SETTINGS = config.parse({"sending_connections": "2"})


class Good:
    """A connection that takes everything."""

    def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
        return Fate.SENT, ""

    def alive(self) -> bool:
        return True

    def close(self) -> None:
        pass


class Deaf(Good):
    """One that fails in its own way when it is asked whether it listens."""

    def alive(self) -> bool:
        raise ValueError("I/O operation on closed file")


def answers_of(lanes: Lanes, mails: int) -> list[Answer]:
    """What becomes of so many mails. Fails if that does not show in a minute."""
    found: list[Answer] = []
    for _ in range(mails):
        lanes.hand_over(uuid4(), EmailMultiAlternatives())
    waiting = Thread(target=lambda: found.extend(lanes.answers(at_most=0)), daemon=True)
    waiting.start()
    waiting.join(timeout=60)
    assert not waiting.is_alive(), "a mail has no answer"
    return found


def test_a_connection_that_can_not_be_opened_for_an_odd_reason_leaves_its_mails_to_the_others() -> None:
    tried = Event()

    class Slow(Good):
        def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
            tried.wait(timeout=30)
            return super().send(mail)

    def dialled() -> Iterator[Connection]:
        yield Slow()
        tried.set()
        raise RuntimeError("no API key")

    connections = dialled()
    lanes = Lanes(SETTINGS, lambda settings: next(connections))
    lanes.widen(2)

    answers = answers_of(lanes, 20)

    lanes.close()
    assert [answer.fate for answer in answers] == [Fate.SENT] * 20


def test_mails_come_back_as_they_were_where_no_connection_can_be_used_for_an_odd_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saleor_crm_plugin.emails.lanes.IDLE", -1)  # each is asked before each mail
    lanes = Lanes(SETTINGS, lambda settings: Deaf())
    lanes.widen(1)

    answers = answers_of(lanes, 3)

    lanes.close()
    assert [(answer.fate, answer.words) for answer in answers] == [(None, "")] * 3
    assert lanes.trouble == "ValueError: I/O operation on closed file"


def test_once_it_is_late_mails_that_wait_come_back_as_they_were() -> None:
    taken: list[EmailMultiAlternatives] = []

    class Counting(Good):
        def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
            taken.append(mail)
            return super().send(mail)

    lanes = Lanes(SETTINGS, lambda settings: Counting(), late=lambda: len(taken) >= 2)
    lanes.widen(1)

    answers = answers_of(lanes, 5)

    lanes.close()
    assert [(answer.fate, answer.words) for answer in answers] == [(Fate.SENT, "")] * 2 + [(None, "")] * 3


class WithoutKey(BaseEmailBackend):
    """A provider's backend that is not set up."""

    def __init__(self, **rest: object) -> None:
        raise RuntimeError("set ANYMAIL_MAILGUN_API_KEY")


class Shut(BaseEmailBackend):
    """A provider's backend that can neither be opened nor closed."""

    def open(self) -> bool:
        raise RuntimeError("set ANYMAIL_MAILGUN_API_KEY")

    def close(self) -> None:
        raise RuntimeError("it was never open")


@pytest.mark.parametrize("backend", [WithoutKey, Shut])
def test_a_providers_backend_that_is_not_set_up_is_trouble(backend: type, settings: object) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"  # type: ignore[attr-defined]

    with pytest.raises(Trouble, match="RuntimeError: set ANYMAIL_MAILGUN_API_KEY"):
        smtp.dial(config.parse({}))
