"""The mailbox of bounces, read over a real connection."""

import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.choice import Evidence, Frequency, choose, chosen
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.bounces.models import Bounce, BounceBox
from saleor_crm_plugin.emails.models import Message
from tests.emails.bounces.imap_server import Mailbox, listening
from tests.emails.bounces.reports import bounce
from tests.emails.tracking.mailing import ADA, mail_to_ada
from tests.road import NOON, Road
from tests.test_crm_command import crm

HARD = {ADA: Suppression.Reason.HARD_BOUNCE}


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with listening() as mailbox:
        yield mailbox


@pytest.fixture
def reading(road: Road, box: Mailbox) -> Road:
    """A shop that reads the mailbox."""
    road.set(bounce_host="127.0.0.1", bounce_port=str(box.port), bounce_user="hello", bounce_password="secret")
    road.set(bounce_ssl=False)
    return road


def came_back(mail: EmailMessage) -> bytes:
    """A report of a mail that really went out."""
    return bounce(str(mail["Message-ID"]).strip("<>").partition("@")[0])


def test_a_mail_that_came_back_ends_the_writing(reading: Road, box: Mailbox) -> None:
    box.deliver(b"Subject: Where is my parcel?\n\nHello")
    box.deliver(came_back(mail_to_ada(reading)))

    reading.work(work.read_bounces)

    assert suppressed([ADA]) == HARD
    assert Bounce.objects.get().message == Message.objects.get()


def leaves_by_mail(mail: EmailMessage) -> str:
    """The subject that a mail program sends to the address in the mail's header."""
    (mailto,) = re.findall(r"<mailto:([^>]*)>", str(mail["List-Unsubscribe"]))
    address, _, subject = mailto.partition("?subject=")
    assert address == "stop@example.com"
    return unquote(subject)


@pytest.mark.parametrize(
    "spelled",
    [
        str,
        lambda subject: f"RE: {subject}",
        lambda subject: f"{subject[:60]}\r\n {subject[60:]}",
        lambda subject: f"=?utf-8?B?{b64encode(subject.encode()).decode()}?=",
    ],
    ids=["as it is", "an answer", "folded", "encoded"],
)
def test_who_unsubscribes_by_mail_is_unsubscribed_from_whatever_address(
    reading: Road, box: Mailbox, spelled: Callable[[str], str]
) -> None:
    # given
    reading.set(unsubscribe_address="stop@example.com")
    subject = spelled(leaves_by_mail(mail_to_ada(reading)))

    # when
    box.deliver(f"From: ada@work.example\r\nTo: stop@example.com\r\nSubject: {subject}\r\n\r\n".encode())
    reading.work(work.read_bounces)

    # then
    assert suppressed([ADA]) == {ADA: Suppression.Reason.UNSUBSCRIBED}
    assert not Contact.objects.get(email=ADA).consented


def test_nobody_is_unsubscribed_by_a_subject_that_is_not_signed(reading: Road, box: Mailbox) -> None:
    # given
    reading.set(unsubscribe_address="stop@example.com")
    subject = leaves_by_mail(mail_to_ada(reading))
    forged = subject[:20] + ("A" if subject[20] != "A" else "B") + subject[21:]

    # when
    for said in ("unsubscribe", forged, "unsubscribe " + "A" * 111, "Re: Your cart"):
        box.deliver(f"From: {ADA}\nSubject: {said}\n\nunsubscribe".encode())
    reading.work(work.read_bounces)

    # then
    assert suppressed([ADA]) == {}


def agrees_again(road: Road) -> None:
    """Ada chooses on her page to get mail again."""
    contact = Contact.objects.get(email=ADA)
    said = replace(chosen(contact), frequency=Frequency.ALL)
    choose(contact, said, Evidence(ConsentRecord.Source.PREFERENCES, "page", "I agree"), road.now)


def leaving(road: Road, **headers: datetime | str) -> bytes:
    """A mail by which Ada, who got a mail, unsubscribes."""
    road.set(unsubscribe_address="stop@example.com")
    subject = leaves_by_mail(mail_to_ada(road))
    told = [f"{name}: {at if isinstance(at, str) else format_datetime(at)}" for name, at in headers.items()]
    return "\r\n".join([*told, "From: ada@work.example", f"Subject: {subject}", "", ""]).encode()


def test_a_mailbox_that_is_read_anew_ends_no_consent_that_was_given_since(reading: Road, box: Mailbox) -> None:
    # given
    box.deliver(leaving(reading, Date=reading.now + timedelta(hours=6)))
    reading.wait(hours=12)
    reading.work(work.read_bounces)
    before = suppressed([ADA])
    reading.wait(days=1)
    agrees_again(reading)

    # when
    box.validity = 2
    reading.wait(days=1)
    reading.work(work.read_bounces)

    # then
    assert before == {ADA: Suppression.Reason.UNSUBSCRIBED}
    assert suppressed([ADA]) == {}
    assert Contact.objects.get(email=ADA).consented


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Date": "yesterday"},
        {"Date": NOON + timedelta(days=3)},
        {"Date": NOON + timedelta(days=900)},  # no clock that goes right
        {"Date": NOON - timedelta(days=900)},
        {
            "Received": f"by mx.example.com; {format_datetime(NOON + timedelta(days=3))}",
            "Date": NOON + timedelta(days=1),
        },
    ],
    ids=["no date", "no real date", "later", "not yet", "before the mail", "a slow clock"],
)
def test_who_may_have_unsubscribed_after_agreeing_is_unsubscribed(
    reading: Road, box: Mailbox, headers: dict[str, datetime | str]
) -> None:
    # given
    box.deliver(leaving(reading, **headers))
    reading.wait(days=2)
    agrees_again(reading)

    # when
    reading.wait(days=2)
    reading.work(work.read_bounces)

    # then
    assert suppressed([ADA]) == {ADA: Suppression.Reason.UNSUBSCRIBED}
    assert not Contact.objects.get(email=ADA).consented


@pytest.mark.parametrize("source", [ConsentRecord.Source.IMPORT, ConsentRecord.Source.CHECKOUT])
def test_a_consent_that_was_only_read_since_is_none_that_the_customer_gave_since(
    reading: Road, box: Mailbox, source: ConsentRecord.Source
) -> None:
    # given
    box.deliver(leaving(reading, Date=reading.now + timedelta(hours=6)))
    reading.wait(days=2)
    consent.grant(Contact.objects.get(email=ADA), source, reading.now, "list.csv", "")

    # when
    reading.work(work.read_bounces)

    # then
    assert not Contact.objects.get(email=ADA).consented


def test_each_message_is_read_once(reading: Road, box: Mailbox) -> None:
    box.deliver(came_back(mail_to_ada(reading)))
    reading.work(work.read_bounces)
    box.commands.clear()
    reading.work(work.read_bounces)

    assert not [command for command in box.commands if "FETCH" in command]


def test_what_was_read_before_the_mailbox_hung_up_is_taken_and_not_read_again(reading: Road, box: Mailbox) -> None:
    # given
    box.deliver(came_back(mail_to_ada(reading)))
    box.deliver(b"Subject: Hello\n\n")
    box.hangs_up_at = 2

    # when
    reading.work(work.read_bounces)

    # then
    assert suppressed([ADA]) == HARD
    assert BounceBox.objects.get().uid == 1


def test_a_mailbox_that_was_made_anew_is_read_anew(reading: Road, box: Mailbox) -> None:
    mail = mail_to_ada(reading)
    box.deliver(b"Subject: old\n\n")
    reading.work(work.read_bounces)
    box.mails.clear()
    box.validity = 2
    box.deliver(came_back(mail))
    reading.work(work.read_bounces)

    assert suppressed([ADA]) == HARD


def test_nothing_in_the_mailbox_is_changed(reading: Road, box: Mailbox) -> None:
    box.deliver(b"Subject: Hello\n\n")
    reading.work(work.read_bounces)

    verbs = {command.split()[0] for command in box.commands}
    assert verbs <= {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}
    assert all("PEEK" in command for command in box.commands if "FETCH" in command)


@pytest.mark.parametrize(
    "wrong", [{"bounce_password": "wrong"}, {"bounce_folder": "Bounces"}, {"bounce_port": "9"}, {"bounce_ssl": True}]
)
def test_a_mailbox_that_can_not_be_read_is_told_of_and_holds_up_nothing(
    reading: Road, box: Mailbox, wrong: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    reading.set(**wrong)

    reading.work(work.read_bounces, work.decide)

    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "can't be read" in told[0].getMessage()
    assert "ada@" not in caplog.text


def test_the_command_takes_files_and_reads_the_mailbox(reading: Road, box: Mailbox, tmp_path: Path) -> None:
    raw = came_back(mail_to_ada(reading))
    (tmp_path / "x.eml").write_bytes(raw)
    box.deliver(raw)

    assert crm("bounces") == "Nothing came back.\n"
    assert "x.eml: 1 taken" in crm("bounces", "--file", str(tmp_path / "x.eml"))
    assert "1 messages read" in crm("bounces", "--read")
    assert crm("bounces").split() == ["1", "hard"]
    assert suppressed([ADA]) == HARD


def whole(report: bytes) -> bytes:
    """A report with all of the mail that came back, pictures and all."""
    return report.replace(b"\n\n--b1--", b"\n\n" + (b"y" * 70 + b"\n") * 2000 + b"\n--b1--")


def test_a_report_that_brings_the_whole_mail_is_read_from_the_mailbox(reading: Road, box: Mailbox) -> None:
    box.deliver(whole(came_back(mail_to_ada(reading))))

    reading.work(work.read_bounces)

    assert suppressed([ADA]) == HARD


def test_a_report_that_brings_the_whole_mail_is_read_from_a_file(reading: Road, tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(whole(came_back(mail_to_ada(reading))))

    assert "x.eml: 1 taken" in crm("bounces", "--file", str(tmp_path / "x.eml"))
    assert suppressed([ADA]) == HARD
