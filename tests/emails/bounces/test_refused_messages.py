"""Messages that the server of the mailbox does not give out: for a while, or never."""

import logging

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.bounces.mailbox import PATIENCE
from saleor_crm_plugin.emails.bounces.models import BounceBox
from tests.emails.bounces.imap_server import Mailbox
from tests.emails.bounces.test_mailbox import HARD, box, came_back, reading
from tests.emails.tracking.mailing import ADA, mail_to_ada
from tests.road import Road

__all__ = ["box", "reading"]  # fixtures
LATER = "NO [UNAVAILABLE] try again later"
HELLO = b"Subject: Hello\n\n"
refusals = pytest.mark.parametrize("refusal", [LATER, "BAD what?"], ids=["no", "bad"])


def deliver(box: Mailbox, *mails: bytes) -> None:
    for mail in mails:
        box.deliver(mail)


def read(reading: Road, times: int = 1) -> None:
    for _ in range(times):
        reading.work(work.read_bounces)


@refusals
def test_what_is_not_given_out_for_a_while_is_read_later(reading: Road, box: Mailbox, refusal: str) -> None:
    # given
    deliver(box, came_back(mail_to_ada(reading)), HELLO)
    box.refused[1] = refusal
    read(reading, PATIENCE)

    # when
    box.refused.clear()
    read(reading)

    # then
    assert suppressed([ADA]) == HARD


@refusals
def test_what_is_never_given_out_holds_up_others_for_a_while_only(reading: Road, box: Mailbox, refusal: str) -> None:
    # given
    deliver(box, HELLO, came_back(mail_to_ada(reading)))
    box.refused[1] = refusal

    # when
    read(reading, PATIENCE)
    before = suppressed([ADA])
    read(reading, 2)

    # then
    assert (before, suppressed([ADA])) == ({}, HARD)


def test_a_message_at_which_the_server_always_hangs_up_holds_up_others_for_a_while_only(
    reading: Road, box: Mailbox
) -> None:
    deliver(box, HELLO, came_back(mail_to_ada(reading)))
    box.hangs_up_at = 1

    read(reading, PATIENCE + 2)

    assert suppressed([ADA]) == HARD


def test_several_that_are_never_given_out_hold_up_others_for_a_while_only(reading: Road, box: Mailbox) -> None:
    deliver(box, HELLO, HELLO, came_back(mail_to_ada(reading)))
    box.refused.update({1: LATER, 2: LATER})

    read(reading, 2 * (PATIENCE + 1) + 1)

    assert suppressed([ADA]) == HARD


def test_what_is_skipped_is_told_of_by_its_number_alone(
    reading: Road, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    deliver(box, HELLO, HELLO)
    box.refused[1] = LATER

    # when
    read(reading, PATIENCE + 2)

    # then
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert [text for text in told if "skipped" in text] == [
        "CRM: the mailbox of bounces never gives out message 1: it is skipped"
    ]


def test_while_the_server_gives_out_nothing_nothing_is_skipped(reading: Road, box: Mailbox) -> None:
    # given
    deliver(box, came_back(mail_to_ada(reading)), HELLO)
    box.refused.update({1: LATER, 2: LATER})
    read(reading, PATIENCE + 3)

    # when
    box.refused.clear()
    read(reading)

    # then
    assert suppressed([ADA]) == HARD


def test_a_message_that_is_read_at_last_makes_no_other_be_skipped_sooner(reading: Road, box: Mailbox) -> None:
    # given
    deliver(box, HELLO, came_back(mail_to_ada(reading)), HELLO)
    box.refused[1] = LATER
    read(reading, PATIENCE)

    # when
    box.refused = {2: LATER}
    read(reading, 2)

    # then
    assert (BounceBox.objects.get().uid, BounceBox.objects.get().refusals) == (1, 2)


def test_a_message_that_was_deleted_meanwhile_is_passed_over(reading: Road, box: Mailbox) -> None:
    deliver(box, HELLO, came_back(mail_to_ada(reading)))
    box.refused[1] = "OK done"

    read(reading)

    assert suppressed([ADA]) == HARD
