"""What the reader of a mail says while the contact is merged into an older one holds of whoever remains."""

from urllib.parse import urlencode, urlsplit

import pytest
from django.db import transaction
from django.test import Client

from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences import newsletter
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.bounces.take import Report, take
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.newsletter import confirm
from saleor_crm_plugin.emails.unsubscribe import add_links
from tests.contacts.merging import beside_a_merge
from tests.road import NOON, Road

pytestmark = pytest.mark.urls("tests.door_urls")
ADA, OF_OLD = "ada@example.com", "ada@old.example.com"
MERGED = Person(ADA, "7")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def mail(road: Road) -> Message:
    """A mail to an account, which will turn out to be an older guest."""
    return mail_to_the_younger(road, Person(ADA), Person(OF_OLD, "7"))


@pytest.fixture
def guests_mail(road: Road) -> Message:
    """A mail to a guest, who will turn out to be an older account of which no address was known."""
    return mail_to_the_younger(road, Person("", "7"), Person(ADA))


def mail_to_the_younger(road: Road, older: Person, younger: Person) -> Message:
    """A mail to the second of two who both agreed."""
    with transaction.atomic():
        people = [resolve([person], NOON)[person] for person in (older, younger)]
    for contact in people:
        consent.grant(contact, ConsentRecord.Source.CHECKOUT, NOON, "1", "yes")
    made = Message(
        flow="newsletter", subject_id="1", step=0, contact=people[1], recipient=people[1].email, content={},
        state="sent", created_at=NOON, next_attempt_at=NOON, expires_at=NOON,
    )  # fmt: skip
    add_links(road.shop, [made])
    made.save()
    return made


def link(mail: Message, name: str) -> str:
    return urlsplit(str(mail.content[name])).path


def test_who_unsubscribes_agrees_no_more(mail: Message) -> None:
    beside_a_merge(MERGED, lambda: Client().post(link(mail, "unsubscribe_url")))

    assert not Contact.objects.get().consented


@pytest.mark.parametrize("kind", [Bounce.Kind.COMPLAINT, Bounce.Kind.UNSUBSCRIBE])
def test_who_complains_agrees_no_more(mail: Message, kind: Bounce.Kind) -> None:
    beside_a_merge(MERGED, lambda: take([Report(kind, OF_OLD, mail.pk)], 3, NOON))

    assert not Contact.objects.get().consented


def test_a_complaint_holds_at_the_address_that_is_the_readers_by_then(mail: Message) -> None:
    beside_a_merge(MERGED, lambda: take([Report(Bounce.Kind.COMPLAINT, OF_OLD, mail.pk)], 3, NOON))

    complained = Suppression.Reason.COMPLAINT
    assert suppressed([ADA, OF_OLD]) == {ADA: complained, OF_OLD: complained}


def test_what_is_chosen_on_the_page_of_preferences_is_kept(guests_mail: Message) -> None:
    said = urlencode([("frequency", "none"), ("language", "")])

    beside_a_merge(MERGED, lambda: Client().post(link(guests_mail, "preferences_url"), data=said, content_type=FORM))

    assert not Contact.objects.get().consented


def test_who_confirms_the_newsletter_gets_it(guests_mail: Message) -> None:
    # given
    asked = newsletter.ask(guests_mail.contact, "eu", "en", NOON)
    assert asked

    # when
    beside_a_merge(MERGED, lambda: confirm(asked, "yes", NOON))

    # then
    assert ConsentRecord.objects.filter(source="newsletter", contact=Contact.objects.get()).exists()
