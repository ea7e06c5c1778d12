"""How mails leave: over how many connections, how fast, and what happens while the mail server does not take them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from saleor_crm_plugin import config, work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails import outbox, send, server, verdict
from saleor_crm_plugin.emails.models import MailServer, Message
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of
from tests.emails.scripted import HANG_UP, serving
from tests.emails.test_smtp import ADA, due, states
from tests.road import NOON, Road

State = Message.State
TWO_CHUNKS = [f"customer{number}@example.com" for number in range(2 * send.CHUNK)]


def test_where_there_is_much_to_send_connections_work_side_by_side(road: Road) -> None:
    due(road, *TWO_CHUNKS)

    with serving() as server:
        road.set(smtp_port=str(server.port), sending_connections="2")
        road.work(work.deliver)

    assert server.connections == 2
    assert len(server.texts) == len(TWO_CHUNKS)
    assert set(states().values()) == {State.SENT}


def test_no_more_connections_are_opened_than_the_owner_allows(road: Road) -> None:
    due(road, *TWO_CHUNKS)

    with serving() as server:
        road.set(smtp_port=str(server.port), sending_connections="1")
        road.work(work.deliver)

    assert server.connections == 1


def test_a_server_that_allows_only_one_connection_gets_all_mails_over_that(road: Road) -> None:
    due(road, *TWO_CHUNKS)

    with serving(most_connections=1) as server:
        road.set(smtp_port=str(server.port), sending_connections="4")
        road.work(work.deliver)

    assert set(states().values()) == {State.SENT}
    assert len(server.texts) == len(TWO_CHUNKS)


def test_a_connection_is_renewed_after_as_many_mails_as_the_owner_says(road: Road) -> None:
    due(road, *TWO_CHUNKS[:10])

    with serving() as server:
        road.set(smtp_port=str(server.port), sending_renew_after="4")
        road.work(work.deliver)

    assert (server.connections, len(server.texts)) == (3, 10)
    assert set(states().values()) == {State.SENT}


def test_a_server_that_hangs_up_after_each_mail_gets_the_next_over_a_new_connection(road: Road) -> None:
    due(road, *TWO_CHUNKS[:5])

    with serving({"text": f"250 taken{HANG_UP}"}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert (server.connections, len(server.texts)) == (5, 5)
    assert set(states().values()) == {State.SENT}


def test_a_server_that_takes_commands_together_gets_them_so(road: Road) -> None:
    due(road, ADA, "bea@example.com")

    with serving({"EHLO": "250-here\r\n250 PIPELINING"}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert [command.split(":")[0] for command in server.commands[1:7]] == ["MAIL FROM", "RCPT TO", "DATA"] * 2
    assert set(states().values()) == {State.SENT}


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ({"RCPT": "550 5.1.1 no such user", "DATA": "554 no valid recipients"}, State.FAILED),
        ({"RCPT": "550 5.1.1 no such user"}, State.FAILED),  # and waits for a text to nobody
        ({"RCPT": "451 4.7.1 greylisted", "DATA": "503 no recipients"}, State.QUEUED),
        ({"MAIL": "451 4.3.0 not now", "RCPT": "503 no sender", "DATA": "503 no sender"}, State.QUEUED),
    ],
    ids=str,
)
def test_what_is_refused_among_commands_that_went_together_is_refused(
    road: Road, says: dict[str, str], state: str
) -> None:
    due(road)

    with serving({"EHLO": "250-here\r\n250 PIPELINING", **says}) as server:
        road.set(smtp_port=str(server.port))
        road.work(work.deliver)

    assert set(states().values()) == {state}
    assert b"".join(server.texts) == b""


def test_a_server_that_takes_seven_bits_only_gets_no_more(road: Road) -> None:
    (shirt,) = road.make_product("Größe M")
    road.cart(shirt, language="de")
    road.work(work.process_inbox)
    road.wait(hours=5)

    with serving() as server:
        road.set(smtp_port=str(server.port))
        road.work(work.decide, work.deliver)

    assert server.texts[0].isascii()


def test_mails_leave_no_faster_than_the_owner_allows(road: Road) -> None:
    due(road, *TWO_CHUNKS[:6])
    road.set(sending_rate="20 / s")
    moments: list[float] = []
    road.sink.on_data = lambda mail: moments.append(time.perf_counter())

    road.work(work.deliver)

    assert len(moments) == 6
    assert moments[-1] - moments[0] > 5 * 0.05 * 0.8


def settings_of(road: Road) -> config.Settings:
    return config.parse(road.shop.configuration())


def test_workers_share_what_the_owner_allows(road: Road) -> None:
    road.set(sending_rate="100 / s")
    settings = settings_of(road)

    def places(_: int) -> list[float]:
        try:
            found = [server.pace(settings, 10, NOON, NOON + timedelta(hours=1)) for _ in range(20)]
        finally:
            connection.close()
        return [(place - NOON).total_seconds() for place in found if place]

    with ThreadPoolExecutor(2) as pool:
        taken = sorted(place for worker in pool.map(places, range(2)) for place in worker)

    assert taken == pytest.approx([number * 0.1 for number in range(40)])


def test_a_place_that_comes_too_late_is_not_taken(road: Road) -> None:
    road.set(sending_rate="1 / h")
    settings, until = settings_of(road), NOON + timedelta(seconds=25)

    places = [server.pace(settings, 1, now, until) for now in (NOON, NOON, NOON)]

    assert places == [NOON, None, None]


def test_whether_a_mail_must_be_said_is_asked_again_after_a_long_wait_for_its_place(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(road)
    road.set(sending_rate="200 / h")
    server.pace(settings_of(road), 1, road.now, road.now)  # another's place; the next comes after 18 s

    def sleep(seconds: float) -> None:
        road.wait(seconds=seconds)
        suppress(ADA, Suppression.Reason.UNSUBSCRIBED, road.now)

    monkeypatch.setattr(send, "sleep", sleep)

    assert road.work(work.deliver) == []
    assert not Message.objects.exists()


def test_a_run_without_a_place_left_ends_before_it_makes_any_mail(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    due(road, *TWO_CHUNKS[:5])
    Message.objects.update(template="no_such_mail")  # would be held
    road.set(sending_rate="100 / h", sending_connections="1")
    settings, until = settings_of(road), road.now + work.BUDGET
    server.pace(settings, 1, road.now, road.now)  # another's place; the next comes after 36 s
    monkeypatch.setattr(send, "BATCH", 2)
    monkeypatch.setattr(send, "CHUNK", 1)
    asked: list[int] = []

    def wanted(messages: Sequence[Message]) -> set[UUID]:
        asked.append(len(messages))
        return {message.pk for message in messages}

    done = send.deliver(road.shop, settings, wanted, work.now, until)

    assert (done, asked) == (0, [2])
    assert set(states().values()) == {State.QUEUED}


def test_a_server_that_fails_again_and_again_is_left_alone_for_ever_longer(road: Road) -> None:
    due(road)
    waits = []
    with serving({"connect": "554 go away"}) as gone:
        road.set(smtp_port=str(gone.port))
        for _ in range(6):
            road.work(work.deliver)
            known = MailServer.objects.get()
            waits.append((known.rests_until or road.now) - road.now)
            before = gone.connections
            road.work(work.deliver) if known.rests_until else None
            assert gone.connections == before
            road.wait(seconds=waits[-1].total_seconds())

    assert waits == [timedelta(minutes=minutes) for minutes in (0, 0, 1, 2, 4, 8)]
    assert Message.objects.get().attempts == 0


def test_after_a_pause_one_worker_tries_and_the_others_rest_on(road: Road) -> None:
    settings = settings_of(road)
    for _ in range(server.FAILURES):
        server.failed(settings, "gone", road.now)
    road.wait(minutes=1)

    def ask(_: int) -> bool:
        try:
            return server.may_try(settings, road.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [False, False, False, True]


def test_a_try_that_had_nothing_to_hand_over_leaves_the_next_run_to_try(road: Road) -> None:
    due(road)
    for _ in range(server.FAILURES):
        server.failed(settings_of(road), "gone", road.now)
    road.wait(minutes=1)
    Message.objects.update(next_attempt_at=road.now + timedelta(minutes=1))

    road.work(work.deliver)
    road.wait(minutes=1)

    assert len(road.work(work.deliver)) == 1


def test_a_worker_without_mails_does_not_end_a_rest_that_began_meanwhile(road: Road) -> None:
    settings = settings_of(road)

    def others_fail() -> int:
        for _ in range(server.FAILURES):
            server.failed(settings, "gone", road.now)
        return 0

    send.deliver(road.shop, settings, lambda mails: set(), work.now, road.now + work.BUDGET, refill=others_fail)

    assert not server.may_try(settings, road.now)


def test_a_server_that_works_again_is_used_as_before(road: Road) -> None:
    due(road, ADA, "bea@example.com")
    settings = settings_of(road)
    for _ in range(server.FAILURES):
        server.failed(settings, "gone", road.now)

    assert road.work(work.deliver) == []
    road.wait(minutes=1)
    assert len(road.work(work.deliver)) == 2

    known = MailServer.objects.get()
    assert (known.failures, known.rests_until, known.error) == (0, None, "")


def test_an_owner_who_names_another_server_does_not_wait_for_the_first(road: Road) -> None:
    due(road)
    for _ in range(server.FAILURES):
        server.failed(settings_of(road), "gone", road.now)

    with serving() as other:
        road.set(smtp_port=str(other.port))
        road.work(work.deliver)

    assert states() == {ADA: State.SENT}


def test_a_server_that_takes_no_mail_of_many_is_left_alone(road: Road) -> None:
    due(road, *TWO_CHUNKS)
    road.set(sending_connections="1")
    road.sink.on_recipient = lambda address: "451 4.7.0 too much mail from you"

    road.work(work.deliver)

    assert MailServer.objects.get().failures == 1
    tried = Message.objects.exclude(attempts=0).count()
    assert verdict.IN_A_ROW <= tried <= 2 * send.CHUNK


def test_what_nobody_needs_any_more_is_dropped_while_the_server_rests(road: Road) -> None:
    due(road)
    cart = Message.objects.get().subject_id
    with serving({"connect": "554 go away"}) as gone:
        road.set(smtp_port=str(gone.port))
        for _ in range(server.FAILURES):
            road.work(work.deliver)
        MailServer.objects.update(rests_until=road.now + timedelta(days=30))
        road.wait(days=2)
        before = gone.connections
        road.work(work.deliver)

    assert gone.connections == before
    assert not Message.objects.exists()
    assert road.reasons(cart)[-1] == ("withdrawn", "too_late")


def test_the_owner_is_told_that_the_server_rests_and_why(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(server.FAILURES):
        server.failed(settings_of(road), "535 5.7.8 bad credentials", road.now)

    call_command("crm", "outbox")

    told = capsys.readouterr().out
    assert "535 5.7.8 bad credentials" in told
    assert "2026-03-02 12:01 UTC" in told


def test_mails_in_hand_when_the_server_goes_away_wait_as_they_were(road: Road) -> None:
    due(road, *TWO_CHUNKS)
    taken: list[str] = []

    def until_the_fifth(address: str) -> str | None:
        taken.append(address)
        return "421 4.3.2 shutting down" if len(taken) > 5 else None

    road.sink.on_recipient = until_the_fifth
    road.set(sending_connections="1")

    road.work(work.deliver)

    counted = Counter(states().values())
    assert counted == {State.SENT: 5, State.QUEUED: len(TWO_CHUNKS) - 5}
    assert not Message.objects.filter(state=State.QUEUED).exclude(reserved_by=None).exists()
    assert Message.objects.filter(state=State.QUEUED, attempts__gt=0).count() <= 1


def test_a_worker_that_lost_its_lease_marks_nothing(road: Road) -> None:
    due(road, ADA, "bea@example.com")
    ours, others = Message.objects.values_list("pk", flat=True)
    Message.objects.filter(pk=ours).update(reserved_by=ours, reserved_until=road.now + timedelta(minutes=1))
    Message.objects.filter(pk=others).update(reserved_by=others, reserved_until=road.now + timedelta(minutes=1))

    assert outbox.begin([ours, others], ours, road.now) == {ours}
    assert outbox.begin([ours], ours, road.now) == set()
    assert outbox.begin([others], others, road.now + timedelta(minutes=2)) == set()


@pytest.mark.parametrize(
    "give_up",
    [
        lambda mail, now: outbox.hold(mail, "no such template"),
        lambda mail, now: outbox.refused(mail, "550 no"),
        lambda mail, now: outbox.postpone(mail, "451 later", now),
        lambda mail, now: outbox.put_off(mail, "the shop fails", now),
    ],
    ids=["hold", "refused", "postpone", "put_off"],
)
def test_a_worker_that_lost_its_lease_leaves_alone_what_another_hands_over(
    road: Road, give_up: Callable[[Message, datetime], None]
) -> None:
    due(road)
    (mail,) = outbox.reserve(uuid4(), road.now, 10)
    road.wait(seconds=outbox.LEASE.total_seconds())
    other = uuid4()
    outbox.reserve(other, road.now, 10)
    outbox.begin([mail.pk], other, road.now)

    give_up(mail, road.now)

    assert states() == {ADA: State.SENDING}
    assert outbox.reserve(uuid4(), road.now + timedelta(hours=1), 10) == []


def test_a_mail_that_was_held_as_lost_is_sent_once_the_server_says_so(road: Road) -> None:
    due(road)
    worker = uuid4()
    (mail,) = outbox.reserve(worker, road.now, 10)
    outbox.begin([mail.pk], worker, road.now)
    road.wait(seconds=outbox.LOST_AFTER.total_seconds())
    assert outbox.hold_lost(road.now) == 1

    outbox.sent([mail.pk], road.now)

    message = Message.objects.get()
    assert (message.state, message.sent_at, message.error) == (State.SENT, road.now, "")


def test_a_mail_that_can_never_be_looked_at_is_tried_ever_more_rarely_until_it_is_too_old(road: Road) -> None:
    due(road)
    settings, waits = settings_of(road), []

    def broken(messages: Sequence[Message]) -> set[UUID]:
        raise ArithmeticError("0 shirts")

    while (mail := Message.objects.get()).state == State.QUEUED and len(waits) < 300:
        waits.append((mail.next_attempt_at - road.now) / timedelta(minutes=1))
        road.wait(seconds=(mail.next_attempt_at - road.now).total_seconds())
        send.deliver(road.shop, settings, broken, work.now, road.now + work.BUDGET)

    assert waits[:9] == [0, 1, 1, 2, 4, 8, 16, 30, 30]
    assert mail.state == State.FAILED
    assert timedelta(0) <= road.now - mail.expires_at < outbox.LATEST_LOOK


def test_two_workers_at_once_send_each_mail_once(road: Road) -> None:
    emails = [f"customer{number}@example.com" for number in range(70)]
    due(road, *emails)

    def run(_: int) -> None:
        try:
            work.deliver(road.shop)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))

    assert sorted(road.sink.recipients) == sorted(emails)
    assert set(states().values()) == {State.SENT}


@pytest.fixture
def polish(road: Road) -> Road:
    road.set(
        reply_to="help@example.com",
        sending_senders="poland = Poranek <czesc@example.pl>, pomoc@example.pl\neu = <eu@example.com>",
    )
    return road


@pytest.mark.parametrize(
    ("channel", "name", "address", "answers"),
    [
        ("poland", "Poranek", "czesc@example.pl", "pomoc@example.pl"),
        ("eu", "Morgentau", "eu@example.com", "help@example.com"),
        ("elsewhere", "Morgentau", "hello@news.example.com", "help@example.com"),
    ],
)
def test_a_channel_has_a_sender_of_its_own(polish: Road, channel: str, name: str, address: str, answers: str) -> None:
    due(polish)
    Message.objects.update(channel=channel)

    (mail,) = polish.work(work.deliver)

    assert parseaddr(mail["From"]) == (name, address)
    assert mail["Reply-To"] == answers
    assert mail["Message-ID"].strip("<>").endswith(address.partition("@")[2])
    assert mail["Feedback-ID"] == f"abandoned_cart:step1:crm:{address.partition('@')[2]}"


def test_a_channels_sender_stands_in_the_mail_too(polish: Road) -> None:
    polish.set(sending_senders="eu = Poranek <czesc@example.pl>")
    due(polish)

    (mail,) = polish.work(work.deliver)

    assert "Poranek · czesc@example.pl" in html_of(mail)


def test_a_mail_in_a_chunk_that_can_not_be_made_is_held_and_the_others_leave(road: Road) -> None:
    due(road, *TWO_CHUNKS[:5])
    broken = Message.objects.order_by("pk")[2]
    Message.objects.filter(pk=broken.pk).update(template="no_such_mail")

    mails = road.work(work.deliver)

    assert len(mails) == 4
    assert Message.objects.get(pk=broken.pk).state == State.HELD


def test_rates_are_read_in_the_units_that_servers_are_sold_in() -> None:
    read = [config.parse({"sending_rate": typed}).sending.rate for typed in ("14", "14 / s", "120/min", "500 per hour")]

    assert read == [
        timedelta(seconds=1) / 14,
        timedelta(seconds=1) / 14,
        timedelta(seconds=0.5),
        timedelta(seconds=7.2),
    ]
