"""Webhooks of mail providers, as django-anymail reads them, through our own door."""

import base64
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.models import Message
from tests.emails.tracking.mailing import ADA, mail_to_ada
from tests.road import Road

pytestmark = [pytest.mark.urls("tests.door_urls"), pytest.mark.django_db]
HOME = "/plugins/saleor_crm/anymail"
BOUNCE = {"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "MessageID": "m-1", "Email": ADA,
          "Description": "unknown user", "BouncedAt": "2026-03-02T12:00:00Z"}  # fmt: skip
COMPLAINT = {"RecordType": "SpamComplaint", "ID": 43, "Type": "SpamComplaint", "TypeCode": 512, "MessageID": "m-1",
             "Email": ADA, "BouncedAt": "2026-03-02T12:00:00Z"}  # fmt: skip


@pytest.fixture
def secret(settings: Any) -> str:
    """The shop's secret for webhooks."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": "crm:long-random-word"}
    return "crm:long-random-word"


def tell(event: dict[str, Any], secret: str = "", provider: str = "postmark/tracking") -> HttpResponse:
    headers = {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
    response = Client().post(
        f"{HOME}/{provider}/", data=json.dumps(event), content_type="application/json", headers=headers
    )
    assert isinstance(response, HttpResponse)
    return response


def test_a_hard_bounce_ends_the_writing(secret: str) -> None:
    assert tell(BOUNCE, secret).status_code == 200
    assert suppressed([ADA]) == {ADA: Suppression.Reason.HARD_BOUNCE}


def test_a_complaint_ends_it_too(secret: str) -> None:
    tell(COMPLAINT, secret)

    assert suppressed([ADA]) == {ADA: Suppression.Reason.COMPLAINT}


def test_the_same_event_told_again_is_one(secret: str) -> None:
    for _ in range(3):
        tell(BOUNCE, secret)

    assert Bounce.objects.count() == 1


@pytest.mark.parametrize(
    "soft", [{"Type": "SoftBounce", "TypeCode": 4096}, {"Details": "smtp;552 5.2.2 mailbox full"}, {"Type": "Blocked"}]
)
def test_a_full_mailbox_is_no_missing_one(secret: str, soft: dict[str, Any]) -> None:
    tell({**BOUNCE, **soft}, secret)

    assert Bounce.objects.get().kind == "soft"
    assert suppressed([ADA]) == {}


def test_events_find_their_mail_by_its_name(secret: str, road: Road) -> None:
    mail_to_ada(road)
    message = Message.objects.get()
    tell({**COMPLAINT, "Metadata": {"crm_message": str(message.pk)}}, secret)

    assert Bounce.objects.get().message == message
    assert not Contact.objects.get().consented


@pytest.mark.parametrize("wrong", ["", "crm:guessed", "x"])
def test_who_does_not_know_the_secret_is_refused(secret: str, wrong: str) -> None:
    assert tell(BOUNCE, wrong).status_code == 400
    assert not Suppression.objects.exists()


def test_without_a_secret_nobody_is_answered() -> None:
    assert tell(BOUNCE, "a:b").status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "provider", ["postmark/inbound", "nobody/tracking", "tracking", "postmark", "../unsubscribe", "postmark/tracking/x"]
)
def test_there_is_no_other_way_in(secret: str, provider: str) -> None:
    assert tell(BOUNCE, secret, provider).status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("event", [{**BOUNCE, "RecordType": "Delivery"}, {**BOUNCE, "RecordType": "Open"}])
def test_what_is_neither_changes_nothing(secret: str, event: dict[str, Any]) -> None:
    assert tell(event, secret).status_code == 200
    assert not Bounce.objects.exists()
