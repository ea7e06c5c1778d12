"""``crmNewsletterSubscribe``: double opt-in by real mails, and answers that tell nobody of others."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.contacts.preferences.newsletter import CONFIRM_WITHIN, MOST_MAILS
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.emails.newsletter import AGREEMENT
from saleor_crm_plugin.emails.source import TEMPLATE_DIR
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.waiting import MOST_A_DAY
from tests import door_urls
from tests.emails.tracking.mailing import html_of
from tests.graphql.asking import data
from tests.graphql.telling import VISITOR
from tests.road import Road

pytestmark = pytest.mark.urls(__name__)
urlpatterns = [*door_urls.urlpatterns, path("", include("saleor_crm_plugin.shop.sandbox.urls"))]
ADA = "ada@example.com"
SUBSCRIBE = """mutation($email: String, $channel: String!, $visitor: String, $wording: String) {
  crmNewsletterSubscribe(email: $email, channel: $channel, languageCode: DE, visitorId: $visitor, wording: $wording) {
    needsConfirmation errors { field code } } }"""
TAKEN = {"needsConfirmation": True, "errors": []}


@pytest.fixture
def signing(road: Road) -> Road:
    """A shop that signs people up."""
    road.set(newsletter_enabled=True)
    return road


def subscribe(road: Road, email: str = ADA, token: str = "", channel: str = "", **said: str) -> object:
    answer = data(SUBSCRIBE, token, email=email or None, channel=channel or road.channel, **said)
    return answer["crmNewsletterSubscribe"]


def refused(field: str | None, code: str) -> dict[str, object]:
    return {"needsConfirmation": None, "errors": [{"field": field, "code": code}]}


def link(road: Road) -> str:
    """The path of the link in the mail that came."""
    (mail,) = road.work()
    (address,) = set(re.findall(r'href="([^"]+/newsletter/[^"]+)"', html_of(mail)))
    return urlsplit(address).path


def click(path: str, method: str = "post") -> HttpResponse:
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert isinstance(response, HttpResponse)
    return response


def test_who_signs_up_gets_a_mail_and_agrees_by_its_link(signing: Road) -> None:
    assert subscribe(signing) == TAKEN
    path = link(signing)
    assert not Contact.objects.get().consented

    response = click(path)

    assert response.status_code == 200
    assert Contact.objects.get().consented
    record = ConsentRecord.objects.get()
    assert (record.source, record.granted, record.at) == ("newsletter", True, signing.now)
    assert "Morgentau" in record.wording


def test_the_evidence_is_what_the_page_says() -> None:
    assert AGREEMENT in (TEMPLATE_DIR / "saleor_crm" / "newsletter_confirm.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_agrees_to_nothing(signing: Road, method: str) -> None:
    subscribe(signing)

    assert click(link(signing), method).status_code == 200
    assert not ConsentRecord.objects.exists()


def test_confirming_twice_is_as_good_as_once(signing: Road) -> None:
    subscribe(signing)
    path = link(signing)

    assert [click(path).status_code for _ in range(3)] == [200] * 3
    assert ConsentRecord.objects.count() == 1


def test_a_link_is_good_for_the_address_that_it_was_mailed_to(signing: Road) -> None:
    subscribe(signing)
    path = link(signing)
    Contact.objects.update(email="new@example.com")

    assert click(path).status_code == 404
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_unsubscribed_since_is_not_told_to_be_signed_up(signing: Road, method: str) -> None:
    subscribe(signing)
    path = link(signing)
    click(path)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, signing.now)

    assert click(path, method).status_code == 404
    assert suppressed([ADA])


def test_a_link_ends(signing: Road) -> None:
    subscribe(signing)
    path = link(signing)
    signing.wait(seconds=CONFIRM_WITHIN.total_seconds())

    assert click(path).status_code == 404
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("known", ["nobody", "consented", "unsubscribed", "bounced", "complained", "erased"])
def test_the_answer_is_the_same_whatever_is_known_of_the_address(signing: Road, known: str) -> None:
    if known != "nobody":
        ada = Contact.objects.create(email=ADA, created_at=signing.now, consented=known == "consented")
        if known == "unsubscribed":
            suppress(ADA, Suppression.Reason.UNSUBSCRIBED, signing.now)
        elif known == "bounced":
            suppress(ADA, Suppression.Reason.HARD_BOUNCE, signing.now)
        elif known == "complained":
            suppress(ADA, Suppression.Reason.COMPLAINT, signing.now)
        elif known == "erased":
            erase([ada], signing.now)

    assert subscribe(signing) == TAKEN
    assert len(signing.work()) == (1 if known in ("nobody", "consented", "unsubscribed") else 0)


def test_who_had_unsubscribed_comes_back_by_confirming(signing: Road) -> None:
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, signing.now)
    subscribe(signing)
    path = link(signing)
    assert suppressed([ADA])

    click(path)

    assert suppressed([ADA]) == {}


@pytest.mark.parametrize("first", [Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.HARD_BOUNCE])
def test_a_missing_mailbox_gets_no_mail_although_its_owner_had_unsubscribed(
    signing: Road, first: Suppression.Reason
) -> None:
    suppress(ADA, first, signing.now)
    suppress(ADA, Suppression.Reason.HARD_BOUNCE, signing.now)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, signing.now)

    assert subscribe(signing) == TAKEN
    assert signing.work() == []


def test_who_did_not_want_the_newsletter_wants_it_again(signing: Road) -> None:
    subscribe(signing)
    path = link(signing)
    Preference.objects.create(contact=Contact.objects.get(), unwanted=["newsletter", "cart"], changed_at=signing.now)

    click(path)

    assert Preference.objects.get().unwanted == ["cart"]


def test_without_confirming_it_counts_at_once_but_lifts_nothing(signing: Road) -> None:
    signing.set(newsletter_confirm=False)
    suppress("bob@example.com", Suppression.Reason.UNSUBSCRIBED, signing.now)

    answers = [subscribe(signing, email) for email in (ADA, "bob@example.com")]

    assert answers == [{"needsConfirmation": False, "errors": []}] * 2
    assert suppressed(["bob@example.com"])
    assert set(Contact.objects.values_list("email", "consented")) == {(ADA, True), ("bob@example.com", False)}


@pytest.mark.parametrize("no", ["withdrawn", "unwanted"])
def test_a_stranger_ends_nobodys_no(signing: Road, no: str) -> None:
    signing.set(newsletter_confirm=False)
    ada = Contact.objects.create(email=ADA, created_at=signing.now)
    if no == "withdrawn":
        consent.withdraw(ada, ConsentRecord.Source.ACCOUNT, signing.now)
    else:
        Preference.objects.create(contact=ada, unwanted=["newsletter"], changed_at=signing.now)

    assert subscribe(signing) == {"needsConfirmation": False, "errors": []}

    assert not Contact.objects.get().consented
    assert no == "withdrawn" or Preference.objects.get().unwanted == ["newsletter"]


@pytest.mark.parametrize("wording", ["", "Yes, send me news."])
def test_what_counts_at_once_is_kept_with_the_sentence_that_the_storefront_showed(signing: Road, wording: str) -> None:
    signing.set(newsletter_confirm=False)

    subscribe(signing, wording=wording)
    subscribe(signing, "", customer_token(signing.make_customer("eve@example.com")), wording=wording)

    assert [record.wording for record in ConsentRecord.objects.all()] == [wording] * 2


def test_what_is_confirmed_is_kept_with_the_sentence_that_was_confirmed(signing: Road) -> None:
    subscribe(signing, wording="A sentence of the storefront.")
    click(link(signing))

    assert "Morgentau" in ConsentRecord.objects.get().wording


def test_an_account_needs_no_mail(signing: Road) -> None:
    user = signing.make_customer(ADA)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, signing.now)

    assert subscribe(signing, "", customer_token(user)) == {"needsConfirmation": False, "errors": []}
    assert Contact.objects.get(email=ADA).consented
    assert suppressed([ADA]) == {}
    assert signing.work() == []


def test_an_account_whose_address_nobody_confirmed_does(signing: Road) -> None:
    user = signing.make_customer(ADA)

    assert subscribe(signing, "", customer_token(user, unconfirmed=True)) == TAKEN


def test_an_account_signs_nobody_else_up(signing: Road) -> None:
    user = signing.make_customer(ADA)

    assert subscribe(signing, "bob@example.com", customer_token(user)) == refused("email", "INVALID")


def test_asking_again_sends_no_second_mail_that_day_and_few_in_a_week(signing: Road) -> None:
    mails = []
    for _ in range(2 * MOST_MAILS):
        assert [subscribe(signing), subscribe(signing)] == [TAKEN, TAKEN]
        mails += signing.work()
        signing.wait(days=1, minutes=1)

    assert len(mails) == MOST_MAILS


def test_one_visitor_signs_up_so_many_a_day(signing: Road) -> None:
    answers = [subscribe(signing, f"c{n}@example.com", visitor=VISITOR) for n in range(MOST_A_DAY + 1)]

    assert answers == [TAKEN] * MOST_A_DAY + [refused(None, "LIMIT_EXCEEDED")]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"email": ""}, refused("email", "REQUIRED")),
        ({"email": "ada"}, refused("email", "INVALID")),
        ({"email": "ada@example.com\r\nBcc: all@example.com"}, refused("email", "INVALID")),
        ({"channel": "nowhere"}, refused("channel", "NOT_FOUND")),
        ({"channel": "\0"}, refused("channel", "NOT_FOUND")),
        ({"visitor": "me"}, refused("visitorId", "INVALID")),
        ({"wording": "x" * 2001}, refused("wording", "INVALID")),
        ({"wording": "\0"}, refused("wording", "INVALID")),
    ],
)
def test_what_makes_no_sense_is_refused(signing: Road, asked: dict[str, str], answer: object) -> None:
    assert subscribe(signing, **asked) == answer
    assert not Contact.objects.exists()


def test_a_shop_without_a_newsletter_signs_nobody_up(road: Road) -> None:
    assert subscribe(road) == refused(None, "INACTIVE")


def test_a_mail_that_waits_is_not_sent_once_it_is_confirmed(signing: Road) -> None:
    subscribe(signing)
    path = link(signing)
    signing.wait(days=1, minutes=1)
    subscribe(signing)
    click(path)
    signing.wait(seconds=1)

    assert len(signing.work()) == 1  # the other request is open still: confirming it changes nothing
    signing.wait(seconds=timedelta(days=2).total_seconds())
    assert signing.work() == []
