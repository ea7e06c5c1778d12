"""Consent: the newest statement holds, each is kept, and reading an old one again renews nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.consent import Statement
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.shop.consent import LONGEST_WORDING
from tests.contacts.people import NOW, meet

pytestmark = pytest.mark.django_db
Source = ConsentRecord.Source
LATER = NOW + timedelta(hours=1)


def said(contact: Contact, granted: bool, place: str = "cart1", wording: str = "v1") -> Statement:
    return Statement(contact.pk, granted, Source.CHECKOUT, place, wording)


def consented(contact: Contact) -> bool:
    contact.refresh_from_db()
    return contact.consented


def test_a_yes_is_kept_with_its_evidence() -> None:
    ada = meet("ada@example.com")

    became_yes = consent.record([said(ada, True)], NOW)

    record = ConsentRecord.objects.get()
    assert became_yes == {ada.pk}
    assert consented(ada)
    assert (record.granted, record.source, record.reference, record.wording, record.at) == (
        True, "checkout", "cart1", "v1", NOW,
    )  # fmt: skip


def test_without_a_statement_there_is_no_consent() -> None:
    assert not consented(meet("ada@example.com"))
    assert consent.record([], NOW) == set()


def test_reading_the_same_statement_again_is_no_news() -> None:
    ada = meet("ada@example.com")
    consent.record([said(ada, True)], NOW)

    assert consent.record([said(ada, True)], LATER) == set()
    assert ConsentRecord.objects.count() == 1


def test_reading_an_old_checkout_again_does_not_renew_a_withdrawn_consent() -> None:
    ada = meet("ada@example.com")
    consent.record([said(ada, True)], NOW)
    consent.withdraw(ada, Source.UNSUBSCRIBE, LATER)

    consent.record([said(ada, True)], LATER + timedelta(days=1))

    assert not consented(ada)


def test_a_new_yes_in_a_new_checkout_counts() -> None:
    ada = meet("ada@example.com")
    consent.withdraw(ada, Source.UNSUBSCRIBE, NOW)

    assert consent.record([said(ada, True, place="cart2")], LATER) == {ada.pk}
    assert consented(ada)


def test_a_new_wording_in_the_same_place_is_a_new_statement() -> None:
    ada = meet("ada@example.com")
    consent.record([said(ada, True)], NOW)
    consent.withdraw(ada, Source.UNSUBSCRIBE, LATER)

    consent.record([said(ada, True, wording="v2")], LATER + timedelta(days=1))

    assert consented(ada)


def test_a_no_after_a_yes_holds_and_the_yes_stays_as_evidence() -> None:
    ada = meet("ada@example.com")
    consent.record([said(ada, True)], NOW)

    assert consent.record([said(ada, False)], LATER) == set()
    assert not consented(ada)
    assert list(ConsentRecord.objects.order_by("at").values_list("granted", flat=True)) == [True, False]


def test_of_two_statements_at_one_moment_the_later_written_holds() -> None:
    ada = meet("ada@example.com")

    consent.record([said(ada, True, "cart1"), said(ada, False, "cart2")], NOW)

    assert not consented(ada)


def test_a_statement_about_somebody_who_was_erased_meanwhile_is_dropped() -> None:
    ada = meet("ada@example.com")
    statement = said(ada, True)
    ada.delete()

    assert consent.record([statement], NOW) == set()
    assert not ConsentRecord.objects.exists()


def test_unsubscribing_again_and_again_is_kept_once() -> None:
    ada = meet("ada@example.com")
    consent.record([said(ada, True)], NOW)

    for n in range(3):
        consent.withdraw(ada, Source.UNSUBSCRIBE, LATER + timedelta(minutes=n), reference="mail")

    assert ConsentRecord.objects.filter(source=Source.UNSUBSCRIBE).count() == 1
    assert not consented(ada)


def test_of_one_checkout_that_changes_without_end_so_many_answers_are_kept_and_the_newest_holds() -> None:
    # given
    ada = meet("ada@example.com")

    for n in range(50):
        # when
        consent.record([said(ada, n % 2 == 0, wording=f"v{n}")], NOW + timedelta(minutes=n))

        # then
        assert consented(ada) == (n % 2 == 0)
    kept = list(ConsentRecord.objects.order_by("at").values_list("wording", flat=True))
    assert kept == [*(f"v{n}" for n in range(19)), "v49"]


def test_an_endless_checkout_that_is_read_again_does_not_renew_a_withdrawn_consent() -> None:
    # given
    ada = meet("ada@example.com")
    for n in range(30):
        consent.record([said(ada, True, wording=f"v{n}")], NOW + timedelta(minutes=n))
    consent.withdraw(ada, Source.UNSUBSCRIBE, LATER)

    # when
    consent.record([said(ada, True, wording="v29")], LATER + timedelta(days=1))

    # then
    assert not consented(ada)


def test_what_an_endless_checkout_said_takes_no_record_from_another_place() -> None:
    # given
    ada, grace = meet("ada@example.com"), meet("grace@example.com")
    consent.record([said(ada, True, "cart2"), said(grace, True)], NOW)
    consent.record([Statement(ada.pk, True, Source.ACCOUNT, "cart1", "v1")], NOW)
    others = set(ConsentRecord.objects.values_list("pk", flat=True))

    # when
    for n in range(30):
        consent.record([said(ada, True, wording=f"v{n}")], LATER + timedelta(minutes=n))

    # then
    assert others <= set(ConsentRecord.objects.values_list("pk", flat=True))


def test_a_wording_that_was_kept_whole_before_it_was_cut_is_no_news_when_it_is_read_again() -> None:
    # given
    ada = meet("ada@example.com")
    consent.record([said(ada, True, wording="x" * 5_000)], NOW)
    consent.withdraw(ada, Source.UNSUBSCRIBE, LATER)

    # when
    consent.record([said(ada, True, wording="x" * LONGEST_WORDING)], LATER + timedelta(days=1))

    # then
    assert not consented(ada)


def test_a_refusal_by_an_endless_checkout_holds() -> None:
    # given
    ada = meet("ada@example.com")
    for n in range(30):
        consent.record([said(ada, True, wording=f"v{n}")], NOW + timedelta(minutes=n))

    # when
    consent.record([said(ada, False, wording="v29")], LATER)

    # then
    assert not consented(ada)


def test_fifty_statements_cost_as_many_queries_as_one() -> None:
    def cost(count: int) -> int:
        contacts = [meet(f"customer{count}.{n}@example.com") for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            consent.record([said(contact, True) for contact in contacts], NOW)
        return len(captured)

    assert cost(50) == cost(1)
