"""Who waits for a contact holds whoever is meant by then, and holds nobody else while waiting again."""

from django.db import connection, transaction

from saleor_crm_plugin.contacts.holding import hold_all, hold_one
from saleor_crm_plugin.contacts.identity import Person
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from tests.contacts.merging import beside_a_merge
from tests.contacts.people import NOW, meet

GUEST, ACCOUNT = Person("ada@example.com"), Person("", "7")
MERGED = Person("ada@example.com", "7")


def mail_to(contact: Contact) -> Message:
    return Message.objects.create(
        flow="abandoned_cart", subject_id=str(contact.pk), step=0, contact=contact, recipient=contact.email or "",
        content={}, created_at=NOW, next_attempt_at=NOW, expires_at=NOW,
    )  # fmt: skip


def met(person: Person) -> Contact:
    with transaction.atomic():
        return meet(person.email, person.user_id)


def test_who_waited_for_the_younger_of_two_that_were_merged_holds_the_one_who_remains(transactional_db: None) -> None:
    # given
    older, younger = met(GUEST), met(ACCOUNT)
    mail = mail_to(younger)
    held: list[Contact | None] = []

    # when
    def hold() -> None:
        with transaction.atomic():
            held.append(hold_one(Contact.objects.filter(messages=mail)))

    beside_a_merge(MERGED, hold)

    # then
    assert held == [older]


def test_who_waited_for_somebody_sees_the_contact_as_it_is_by_then(transactional_db: None) -> None:
    # given
    older = met(GUEST)
    met(ACCOUNT)
    held: list[Contact] = []

    # when
    def hold() -> None:
        with transaction.atomic():
            held.extend(hold_all(Contact.objects.filter(pk=older.pk)))

    beside_a_merge(MERGED, hold)

    # then
    assert [one.user_id for one in held] == ["7"]


def test_nobody_is_held_where_nobody_is_named(transactional_db: None) -> None:
    with transaction.atomic():
        assert hold_one(Contact.objects.filter(email="nobody@example.com")) is None


def test_who_has_to_look_again_lets_all_go_so_that_others_who_wait_in_order_do_not_deadlock(
    transactional_db: None,
) -> None:
    # given: the older, who remains, comes before somebody who is held while the younger is waited for
    older, between, younger = met(GUEST), met(Person("bob@example.com")), met(ACCOUNT)
    mails = [mail_to(between).pk, mail_to(younger).pk]
    held: list[Contact] = []

    # when
    def look_again() -> None:
        with transaction.atomic():
            held.extend(hold_all(Contact.objects.filter(messages__in=mails)))

    def in_order() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for one in (older, between):
                cursor.execute("SELECT 1 FROM crm_contact WHERE id = %s FOR NO KEY UPDATE", [one.pk])

    beside_a_merge(MERGED, look_again, in_order)

    # then
    assert held == [older, between]
