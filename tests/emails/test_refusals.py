"""A server that refuses a recipient: whether the mailbox is missing, or something else is wrong."""

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails import verdict
from saleor_crm_plugin.emails.bounces import dsn
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.models import MailServer, Message
from saleor_crm_plugin.emails.refusals import no_mailbox
from tests.emails.bounces.reports import bounce
from tests.emails.bounces.test_dsn import MAIL
from tests.emails.test_smtp import due, states
from tests.road import Road

MISSING = [
    "550 5.1.1 <ada@example.com>: no",
    "550 No such user here",
    "550 Unknown user",
    "550 User unknown in virtual mailbox table",
    "550 Requested action not taken: mailbox unavailable",
    "550 The email account that you tried to reach does not exist",
    "550 Invalid recipient",
    "553 sorry, no mailbox here by that name. (#5.1.1)",
    "551 Not a valid mailbox",
    "550 5.0.0 User unknown",
    "553 <ada@example.com>... 5.2.1 out of use",
    "550 5.2.1 The email account that you tried to reach is disabled. https://support.google.com/mail/?p=DisabledUser",
    "550-Requested action not taken: mailbox unavailable 550 For explanation visit https://postmaster.gmx.net/en/case",
    "550 No such user here, says mx.dns.example",
]
SOMETHING_ELSE = [
    "550 relay not permitted",
    "550 Sender verify failed",
    "550-Verification failed 550-No such user here 550 Sender verify failed",
    "550 Domain example.com has exceeded the max emails per hour (200/200 (100%)) allowed. Message discarded.",
    "550 blocked by policy, see https://example.com/spam",
    "550 Requested action not taken: mailbox unavailable. Reject due to policy restrictions",
    "550 Sending domain does not exist",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "553 No such user here (#5.7.1)",
    "550 Authentication is required for relay",
    "551 we do not relay",
    "550 no",
    "552 User unknown",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "550 5.2.1 The user you are trying to contact is receiving mail too quickly",
    "554 5.2.1 Message refused as spam",
    "550-Requested action not taken: mailbox unavailable 550 invalid DNS MX or A/AAAA resource record",
    "550 Requested action not taken: mailbox unavailable. No PTR record",
    "550 Invalid address: no MX record for your domain",
    "550 mailbox unavailable: DMARC",
]


@pytest.mark.parametrize("answer", MISSING)
def test_a_server_that_says_that_there_is_no_mailbox_is_understood(answer: str) -> None:
    assert no_mailbox(int(answer[:3]), answer[4:])
    assert dsn.read(bounce(MAIL, status="", said=f"smtp; {answer}"))[0].kind == Bounce.Kind.HARD


@pytest.mark.parametrize("answer", SOMETHING_ELSE)
def test_a_server_that_has_something_else_against_a_mail_says_nothing_of_the_mailbox(answer: str) -> None:
    assert not no_mailbox(int(answer[:3]), answer[4:])
    assert dsn.read(bounce(MAIL, status="5.0.0", said=f"smtp; {answer}"))[0].kind == Bounce.Kind.SOFT


def answering(road: Road, *answers: str | None) -> list[str]:
    """Mails that are answered so, one after another. Returns their addresses."""
    addresses = [f"customer{number}@example.com" for number in range(len(answers))]
    due(road, *addresses)
    road.set(sending_connections="1")
    rest = iter(answers)
    road.sink.on_recipient = lambda address: next(rest)
    return addresses


NO_USER = "550 5.1.1 no such user"


def test_missing_mailboxes_among_others_are_not_written_to_again(road: Road) -> None:
    addresses = answering(road, *([None] * 11), *([NO_USER] * 9))

    road.work(work.deliver)

    gone = set(states()) - {str(mail["To"]) for mail in road.sink.mails}
    assert len(gone) == 9
    assert suppressed(addresses) == dict.fromkeys(gone, Suppression.Reason.HARD_BOUNCE)
    assert not MailServer.objects.exists()


def test_a_server_that_knows_hardly_anybody_is_not_believed(road: Road) -> None:
    answering(road, *([None, NO_USER] * 10))

    road.work(work.deliver)

    assert Message.objects.filter(state=Message.State.FAILED).count() == 10
    assert not Suppression.objects.exists()


def test_a_server_that_knows_nobody_any_more_is_left_alone_and_not_believed(road: Road) -> None:
    answering(road, None, NO_USER, *([None] * 40), *([NO_USER] * 58))

    road.work(work.deliver)

    assert Suppression.objects.count() == 1  # the one before the server took others
    assert MailServer.objects.get().failures == 1
    assert Message.objects.filter(state=Message.State.QUEUED).exists()
    assert verdict.IN_A_ROW < Message.objects.filter(state=Message.State.FAILED).count() < 58
