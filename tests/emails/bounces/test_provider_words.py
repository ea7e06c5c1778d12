"""What providers call a bounce, in the shape in which they send it, as django-anymail's own code reads it: a mailbox
is missing, or a recipient complained, only where they say just that."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from anymail.webhooks.unisender_go import UnisenderGoTrackingWebhookView
from django.test import RequestFactory

from saleor_crm_plugin.emails.bounces.events import kind_of
from saleor_crm_plugin.emails.bounces.models import Bounce

HARD, SOFT, COMPLAINT = Bounce.Kind.HARD, Bounce.Kind.SOFT, Bounce.Kind.COMPLAINT
ADA = "ada@example.com"
AT = "2026-03-02T12:00:00Z"
NO_USER = "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown"


def read(view: type, told: object, content_type: str = "application/json") -> Bounce.Kind | None:
    """What kind of report an event becomes that a provider's view is told."""
    body = json.dumps(told) if content_type == "application/json" else told
    request = RequestFactory().post("/", data=body, content_type=content_type)
    events: list[AnymailTrackingEvent] = view.__new__(view).parse_events(request)
    return kind_of(events[0])


# https://developers.sparkpost.com/api/webhooks/, https://support.sparkpost.com/docs/deliverability/bounce-classification-codes


def spark(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    usual = {"type": "bounce", "event_id": "1", "raw_rcpt_to": ADA, "timestamp": "1772452800", "rcpt_meta": {}}
    return [{"msys": {"message_event": usual | values}}]


@pytest.mark.parametrize(
    ("number", "said", "becomes"),
    [
        ("10", "550 no", HARD),
        ("10", "550 5.4.1 Recipient address rejected: Access denied", HARD),
        ("10", "550 5.7.1 refused by policy", SOFT),
        ("10", "550-mailbox unavailable 550 invalid DNS MX or A/AAAA resource record", SOFT),
        ("30", "550 no", HARD),
        ("30", "550 5.2.1 receiving mail at a rate that prevents additional messages", SOFT),
        ("1", "550 no", SOFT),
        ("20", "450 try again", SOFT),
        ("21", "553 no such domain", SOFT),
        ("22", "552 mailbox full", SOFT),
        ("23", "552 too large", SOFT),
        ("40", "550 no", SOFT),
        ("51", "554 5.7.1 Client host [192.0.2.4] blocked using zen.spamhaus.org", SOFT),
        ("52", "550 5.7.1 this message is likely unsolicited mail", SOFT),
        ("70", "451 Temporary local problem - please try later", SOFT),
        ("70", NO_USER, HARD),
    ],
)
def test_classes_of_sparkpost_tell_a_missing_mailbox(number: str, said: str, becomes: Bounce.Kind) -> None:
    assert read(SparkPostTrackingWebhookView, spark({"bounce_class": number, "raw_reason": said})) == becomes


@pytest.mark.parametrize(("said", "becomes"), [("abuse", COMPLAINT), ("not-spam", None)])
def test_who_takes_a_complaint_back_at_sparkpost_does_not_complain(said: str, becomes: Bounce.Kind | None) -> None:
    assert read(SparkPostTrackingWebhookView, spark({"type": "spam_complaint", "fbtype": said})) == becomes


# https://dev.mailjet.com/email/guides/webhooks/


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        ({"event": "bounce", "hard_bounce": True, "error": "user unknown"}, HARD),
        ({"event": "bounce", "hard_bounce": False, "error": "quota exceeded"}, SOFT),
        ({"event": "bounce", "hard_bounce": False, "error": "relay/access denied"}, SOFT),
        ({"event": "bounce", "hard_bounce": True, "error": "relay/access denied"}, SOFT),
        ({"event": "bounce", "hard_bounce": True, "error": "content blocked"}, SOFT),
        ({"event": "blocked", "error": "preblocked"}, SOFT),
        ({"event": "blocked", "error": "spam reporter"}, COMPLAINT),
        ({"event": "spam"}, COMPLAINT),
    ],
)
def test_what_mailjet_calls_hard(told: dict[str, Any], becomes: Bounce.Kind) -> None:
    usual = {"time": 1772452800, "MessageID": 1, "email": ADA, "Payload": ""}
    assert read(MailjetTrackingWebhookView, usual | told) == becomes


# https://resend.com/docs/webhooks/emails/bounced


@pytest.mark.parametrize(
    ("kind", "message", "becomes"),
    [
        ("Permanent", "The recipient's email provider sent a hard bounce message, but ...", HARD),
        ("Transient", "The recipient's email provider sent a general bounce message.", SOFT),
        ("Transient", "The recipient's provider sent a bounce message because the inbox was full.", SOFT),
        ("Undetermined", "The recipient's email provider sent a bounce message that ...", SOFT),
        ("Permanent", "Resend has suppressed sending to this address", SOFT),
    ],
)
def test_what_resend_calls_permanent(kind: str, message: str, becomes: Bounce.Kind) -> None:
    bounce = {"message": message, "type": kind, "subType": "General"}
    told = {"type": "email.bounced", "created_at": AT, "data": {"email_id": "1", "to": [ADA], "bounce": bounce}}
    assert read(ResendTrackingWebhookView, told) == becomes


# https://developers.mailersend.com/api/v1/webhooks.html


@pytest.mark.parametrize(
    ("kind", "becomes"), [("hard_bounced", HARD), ("soft_bounced", SOFT), ("spam_complaint", COMPLAINT)]
)
def test_what_mailersend_calls_hard(kind: str, becomes: Bounce.Kind) -> None:
    morph = {"object": "recipient_bounce", "reason": "It came back"}
    data = {"type": kind, "email": {"recipient": {"email": ADA}}, "morph": morph, "created_at": AT}
    assert read(MailerSendTrackingWebhookView, {"type": f"activity.{kind}", "data": data}) == becomes


# https://godocs.unisender.ru/web-api-ref#callback-format


@pytest.mark.parametrize(
    ("status", "delivery", "said", "becomes"),
    [
        ("hard_bounced", "err_user_unknown", "", HARD),
        ("hard_bounced", "err_mailbox_discarded", "", HARD),
        ("hard_bounced", "err_mailbox_full", "", SOFT),
        ("hard_bounced", "err_domain_inactive", "", SOFT),
        ("hard_bounced", "err_spam_rejected", "", SOFT),
        ("hard_bounced", "err_spam_skipped", "", SOFT),
        ("hard_bounced", "err_delivery_failed", NO_USER, HARD),
        ("hard_bounced", "err_unsubscribed", "", Bounce.Kind.UNSUBSCRIBE),
        ("spam", "", "", COMPLAINT),
    ],
)
def test_what_unisender_says_of_a_delivery(status: str, delivery: str, said: str, becomes: Bounce.Kind) -> None:
    info = {"delivery_status": delivery, "destination_response": said}
    told = {"event_name": "transactional_email_status", "status": status, "email": ADA, "delivery_info": info}
    assert read(UnisenderGoTrackingWebhookView, told) == becomes


# https://docs.postalserver.io/developer/webhooks


@pytest.mark.parametrize(
    ("status", "output", "becomes"),
    [
        ("HardFail", NO_USER, HARD),
        ("HardFail", "550 No such user here", HARD),
        ("HardFail", "550 5.7.1 blocked by policy", SOFT),
        ("HardFail", "550 no", SOFT),
        ("HardFail", "", SOFT),
        ("SoftFail", "452 4.2.2 mailbox full", None),
        ("Held", "", None),
    ],
)
def test_what_fails_for_good_at_postal_is_taken(status: str, output: str, becomes: Bounce.Kind | None) -> None:
    message = {"id": 7, "to": ADA, "direction": "outgoing"}
    payload = {"status": status, "details": "An SMTP delivery error", "output": output, "message": message}
    told = {"event": "MessageDeliveryFailed", "timestamp": 1772452800, "uuid": "1", "payload": payload}
    assert read(PostalTrackingWebhookView, told) == becomes


def test_a_bounce_of_which_postal_tells_no_reason_is_soft() -> None:
    original = {"id": 7, "to": ADA, "direction": "outgoing", "subject": "Your cart"}
    payload = {"original_message": original, "bounce": {"id": 8, "to": "x@psrp.example", "direction": "incoming"}}
    told = {"event": "MessageBounced", "timestamp": 1772452800, "uuid": "1", "payload": payload}
    assert read(PostalTrackingWebhookView, told) == SOFT


# https://postmarkapp.com/developer/api/bounce-api


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        ({"RecordType": "Bounce", "Type": "HardBounce"}, HARD),
        ({"RecordType": "Bounce", "Type": "BadEmailAddress"}, HARD),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, SOFT),
        ({"RecordType": "Bounce", "Type": "SpamNotification"}, SOFT),
        ({"RecordType": "Bounce", "Type": "SMTPApiError"}, None),
        ({"RecordType": "Bounce", "Type": "TemplateRenderingFailed"}, None),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, COMPLAINT),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "HardBounce"}, HARD),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "SpamComplaint"},
            COMPLAINT,
        ),
    ],
)
def test_what_postmark_calls_its_bounces(told: dict[str, Any], becomes: Bounce.Kind | None) -> None:
    assert read(PostmarkTrackingWebhookView, {"ID": 42, "Email": ADA, "Recipient": ADA} | told) == becomes


# https://docs.mailtrap.io/email-api-smtp/advanced/webhooks


@pytest.mark.parametrize(("kind", "becomes"), [("bounce", HARD), ("soft bounce", None), ("reject", SOFT)])
def test_what_mailtrap_tells(kind: str, becomes: Bounce.Kind | None) -> None:
    told = {"event": kind, "message_id": "1", "event_id": "1", "email": ADA, "timestamp": 1772452800}
    assert read(MailtrapTrackingWebhookView, {"events": [told]}) == becomes


# Mailgun before 2018: https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages/


@pytest.mark.parametrize(
    ("code", "said", "becomes"),
    [
        ("550", "5.1.1 The email account does not exist", HARD),
        ("552", "5.2.2 mailbox full", SOFT),
        ("605", "Not delivering to previously bounced address", HARD),
        ("607", "Not delivering to a user who marked it as spam", COMPLAINT),
    ],
)
def test_codes_of_mailgun_of_old(code: str, said: str, becomes: Bounce.Kind) -> None:
    told = f"event=dropped&recipient={ADA}&code={code}&description={said}&timestamp=1772452800&token=1"
    assert read(MailgunTrackingWebhookView, told, "application/x-www-form-urlencoded") == becomes
