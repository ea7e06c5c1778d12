"""Rows that are stored, many by one statement."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, IntegrityError
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.flows.reasons import Reason
from saleor_crm_plugin.flows.stored import add, store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AWKWARD = 'Ünï "quoted" \\N \t tab\nline \\ 🧣 \x01'

pytestmark = pytest.mark.django_db


def test_new_rows_are_read_back_as_they_were() -> None:
    # given
    contact = Contact.objects.create(email="anna@example.com", created_at=NOW)
    told = [{"name": AWKWARD, "blocks": [{"price": "10.00"}, None, []]}, {}]
    mails = [_mail(contact, f"cart-{number}", content=content) for number, content in enumerate(told)]
    mails[1].reserved_until = NOW
    # when
    add(mails)
    # then
    stored = {mail.pk: mail for mail in Message.objects.all()}
    assert len(stored) == 2
    for mail in mails:
        fields = [field.attname for field in Message._meta.concrete_fields]
        assert [getattr(stored[mail.pk], name) for name in fields] == [getattr(mail, name) for name in fields]


def test_new_rows_get_numbers_of_the_database() -> None:
    run = _run("cart-1")
    add([Decision(enrolment=run, step=0, outcome=Decision.Outcome.SENT, reason=Reason.DUE, at=NOW) for _ in range(3)])
    found = list(Decision.objects.order_by("pk").values_list("enrolment", "outcome", "reason"))
    assert found == [(run.pk, "sent", "due")] * 3


def test_a_mail_that_is_there_already_is_not_stored_again() -> None:
    contact = Contact.objects.create(email="anna@example.com", created_at=NOW)
    add([_mail(contact, "cart-1")])
    with pytest.raises(IntegrityError):
        add([_mail(contact, "cart-2"), _mail(contact, "cart-1")])


def test_rows_are_stored_each_with_its_own_values_and_with_those_of_all() -> None:
    # given
    runs = [_run(f"cart-{number}") for number in range(3)]
    for number, run in enumerate(runs):
        run.due_at, run.next_step, run.waits_for = NOW + timedelta(hours=number), 1, Reason.QUIET_HOURS
        run.leased_until = None if number == 1 else NOW
    # when
    store(runs, ["due_at", "next_step", "waits_for", "leased_until"])
    # then
    found = list(Enrolment.objects.order_by("pk").values_list("due_at", "next_step", "waits_for", "leased_until"))
    assert found == [(NOW + timedelta(hours=n), 1, "quiet_hours", None if n == 1 else NOW) for n in range(3)]


def test_other_rows_stay_as_they_are() -> None:
    changed, other = _run("cart-1"), _run("cart-2")
    changed.waits_for = Reason.QUIET_HOURS
    store([changed], ["waits_for"])
    other.refresh_from_db()
    assert other.waits_for == ""


@pytest.mark.parametrize("of_all", [True, False])
def test_what_is_too_long_is_refused_and_not_cut(of_all: bool) -> None:
    runs = [_run("cart-1"), _run("cart-2")]
    for run in runs:
        run.waits_for = f"{'x' * 25}{'' if of_all else run.pk}"
    with pytest.raises(DataError):
        store(runs, ["waits_for"])


def test_many_rows_are_one_statement_and_none_is_none(django_assert_num_queries: Any) -> None:
    runs = [_run(f"cart-{number}") for number in range(20)]
    decisions = [Decision(enrolment=run, step=0, outcome="sent", reason="due", at=NOW) for run in runs]
    captured: CaptureQueriesContext
    with django_assert_num_queries(2) as captured:
        add(decisions)
        store(runs, ["due_at", "waits_for"])
        add([])
        store([], ["due_at"])
    assert captured.captured_queries[0]["sql"].startswith("COPY")


def _run(subject: str) -> Enrolment:
    return Enrolment.objects.create(
        flow="abandoned_cart", subject_id=subject, basis=NOW, planned_at=NOW, due_at=NOW, enrolled_at=NOW
    )


def _mail(contact: Contact, subject: str, content: dict[str, Any] | None = None) -> Message:
    return Message(
        flow="abandoned_cart", subject_id=subject, step=0, contact=contact, recipient="anna@example.com",
        template="abandoned_cart_1", language="de", channel="eu", content=content or {}, created_at=NOW,
        next_attempt_at=NOW, expires_at=NOW + timedelta(days=1),
    )  # fmt: skip
