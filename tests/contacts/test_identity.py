"""One contact per person, however events name people, in whatever order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, Interaction, Purchase, View
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import (
    ComputedOfContact,
    ConsentRecord,
    Contact,
    ContactChange,
    Suppression,
    Visitor,
)
from saleor_crm_plugin.contacts.preferences.models import NewsletterRequest, Preference
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.models import Lifecycle
from saleor_crm_plugin.vouchers.models import Grant
from tests.contacts.people import NOW, meet

pytestmark = pytest.mark.django_db

EMAILS = ("ada@example.com", "bea@example.com", "cleo@example.com", "")
USERS = ("1", "2", "3", "")
people = st.builds(Person, email=st.sampled_from(EMAILS), user_id=st.sampled_from(USERS), language=st.just("de"))
random_lives = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_guest_is_known_by_the_address_in_any_spelling() -> None:
    assert meet("Ada@Example.com ").pk == meet("ada@example.com").pk
    assert Contact.objects.get().email == "ada@example.com"


def test_nobody_is_made_of_no_name() -> None:
    assert resolve([Person(), Person(email="not an address"), Person(visitor_id="v1")], NOW) == {}
    assert not Contact.objects.exists()


def test_a_guest_who_gets_an_account_stays_the_same_contact() -> None:
    guest = meet("ada@example.com")

    customer = meet("ada@example.com", "1")

    assert (customer.pk, customer.key, customer.user_id) == (guest.pk, guest.key, "1")


def test_the_older_of_two_contacts_stays_with_its_key_and_gets_everything_of_the_other() -> None:
    older, younger = meet("ada@example.com", visitor_id="v1"), meet(user_id="1", visitor_id="v2", country="DE")
    attach_everything(younger)

    merged = meet("ada@example.com", "1")

    assert (merged.pk, merged.key, merged.country) == (older.pk, older.key, "DE")
    assert Contact.objects.count() == 1
    facts = (Cart, Purchase, Interaction, View, Enrolment, Message, ConsentRecord, Visitor, Lot, StockInterest)
    for model in (*facts, Preference, NewsletterRequest, Response):
        assert set(model.objects.values_list("contact", flat=True)) == {older.pk}
    assert merged.consented
    assert Contact.objects.get().consented


def test_every_relation_to_a_contact_is_known_to_these_tests() -> None:
    models = [relation.related_model for relation in Contact._meta.related_objects]
    facts = {model.__name__ for model in models if not issubclass(model, ComputedOfContact)}

    assert facts == {
        "Cart",
        "Purchase",
        "Interaction",
        "View",
        "Enrolment",
        "Message",
        "ConsentRecord",
        "Visitor",
        "Lot",
        "StockInterest",
        "Grant",
        "Preference",
        "NewsletterRequest",
        "Response",
    }


def test_codes_go_along_with_whom_they_were_granted_to_and_who_used_them() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    Grant.objects.create(
        key="k", tier="A", contact=younger, redeemed_by=younger, code="C", voucher_id="1", channel="eu", currency="EUR",
        value=1, granted_at=NOW, expires_at=NOW, look_at=NOW,
    )  # fmt: skip

    meet("ada@example.com", "1")

    grant = Grant.objects.get()
    assert (grant.contact, grant.redeemed_by) == (older, older)


def test_what_is_computed_of_the_younger_goes_and_the_older_is_computed_anew() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    for contact in (older, younger):
        Lifecycle.objects.create(contact=contact, stage="prospect", since=NOW)
    ContactChange.objects.all().delete()

    meet("ada@example.com", "1")

    assert [one.contact_id for one in Lifecycle.objects.all()] == [older.pk]
    assert [one.contact_id for one in ContactChange.objects.all()] == [older.pk]


def test_a_younger_refusal_holds_after_a_merge() -> None:
    older, younger = meet("ada@example.com"), meet(user_id="1")
    for contact, granted in ((older, True), (younger, False)):
        ConsentRecord.objects.create(contact=contact, granted=granted, source="account", at=NOW)
    Contact.objects.filter(pk=older.pk).update(consented=True)

    assert not meet("ada@example.com", "1").consented
    assert not Contact.objects.get().consented


def test_an_account_that_changes_its_address_stays_the_same_contact() -> None:
    before = meet("ada@example.com", "1")

    after = meet("ada@new.example", "1")

    assert after.pk == before.pk
    assert [contact.email for contact in Contact.objects.all()] == ["ada@new.example"]


@pytest.mark.parametrize("reason", ["unsubscribed", "complaint", "manual"])
def test_who_wanted_no_mail_at_the_old_address_wants_none_at_the_new(reason: str) -> None:
    meet("ada@example.com", "1")
    suppress("ada@example.com", Suppression.Reason(reason), NOW)

    meet("ada@new.example", "1")

    assert suppressed(["ada@new.example"]) == {"ada@new.example": reason}


def test_who_unsubscribed_after_a_bounce_is_not_written_to_at_the_new_address() -> None:
    meet("ada@example.com", "1")
    suppress("ada@example.com", Suppression.Reason.HARD_BOUNCE, NOW)
    suppress("ada@example.com", Suppression.Reason.UNSUBSCRIBED, NOW)

    meet("ada@new.example", "1")

    assert suppressed(["ada@new.example"])


def test_a_bounce_says_nothing_of_the_new_address() -> None:
    meet("ada@example.com", "1")
    suppress("ada@example.com", Suppression.Reason.HARD_BOUNCE, NOW)

    meet("ada@new.example", "1")

    assert suppressed(["ada@new.example"]) == {}


def test_who_wanted_no_mail_wants_none_after_a_merge_that_changes_the_address() -> None:
    meet("ada@new.example")
    meet("ada@example.com", "1")
    suppress("ada@example.com", Suppression.Reason.UNSUBSCRIBED, NOW)

    merged = meet("ada@new.example", "1")

    assert merged.email == "ada@new.example"
    assert suppressed(["ada@new.example"])


def test_an_address_that_now_belongs_to_another_account_makes_another_contact() -> None:
    first = meet("info@example.com", "1")
    Cart.objects.create(**cart_of(first))

    second = meet("info@example.com", "2")

    assert second.pk != first.pk
    first.refresh_from_db()
    assert (first.email, first.user_id) == (None, "1")
    assert Cart.objects.get().contact_id == first.pk


def test_who_complained_under_an_address_that_another_got_is_not_asked_under_the_next() -> None:
    first = meet("info@example.com", "1")
    ConsentRecord.objects.create(contact=first, granted=True, source="account", at=NOW)
    Contact.objects.filter(pk=first.pk).update(consented=True)
    suppress("info@example.com", Suppression.Reason.COMPLAINT, NOW)
    meet("info@example.com", "2")

    moved = meet("ada@example.com", "1")

    assert moved.pk == first.pk
    assert not moved.consented


def test_two_accounts_may_swap_their_addresses_in_one_batch() -> None:
    one, two = meet("ada@example.com", "1"), meet("bea@example.com", "2")

    resolve([Person("bea@example.com", "1"), Person("ada@example.com", "2")], NOW)

    assert {c.pk: c.email for c in Contact.objects.all()} == {one.pk: "bea@example.com", two.pk: "ada@example.com"}


def test_a_merge_in_the_middle_of_a_batch_leaves_no_answer_that_is_gone() -> None:
    account = meet("ada@example.com", "1")
    meet("bea@example.com")
    guest, customer = Person("bea@example.com"), Person("bea@example.com", "1")

    answer = resolve([guest, customer], NOW)

    assert answer[guest].pk == answer[customer].pk == account.pk


def test_erased_people_do_not_come_back_through_old_orders() -> None:
    erase([meet("ada@example.com", "1")], NOW)

    assert resolve([Person("Ada@example.com"), Person("ada@example.com", "1")], NOW) == {}
    assert not Contact.objects.exists()


def test_a_visitor_id_belongs_to_whom_it_was_first_seen_with() -> None:
    ada = meet("ada@example.com", visitor_id="v1")

    meet("bea@example.com", visitor_id="v1")
    resolve([Person("cleo@example.com", visitor_id="v2"), Person("dora@example.com", visitor_id="v2")], NOW)

    cleo = Contact.objects.get(email="cleo@example.com")
    assert dict(Visitor.objects.values_list("visitor_id", "contact")) == {"v1": ada.pk, "v2": cleo.pk}


def test_language_and_country_are_the_last_that_are_known() -> None:
    meet("ada@example.com", language="de", country="AT")

    contact = meet("ada@example.com", language="fr")

    assert (contact.language, contact.country) == ("fr", "AT")
    assert list(Contact.objects.values_list("language", "country")) == [("fr", "AT")]


@pytest.mark.parametrize("known", [False, True])
def test_fifty_people_cost_as_many_queries_as_one(known: bool) -> None:
    def cost(crowd: Sequence[Person]) -> int:
        if known:
            resolve(crowd, NOW)
        with CaptureQueriesContext(connection) as captured:
            resolve([Person(p.email, p.user_id, p.visitor_id, "fr") for p in crowd], NOW)
        return len(captured)

    meet("pepper@example.com")  # makes the installation's secret
    crowd = [Person(f"customer{n}@example.com", str(n), f"v{n}", "de") for n in range(100, 150)]

    assert cost(crowd) == cost([Person("ada@example.com", "1", "v1", "de")]) <= 12


@dataclass
class Known:
    """A contact of the model: the same rules in the plainest words."""

    email: str
    user: str


def model_meet(contacts: list[Known], unwanted: set[str], email: str, user: str) -> Known:
    by_user = next((c for c in contacts if user and c.user == user), None)
    by_email = next((c for c in contacts if email and c.email == email), None)
    if by_email and user and by_email.user not in ("", user):
        by_email.email, by_email = "", None
    if by_user and by_email and by_user is not by_email:
        contacts.remove(by_email)
        by_user.email = by_user.email or by_email.email
    one = by_user or by_email
    if one is None:
        contacts.append(one := Known(email, user))
    if email and one.email in unwanted:
        unwanted.add(email)
    one.email, one.user = email or one.email, user or one.user
    return one


acts = st.lists(
    st.tuples(st.just("meet"), people) | st.tuples(st.just("unsubscribe"), st.sampled_from(EMAILS[:3])), max_size=12
)


@given(acts)
@random_lives
def test_random_encounters_leave_the_contacts_of_the_model(acts: list[tuple[str, Person | str]]) -> None:
    contacts: list[Known] = []
    unwanted: set[str] = set()
    with rolled_back():
        for act, who in acts:
            if isinstance(who, str):
                unwanted.add(who)
                suppress(who, Suppression.Reason.UNSUBSCRIBED, NOW)
            elif who.email or who.user_id:
                one = model_meet(contacts, unwanted, who.email, who.user_id)
                found = resolve([who], NOW)[who]
                assert (found.email or "", found.user_id or "") == (one.email, one.user), act

        stored = sorted((c.email or "", c.user_id or "") for c in Contact.objects.all())
        assert stored == sorted((c.email, c.user) for c in contacts)
        assert set(suppressed(EMAILS)) == unwanted


@given(st.lists(people, max_size=4), st.lists(people, max_size=6))
@random_lives
def test_a_batch_does_what_one_by_one_would(before: list[Person], batch: list[Person]) -> None:
    def outcome(run: Callable[[], dict[Person, int]]) -> object:
        with rolled_back():
            for person in before:
                resolve([person], NOW)
            for contact in Contact.objects.all():
                ConsentRecord.objects.create(
                    contact=contact, granted=True, source="account", reference=str(contact.email), at=NOW
                )
            whose = run()
            known = {
                c.pk: (c.email, c.user_id, c.language, sorted(c.consent_records.values_list("reference", flat=True)))
                for c in Contact.objects.all()
            }
            return {person: known[pk] for person, pk in whose.items()}, sorted(known.values(), key=str)

    def one_by_one() -> dict[Person, int]:
        # Whom a person is last found to be: merges later in the row are followed by asking again.
        for person in dict.fromkeys(batch):
            resolve([person], NOW)
        return {}

    def together() -> dict[Person, int]:
        return {person: contact.pk for person, contact in resolve(batch, NOW).items()}

    answered, contacts = outcome(together)  # type: ignore[misc]
    _, expected = outcome(one_by_one)  # type: ignore[misc]

    assert contacts == expected
    assert set(answered) == {person for person in batch if person.email or person.user_id}


def rolled_back() -> transaction.Atomic:
    """A transaction that leaves nothing."""

    class RolledBack(transaction.Atomic):
        def __exit__(self, *error: object) -> None:
            transaction.set_rollback(True)
            super().__exit__(*error)

    return RolledBack(using=None, savepoint=True, durable=False)


def attach_everything(contact: Contact) -> None:
    """One row of each kind that points at a contact."""
    Cart.objects.create(**cart_of(contact))
    Purchase.objects.create(
        order_id="o1", contact=contact, channel="eu", currency="EUR", language="de", total=1, refunded=0, real=True,
        paid=True, placed_at=NOW, changed_at=NOW,
    )  # fmt: skip
    for table in ("crm_interaction", "crm_view"):
        make_room([NOW], table)
    View.objects.create(event_id="1", at=NOW, kind="product_view", contact=contact, product_id="1")
    Interaction.objects.create(source="return:1", at=NOW, kind="return", contact=contact, quantity=1)
    Enrolment.objects.create(
        flow="abandoned_cart", subject_id="c1", contact=contact, basis=NOW, planned_at=NOW, due_at=NOW, enrolled_at=NOW
    )
    message = Message.objects.create(
        flow="abandoned_cart", subject_id="c1", step=0, contact=contact, content={}, created_at=NOW,
        next_attempt_at=NOW, expires_at=NOW,
    )  # fmt: skip
    Response.objects.create(message=message, contact=contact, kind="click", at=NOW)
    Preference.objects.create(contact=contact, changed_at=NOW)
    NewsletterRequest.objects.create(contact=contact, channel="eu", asked_at=NOW, expires_at=NOW)
    ConsentRecord.objects.create(contact=contact, granted=True, source="account", at=NOW)
    Lot.objects.create(contact=contact, source="order:o1", points=1, created_at=NOW)
    StockInterest.objects.create(
        contact=contact, variant_id="1", product_id="1", channel="eu", kind="request", state="waiting", language="de",
        asked_at=NOW, expires_at=NOW,
    )  # fmt: skip


def cart_of(contact: Contact) -> dict[str, object]:
    return {
        "id": "c1", "contact": contact, "status": Cart.Status.OPEN, "channel": "eu", "currency": "EUR",
        "language": "de", "country": "DE", "total": 1, "created_at": NOW, "changed_at": NOW, "seen_at": NOW,
    }  # fmt: skip
