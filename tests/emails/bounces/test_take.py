"""What follows from reports: of mails that we sent, to whom we sent them, and from nothing else."""

from datetime import timedelta
from time import process_time
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.preferences import newsletter
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.emails.bounces import dsn
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.bounces.take import Report, take
from saleor_crm_plugin.emails.models import Message
from tests.emails.bounces.reports import bounce, complaint
from tests.emails.test_unsubscribe import order_of
from tests.road import NOON

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
DAY = timedelta(days=1)
Kind, Reason, State = Bounce.Kind, Suppression.Reason, Message.State


def mail(n: int = 0, state: State = State.SENT, recipient: str = ADA) -> UUID:
    ada, _ = Contact.objects.get_or_create(email=ADA, defaults={"created_at": NOON, "consented": True})
    made = Message.objects.create(
        flow="abandoned_cart", subject_id=str(n), step=0, contact=ada, recipient=recipient, content={}, state=state,
        created_at=NOON, next_attempt_at=NOON, expires_at=NOON,
    )  # fmt: skip
    return made.pk


def soft(message_id: UUID | None, **values: object) -> Report:
    return Report(Kind.SOFT, ADA, message_id, **values)  # type: ignore[arg-type]


def test_a_missing_mailbox_ends_it_at_once() -> None:
    assert take(dsn.read(bounce(mail())), 5, NOON) == 1
    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}


def test_a_report_of_many_words_is_taken_quickly() -> None:
    # given
    reports = dsn.read(bounce(mail(), said="smtp; 550 5.1.1 " + "a" * 90_000))
    started = process_time()

    # when
    take(reports, 5, NOON)

    # then: it took minutes
    assert len(Bounce.objects.get().words) == 500
    assert process_time() - started < 1


def test_a_complaint_ends_it_at_once_and_the_consent_too() -> None:
    take(dsn.read(complaint(mail())), 5, NOON)

    assert suppressed([ADA]) == {ADA: Reason.COMPLAINT}
    assert not Contact.objects.get().consented


@pytest.mark.parametrize(
    "recipient", ["bob@example.com", "", "ada@example.com.evil.example", "x" * 400 + "@example.com"]
)
def test_a_report_about_somebody_else_than_the_mail_went_to_is_forged(recipient: str) -> None:
    take([Report(Kind.HARD, recipient, mail())], 5, NOON)

    assert not Suppression.objects.exists()
    assert not Bounce.objects.exists()


def test_a_report_of_a_mail_that_we_never_sent_is_forged() -> None:
    mail()
    take([Report(Kind.HARD, ADA, uuid4()), Report(Kind.COMPLAINT, ADA, None)], 5, NOON)

    assert not Suppression.objects.exists()


@pytest.mark.parametrize("state", [State.QUEUED, State.FAILED])
def test_a_mail_that_has_not_left_can_not_come_back(state: State) -> None:
    take([Report(Kind.HARD, ADA, mail(state=state))], 5, NOON)

    assert not Suppression.objects.exists()


def test_a_mail_whose_text_was_deleted_still_comes_back() -> None:
    take([Report(Kind.HARD, "Ada@Example.com", mail(recipient=""))], 5, NOON)

    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}


def test_refusals_end_it_after_so_many_mails() -> None:
    for n in range(2):
        take([soft(mail(n))], 3, NOON + n * DAY)
    assert suppressed([ADA]) == {}

    take([soft(mail(2))], 3, NOON + 3 * DAY)
    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}


def test_one_mail_that_is_reported_over_and_over_is_one() -> None:
    one = mail()
    take([soft(one, source=f"esp:{n}", vouched=True) for n in range(5)], 5, NOON)
    assert suppressed([ADA]) == {}


def test_reports_of_one_day_that_name_no_mail_may_be_about_the_same() -> None:
    take([soft(None, source=f"esp:{n}", vouched=True) for n in range(5)], 2, NOON)
    assert suppressed([ADA]) == {}

    take([soft(None, source="esp:5", vouched=True)], 2, NOON + DAY)
    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}


def test_the_contact_is_held_before_what_is_noted_of_its_address() -> None:
    report = complaint(mail())
    with CaptureQueriesContext(connection) as queries:
        take(dsn.read(report), 5, NOON)

    assert order_of(queries) == ["alone", "contact", "address"]


def test_a_complaint_of_who_unsubscribed_is_not_lifted_by_the_newsletter() -> None:
    suppress(ADA, Reason.UNSUBSCRIBED, NOON)
    take(dsn.read(complaint(mail())), 5, NOON + DAY)
    contact = Contact.objects.get()

    newsletter.confirm(newsletter.ask(contact, "eu", "de", NOON + DAY), contact, "ok", NOON + DAY)

    assert suppressed([ADA]) == {ADA: Reason.COMPLAINT}


def test_the_same_mail_told_again_is_one() -> None:
    one = mail()

    assert [take([soft(one)], 2, NOON), take([soft(one)], 2, NOON + DAY)] == [1, 0]
    assert suppressed([ADA]) == {}


def test_refusals_of_long_ago_do_not_count() -> None:
    take([soft(mail(0))], 2, NOON)
    take([soft(mail(1))], 2, NOON + 31 * DAY)

    assert suppressed([ADA]) == {}


def test_a_provider_is_believed_without_a_mail() -> None:
    Contact.objects.create(email=ADA, created_at=NOON, consented=True)
    take([Report(Kind.COMPLAINT, ADA, None, source="Postmark:1", vouched=True)], 5, NOON)

    assert suppressed([ADA]) == {ADA: Reason.COMPLAINT}
    assert not Contact.objects.get().consented


def test_no_address_is_kept_with_a_report() -> None:
    take([Report(Kind.HARD, ADA, mail(), words="550 <ada@example.com> unknown")], 5, NOON)

    stored = Bounce.objects.values().get()
    assert "ada" not in str(stored)
    assert "unknown" in stored["words"]


def test_reports_go_with_the_person() -> None:
    take([Report(Kind.HARD, ADA, mail())], 5, NOON)
    Contact.objects.get().delete()

    assert not Bounce.objects.exists()


@pytest.mark.parametrize(
    ("kind", "reason"), [(Kind.COMPLAINT, Reason.COMPLAINT), (Kind.UNSUBSCRIBE, Reason.UNSUBSCRIBED)]
)
def test_what_somebody_says_of_a_mail_to_an_old_address_holds_at_the_new_one(kind: Kind, reason: Reason) -> None:
    one = mail(recipient=ADA)
    Contact.objects.update(email="ada@new.example.com")

    take([Report(kind, ADA, one, source="esp:1", vouched=True)], 5, NOON)

    assert suppressed([ADA, "ada@new.example.com"]) == {ADA: reason, "ada@new.example.com": reason}
    assert not Contact.objects.get().consented


def test_an_old_mailbox_that_is_missing_says_nothing_of_the_new_one() -> None:
    one = mail(recipient=ADA)
    Contact.objects.update(email="ada@new.example.com")

    take([Report(Kind.HARD, ADA, one)], 5, NOON)

    assert suppressed([ADA, "ada@new.example.com"]) == {ADA: Reason.HARD_BOUNCE}
    assert Contact.objects.get().consented
