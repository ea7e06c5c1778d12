"""What Amazon SES, Mailgun and SendGrid report, in the shape in which they send it, through django-anymail's own code.

Amazon SES's view needs boto3 for inbound mail; what it makes of an event does not.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from anymail.signals import tracking
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from django.http import HttpResponse
from django.test import Client

from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.models import Message
from tests.emails.tracking.mailing import ADA, mail_to_ada
from tests.road import Road

pytestmark = [
    pytest.mark.urls("tests.door_urls"),
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),  # of SendGrid
]
HOME = "/plugins/saleor_crm/anymail"
SECRET, KEY = "crm:long-random-word", "key-of-mailgun"
HARD, COMPLAINED = {ADA: Suppression.Reason.HARD_BOUNCE}, {ADA: Suppression.Reason.COMPLAINT}
UNSUBSCRIBED = {ADA: Suppression.Reason.UNSUBSCRIBED}


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    """What the shop set."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def post(provider: str, told: object) -> HttpResponse:
    headers = {"authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}
    body = told if isinstance(told, str) else json.dumps(told)
    url = f"{HOME}/{provider}/tracking/"
    response = Client().post(url, data=body, content_type="application/json", headers=headers)
    assert isinstance(response, HttpResponse)
    return response


# Amazon SES: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html


def ses(event: Mapping[str, Any], mail: Mapping[str, Any] = {}) -> None:
    """An event of Amazon SES as SNS brings it."""
    mail = {"timestamp": "2026-03-02T12:00:00Z", "messageId": "0102-1", "destination": [ADA], "headers": []} | mail
    sns = {"Type": "Notification", "MessageId": "92898fd9", "TopicArn": "arn:aws:sns:eu-central-1:1:crm",
           "Message": json.dumps({**event, "mail": mail}), "Timestamp": "2026-03-02T12:00:01Z"}  # fmt: skip
    view = AmazonSESTrackingWebhookView.__new__(AmazonSESTrackingWebhookView)
    for one in view.esp_to_anymail_events({**event, "mail": mail}, sns):
        tracking.send(sender=AmazonSESTrackingWebhookView, event=one, esp_name="Amazon SES")


def ses_bounce(kind: str, sub: str, *diagnoses: str | None) -> dict[str, Any]:
    recipients = [
        {"emailAddress": ADA if number == 0 else f"other{number}@example.com", "action": "failed", "status": "5.0.0"}
        | ({"diagnosticCode": diagnosis} if diagnosis else {})
        for number, diagnosis in enumerate(diagnoses)
    ]
    return {
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients,
                   "timestamp": "2026-03-02T12:00:00Z", "feedbackId": "0102-2", "reportingMTA": "dns; amazonses.com"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sub", "diagnosis", "becomes"),
    [
        ("Permanent", "General", "smtp; 550 5.1.1 <ada@example.com>: user unknown", HARD),
        ("Permanent", "OnAccountSuppressionList", None, HARD),
        ("Permanent", "General", "smtp; 554 5.7.1 blocked", {}),
        ("Transient", "General", None, {}),
        ("Transient", "MailboxFull", "smtp; 552 5.2.2 mailbox full", {}),
        ("Undetermined", "Undetermined", None, {}),
    ],
)
def test_a_bounce_told_by_amazon_ses(kind: str, sub: str, diagnosis: str | None, becomes: object) -> None:
    ses(ses_bounce(kind, sub, diagnosis))
    assert suppressed([ADA]) == becomes
    assert Bounce.objects.get().kind == ("hard" if becomes else "soft")


def test_a_complaint_told_by_amazon_ses_finds_its_mail(road: Road) -> None:
    mail_to_ada(road)
    message = Message.objects.get()
    complaint = {"complainedRecipients": [{"emailAddress": ADA}], "complaintFeedbackType": "abuse", "userAgent": "x"}
    header = {"name": "X-Metadata", "value": json.dumps({"crm_message": str(message.pk)})}
    ses({"eventType": "Complaint", "complaint": complaint}, {"headers": [header]})
    assert suppressed([ADA]) == COMPLAINED
    assert Bounce.objects.get().message == message


def test_each_of_several_recipients_of_one_event_is_taken_and_none_is_named() -> None:
    unknown = "smtp; 550 5.1.1 user unknown"
    ses(ses_bounce("Permanent", "General", unknown, unknown))
    ses(ses_bounce("Permanent", "General", unknown, unknown))
    assert set(suppressed([ADA, "other1@example.com"])) == {ADA, "other1@example.com"}
    assert Bounce.objects.count() == 2
    assert not any("@" in one.source + one.words for one in Bounce.objects.all())


def test_the_webhook_of_amazon_ses_is_not_there_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    told = {"Type": "Notification", "MessageId": "1", "Message": "{}"}
    assert post("amazon_ses", told).status_code == 404


# Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/events/events


def mailgun(data: Mapping[str, Any], key: str = KEY) -> HttpResponse:
    token, timestamp = "05a1" * 12 + "ab", "1772452800"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    told = {"id": "G9Bn5sl1TC6nu79C8C0bwg", "timestamp": 1772452800.5, "recipient": ADA,
            "message": {"headers": {"to": ADA, "message-id": "1@example.com"}}, "user-variables": {}}  # fmt: skip
    block = {"timestamp": timestamp, "token": token, "signature": signature}
    return post("mailgun", {"signature": block, "event-data": told | data})


def failed(severity: str, reason: str, code: int, message: str) -> dict[str, Any]:
    status = {"code": code, "message": message, "description": "", "attempt-no": 1}
    return {"event": "failed", "severity": severity, "reason": reason, "delivery-status": status}


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        (failed("permanent", "bounce", 550, "5.1.1 The email account that you tried to reach does not exist"), HARD),
        (failed("permanent", "generic", 550, "5.1.1 No such user"), HARD),
        (failed("permanent", "suppress-bounce", 605, "Not delivering to previously bounced address"), HARD),
        (failed("permanent", "bounce", 552, "5.2.2 mailbox full"), {}),
        (failed("temporary", "generic", 450, "4.2.1 try again"), {}),
        (failed("permanent", "suppress-complaint", 607, "Not delivering to a user who marked it as spam"), COMPLAINED),
        (failed("permanent", "suppress-unsubscribe", 606, "Not delivering to unsubscribed address"), UNSUBSCRIBED),
        ({"event": "complained"}, COMPLAINED),
        ({"event": "unsubscribed"}, UNSUBSCRIBED),
        ({"event": "delivered"}, {}),
    ],
)
def test_what_mailgun_tells(told: dict[str, Any], becomes: object) -> None:
    assert mailgun(told).status_code == 200
    assert suppressed([ADA]) == becomes


def test_events_of_mailgun_find_their_mail(road: Road) -> None:
    mail_to_ada(road)
    message = Message.objects.get()
    mailgun({"event": "complained", "user-variables": {"crm_message": str(message.pk)}})
    assert Bounce.objects.get().message == message


def test_who_can_not_sign_as_mailgun_is_refused() -> None:
    assert mailgun({"event": "complained"}, key="guessed").status_code == 400
    assert not Suppression.objects.exists()


def test_without_the_key_of_mailgun_its_webhook_is_not_there(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert mailgun({"event": "complained"}).status_code == 404
    assert not Suppression.objects.exists()


# SendGrid: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event


def sendgrid(*events: Mapping[str, Any]) -> HttpResponse:
    usual = {"email": ADA, "timestamp": 1772452800, "smtp-id": "<1@example.com>", "sg_message_id": "14c5d75ce93.1"}
    return post("sendgrid", [{**usual, "sg_event_id": f"event{n}=="} | event for n, event in enumerate(events)])


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        ({"event": "bounce", "type": "bounce", "status": "5.0.0", "reason": "500 unknown recipient"}, HARD),
        ({"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such user"}, HARD),
        ({"event": "bounce", "type": "bounce", "status": "5.2.2", "reason": "552 5.2.2 mailbox full"}, {}),
        ({"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "550 spam content"}, {}),
        ({"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"}, HARD),
        ({"event": "dropped", "reason": "Invalid", "status": "5.0.0"}, HARD),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, COMPLAINED),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, UNSUBSCRIBED),
        ({"event": "spamreport"}, COMPLAINED),
        ({"event": "group_unsubscribe", "asm_group_id": 10}, UNSUBSCRIBED),
        ({"event": "deferred", "response": "400 try again later", "attempt": "5"}, {}),
    ],
)
def test_what_sendgrid_tells(told: dict[str, Any], becomes: object) -> None:
    assert sendgrid(told).status_code == 200
    assert suppressed([ADA]) == becomes


def test_a_batch_of_sendgrid_is_taken_whole_and_finds_its_mail(road: Road) -> None:
    mail_to_ada(road)
    message = Message.objects.get()
    other = {"event": "bounce", "type": "bounce", "email": "bob@example.com", "reason": "500 unknown recipient"}
    sendgrid({"event": "spamreport", "crm_message": str(message.pk)}, other, {"event": "open"})
    assert set(suppressed([ADA, "bob@example.com"])) == {ADA, "bob@example.com"}
    assert Bounce.objects.get(kind="complaint").message == message


@pytest.mark.parametrize("field", ["reason", "sg_event_id", "email"])
def test_an_event_with_half_a_character_ends_no_batch(field: str) -> None:
    # given: JSON may name a surrogate alone, which no database keeps
    bounced = {"event": "bounce", "type": "bounce", "email": "bob@example.com", "reason": "500 unknown recipient"}
    broken = bounced | {field: bounced.get(field, "") + "\ud83d"}

    # when
    response = sendgrid(broken, bounced | {"email": ADA})

    # then
    assert response.status_code == 200
    assert ADA in suppressed([ADA])


@pytest.mark.parametrize("said", ["550 no such \ud83d user", "550 no such \0 user"])
def test_of_what_no_database_keeps_the_rest_is_kept(said: str) -> None:
    sendgrid({"event": "bounce", "type": "bounce", "reason": said, "sg_event_id": said})

    assert suppressed([ADA]) == HARD
    assert "no such" in Bounce.objects.get().words


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "postmark"])
@pytest.mark.parametrize("body", ["", "x", "[]", "{}", "[1]", '{"event-data": 1}', '"text"', "null"])
def test_what_can_not_be_read_is_no_error_of_ours(provider: str, body: str) -> None:
    assert post(provider, body).status_code in (200, 400)
    assert not Bounce.objects.exists()
