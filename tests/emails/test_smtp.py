"""What becomes of a mail, whatever the mail server does."""

import logging
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from saleor_crm_plugin import config, work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails import smtp
from saleor_crm_plugin.emails.compose import compose
from saleor_crm_plugin.emails.fate import Fate
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.render import render
from tests.emails.scripted import HANG_UP, serving
from tests.road import Road

ADA = "ada@example.com"
State = Message.State


def due(road: Road, *emails: str) -> None:
    """Mails to these addresses, decided and waiting for the mail server."""
    (shirt,) = road.make_product()
    for email in emails or (ADA,):
        road.cart(shirt, email=email)
    road.work(work.process_inbox)
    road.wait(hours=5)
    road.work(work.decide)


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("recipient", "state"))


def test_a_mail_that_the_server_takes_is_sent(road: Road) -> None:
    due(road)

    assert len(road.work(work.deliver)) == 1

    message = Message.objects.get()
    assert (message.state, message.sent_at, message.error, message.reserved_by) == (State.SENT, road.now, "", None)


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_mail_not_taken_just_now_is_tried_again_later_and_later(road: Road, where: str) -> None:
    due(road)
    setattr(road.sink, where, lambda _: "451 4.7.1 greylisted, come back")
    waits = []

    for _ in range(3):
        road.work(work.deliver)
        message = Message.objects.get()
        waits.append(message.next_attempt_at - road.now)
        road.wait(seconds=waits[-1].total_seconds() - 1)
        road.work(work.deliver)
        assert Message.objects.get().attempts == message.attempts  # not before its time
        road.wait(seconds=1)
    setattr(road.sink, where, lambda _: None)

    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert message.error.startswith("451 4.7.1")
    assert len(road.work(work.deliver)) == 1


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 <ada@example.com>: no such user", "550 mailbox unavailable", "553 5.1.3 bad"]
)
def test_a_mailbox_that_does_not_exist_is_not_written_to_again(road: Road, answer: str) -> None:
    due(road)
    road.sink.on_recipient = lambda address: answer

    road.work(work.deliver)

    message = Message.objects.get()
    assert message.state == State.FAILED
    assert "ada" not in message.error
    assert suppressed([ADA]) == {ADA: Suppression.Reason.HARD_BOUNCE}


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 blocked by policy", "554 5.7.26 unauthenticated", "552 5.2.2 mailbox full"]
)
def test_a_refusal_that_says_nothing_of_the_mailbox_does_not_suppress(road: Road, answer: str) -> None:
    due(road)
    road.sink.on_recipient = lambda address: answer

    road.work(work.deliver)

    assert states() == {ADA: State.FAILED}
    assert not Suppression.objects.exists()


def test_a_text_that_is_refused_fails_and_does_not_suppress(road: Road) -> None:
    due(road)
    road.sink.on_data = lambda mail: "550 5.1.1 looks like spam"

    road.work(work.deliver)

    assert states() == {ADA: State.FAILED}
    assert not Suppression.objects.exists()


def test_one_bad_address_in_a_batch_leaves_the_others(road: Road) -> None:
    due(road, ADA, "bad@example.com", "cleo@example.com")
    road.sink.on_recipient = lambda address: "550 5.1.1 no" if address.startswith("bad") else None

    mails = road.work(work.deliver)

    assert sorted(str(mail["To"]) for mail in mails) == [ADA, "cleo@example.com"]
    assert states() == {ADA: State.SENT, "bad@example.com": State.FAILED, "cleo@example.com": State.SENT}


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ({"RCPT": "550 5.7.1 no"}, State.FAILED),
        ({"DATA": "451 4.3.0 not now"}, State.QUEUED),
        ({"DATA": "554 5.5.1 no"}, State.FAILED),
        ({"text": "552 5.3.4 too long"}, State.FAILED),
        ({"text": "452 4.3.1 disk full"}, State.QUEUED),
    ],
)
def test_after_any_refusal_the_next_mail_starts_over(road: Road, says: dict[str, str], state: str) -> None:
    due(road, ADA, "bea@example.com")

    with serving(says) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert set(states().values()) == {state}
    assert (server.connections, server.count("MAIL")) == (1, 2)


def test_a_server_that_hangs_up_after_a_refusal_has_still_refused(road: Road) -> None:
    due(road)

    with serving({"RCPT": f"550 5.1.1 no such user{HANG_UP}"}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert states() == {ADA: State.FAILED}
    assert suppressed([ADA])


@pytest.mark.parametrize(
    "says",
    [
        {"connect": HANG_UP},
        {"connect": "554 go away"},
        {"EHLO": HANG_UP},
        {"MAIL": HANG_UP},
        {"MAIL": "550 5.7.1 sender not allowed"},
        {"MAIL": "421 4.3.2 shutting down" + HANG_UP},
        {"RCPT": HANG_UP},
        {"RCPT": "421 4.3.2 shutting down" + HANG_UP},
        {"DATA": HANG_UP},
        {"DATA": "421 4.3.2 shutting down" + HANG_UP},
    ],
    ids=str,
)
def test_a_server_that_fails_before_the_text_has_got_nothing(
    road: Road, caplog: pytest.LogCaptureFixture, says: dict[str, str]
) -> None:
    due(road, ADA, "bea@example.com")

    with serving(says) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)
    assert set(states().values()) == {State.QUEUED}
    assert not Suppression.objects.exists()
    assert any("mail server can't be used" in record.message for record in caplog.records)
    assert server.texts == []

    road.set(smtp_port=str(road.sink.port))
    road.wait(minutes=2)
    assert len(road.work(work.deliver)) == 2


@pytest.mark.parametrize("extensions", ["250 here", "250-here\r\n250 PIPELINING"])
@pytest.mark.parametrize("says", [{"MAIL": "251 OK"}, {"RCPT": "252 will try"}, {"text": "251 taken"}], ids=str)
def test_any_answer_of_the_200s_is_agreement(road: Road, says: dict[str, str], extensions: str) -> None:
    due(road)

    with serving({"EHLO": extensions, **says}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert states() == {ADA: State.SENT}
    assert [bool(text) for text in server.texts] == [True]


@pytest.mark.parametrize("answer", ["what?", "354 go on"])
def test_an_answer_to_the_text_that_is_none_leaves_open_whether_it_was_taken(road: Road, answer: str) -> None:
    due(road)

    with serving({"text": answer}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert states() == {ADA: State.HELD}


def test_a_server_that_hangs_up_on_the_text_may_have_taken_it(road: Road) -> None:
    due(road)

    with serving({"text": HANG_UP}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)
        road.wait(minutes=30)
        road.work(work.deliver)

    assert states() == {ADA: State.HELD}
    assert len(server.texts) == 1
    assert not Suppression.objects.exists()


def test_after_a_text_of_unknown_fate_the_others_are_sent_by_the_next_run(road: Road) -> None:
    due(road, ADA, "bea@example.com", "cleo@example.com")

    with serving({"text": HANG_UP}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)
        server.says["text"] = "250 taken"
        road.wait(minutes=2)
        road.work(work.deliver)

    assert sorted(states().values()) == [State.HELD, State.SENT, State.SENT]
    assert len(server.texts) == 3


def test_a_server_that_can_not_be_reached_costs_no_mail_an_attempt(road: Road) -> None:
    due(road)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        road.set(smtp_port=str(closed.getsockname()[1]))

        for _ in range(10):
            road.work(work.deliver)
            road.wait(minutes=1)

    assert Message.objects.get().attempts == 0
    road.set(smtp_port=str(road.sink.port))
    assert len(road.work(work.deliver)) == 1


def test_a_log_in_that_is_refused_leaves_the_mails_waiting(road: Road) -> None:
    due(road)

    with serving({"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 bad credentials"}) as server:
        road.set(smtp_port=str(server.port), smtp_user="shop", smtp_password="wrong")
        road.work(work.deliver)

    assert states() == {ADA: State.QUEUED}
    assert server.count("MAIL") == 0


def test_a_batch_goes_over_one_connection(road: Road) -> None:
    due(road, *(f"customer{n}@example.com" for n in range(20)))

    with serving() as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert (server.connections, len(server.texts)) == (1, 20)
    assert server.count("QUIT") == 1


def test_the_text_arrives_byte_for_byte(road: Road) -> None:
    road.set(storefront_url="https://shop.example.com", sender_name=".dots.")
    (shirt,) = road.make_product(".\n..hidden\n.")
    road.cart(shirt)
    road.work(work.process_inbox)
    road.wait(hours=5)

    with serving() as server:
        road.set(smtp_port=str(server.port))
        road.work(work.decide, work.deliver)

    (text,) = server.texts
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert b"\r" not in text.replace(b"\r\n", b"")
    assert all(line.startswith(b"..") for line in text.split(b"\r\n") if line.startswith(b"."))
    assert max(len(line) for line in text.split(b"\r\n")) <= 998


def test_a_customer_with_a_domain_in_another_script_is_written_to(road: Road) -> None:
    due(road, "ada@bücher.example")

    road.work(work.deliver)

    assert road.sink.recipients == ["ada@xn--bcher-kva.example"]


def test_an_address_that_can_not_be_sent_to_does_not_hold_up_the_others(road: Road) -> None:
    due(road, ADA, "bea@example.com")
    message = Message.objects.get(recipient=ADA)
    settings = config.parse(road.shop.configuration())
    mail = compose(message, render(message.template, "en", message.content), road.shop, settings)
    with smtp.connect(settings) as connection:
        mail.to = ["\u00e4da@example.com"]
        refused = connection.send(mail)
        mail.to = [ADA]
        taken = connection.send(mail)

    assert (refused[0], taken[0]) == (Fate.REFUSED, Fate.SENT)


@pytest.mark.parametrize(
    ("says", "words"),
    [({}, ""), ({"connect": "554 no"}, "554"), ({"AUTH": "535 5.7.8 bad"}, "535"), ({"EHLO": HANG_UP}, "hung up")],
)
def test_the_owner_is_told_what_the_server_says_while_saving(says: dict[str, str], words: str) -> None:
    with serving({"EHLO": "250-here\r\n250 AUTH PLAIN", **says}) as server:
        trouble = smtp.probe(settings_for(server.port))

    assert words in trouble
    assert bool(trouble) == bool(words)


def test_a_server_that_does_not_encrypt_is_not_used_where_the_owner_asked_for_it() -> None:
    with serving() as server:
        trouble = smtp.probe(settings_for(server.port, smtp_starttls=True))

    assert "offers no TLS" in trouble
    assert server.count("MAIL") == server.count("AUTH") == 0


@pytest.mark.parametrize("host", ["a" * 63 + "." + "b" * 63, "no-such-host.invalid"])
def test_a_host_that_is_none_is_trouble_and_no_crash(host: str) -> None:
    assert smtp.probe(settings_for(25, smtp_host=host))


@pytest.mark.parametrize(
    ("backend", "host", "possible"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", "localhost", True),
        ("django.core.mail.backends.smtp.EmailBackend", "", False),
        ("django.core.mail.backends.console.EmailBackend", "localhost", False),
        ("django.core.mail.backends.dummy.EmailBackend", "localhost", False),
        ("anymail.backends.mailgun.EmailBackend", "", True),
    ],
)
def test_it_is_known_whether_the_shop_itself_can_send(
    settings: object, backend: str, host: str, possible: bool
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = backend, host  # type: ignore[attr-defined]

    assert smtp.can_send(config.parse({})) is possible
    assert smtp.can_send(config.parse({"smtp_host": "smtp.example.com"}))


def test_the_shops_own_way_of_sending_is_used_where_the_owner_names_no_server(road: Road, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", road.sink.port  # type: ignore[attr-defined]
    road.set(smtp_host="")
    due(road)

    assert len(road.work(work.deliver)) == 1
    assert states() == {ADA: State.SENT}


class Moody(BaseEmailBackend):
    """A provider's backend that does what the test says."""

    says: ClassVar[list[int | Exception]] = []

    def send_messages(self, mails: Sequence[EmailMessage]) -> int:
        answer = self.says.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answer", "state"), [(1, State.SENT), (0, State.QUEUED), (RuntimeError(f"no idea about {ADA}"), State.HELD)]
)
def test_a_providers_backend_that_raises_may_have_sent(
    road: Road, settings: object, answer: int | Exception, state: str
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Moody"  # type: ignore[attr-defined]
    Moody.says[:] = [answer]
    road.set(smtp_host="")
    due(road)

    road.work(work.deliver)

    message = Message.objects.get()
    assert message.state == state
    assert ADA not in message.error


def test_nothing_that_is_logged_names_a_person(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    due(road)

    with serving({"MAIL": f"550 5.7.1 not to {ADA}"}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("saleor_crm_plugin")]
    assert ours
    assert ADA not in " ".join(ours)


def settings_for(port: int, **raw: object) -> config.Settings:
    return config.parse(
        {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(port),
            "smtp_starttls": False,
            "smtp_user": "shop",
            "smtp_password": "secret",
            **raw,
        }
    )
