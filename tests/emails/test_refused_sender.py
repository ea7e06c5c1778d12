"""A sender that the mail server refuses: its mails wait, and those of other senders leave."""

import logging

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import MailServer, Message
from tests.emails.scripted import serving
from tests.road import Road

State = Message.State


def refuse(road: Road, *senders: str) -> None:
    """See that the mail server takes nothing of these senders."""

    async def handle_mail(server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in senders:
            return "553 5.7.1 sender address rejected: not owned by user"
        envelope.mail_from = address
        return "250 OK"

    road.sink.handle_MAIL = handle_mail  # type: ignore[attr-defined]


@pytest.fixture
def polish(road: Road) -> Road:
    road.set(sending_senders="poland = Poranek <czesc@example.pl>")
    return road


def due(road: Road, **mails: int) -> None:
    """So many mails in each channel, those of the first channel before."""
    (shirt,) = road.make_product()
    for channel, count in mails.items():
        for number in range(count):
            road.cart(shirt, email=f"{channel}{number}@example.com", channel=channel)
        road.work(work.process_inbox)
        road.wait(seconds=1)
    road.wait(hours=5)
    road.work(work.decide)


def states(channel: str) -> set[str]:
    return set(Message.objects.filter(channel=channel).values_list("state", flat=True))


def test_another_channels_mails_leave_in_the_first_run(polish: Road, caplog: pytest.LogCaptureFixture) -> None:
    due(polish, poland=50, eu=5)
    refuse(polish, "czesc@example.pl")

    polish.work(work.deliver)

    assert (states("eu"), states("poland")) == ({State.SENT}, {State.QUEUED})
    assert not MailServer.objects.exists()
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "refuses the sender of channel poland: MAIL: 553" in told[0]


def test_the_server_is_not_left_alone_for_one_sender(polish: Road) -> None:
    due(polish, poland=3)
    refuse(polish, "czesc@example.pl")

    for _ in range(10):
        polish.work(work.deliver)
        polish.wait(minutes=5)

    assert not MailServer.objects.exists()
    due(polish, eu=1)
    polish.work(work.deliver)
    assert states("eu") == {State.SENT}


def test_mails_of_a_refused_sender_lose_no_attempt_and_leave_once_it_is_allowed(polish: Road) -> None:
    due(polish, poland=25)
    refuse(polish, "czesc@example.pl")
    for _ in range(4):
        polish.work(work.deliver)
        polish.wait(minutes=10)
    waiting = Message.objects.first()
    assert waiting is not None
    assert (waiting.attempts, waiting.sending_at, waiting.reserved_by) == (0, None, None)
    assert waiting.error.startswith("MAIL: 553")

    refuse(polish)
    polish.wait(minutes=30)

    assert len(polish.work(work.deliver, work.decide, work.deliver)) == 25  # their prices are looked at anew
    assert states("poland") == {State.SENT}


def test_they_are_tried_ever_more_rarely_and_a_few_at_a_time(polish: Road) -> None:
    due(polish, poland=100)

    with serving({"MAIL": "553 5.7.1 not yours"}) as server:
        polish.set(smtp_port=str(server.port), sending_connections="1")
        polish.work(work.deliver)
        first = server.count("MAIL")
        for _ in range(24):
            polish.work(work.deliver)
            polish.wait(minutes=5)

    assert first < 50
    assert server.count("MAIL") <= 8 * first


def test_a_mail_that_waited_too_long_for_its_sender_is_dropped(polish: Road) -> None:
    due(polish, poland=1)
    refuse(polish, "czesc@example.pl")
    for _ in range(3):
        polish.work(work.deliver)
        polish.wait(hours=12)

    polish.work(work.deliver)

    assert not Message.objects.exists()


def test_a_server_that_refuses_all_senders_is_left_alone(polish: Road) -> None:
    due(polish, poland=1, eu=1)
    refuse(polish, "czesc@example.pl", "hello@news.example.com")

    polish.work(work.deliver)

    known = MailServer.objects.get()
    assert known.failures == 1
    assert known.error.startswith("MAIL: 553")
