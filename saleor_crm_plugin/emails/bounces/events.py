"""What a mail provider's event means for us, as django-anymail hands it on (``anymail.signals``).

django-anymail tells bounces of all providers alike, but not what only some of them say: whether a bounce is for good,
and whether "spam" is what a person said or a filter. So the provider's own words are read, too, each where it stands.
What is not said outright is a refusal for now, for a wrong suppression is never noticed.
"""

from collections.abc import Mapping
from typing import Any

from ..refusals import no_mailbox, reply_in, something_else, status_in
from .models import Bounce

# Where in an event providers say something, and in which words.
_Words = Mapping[tuple[str, ...], frozenset[str]]

# What a person had told the provider before, which sends no mail for that reason.
_KNOWN_BEFORE: Mapping[Bounce.Kind, _Words] = {
    Bounce.Kind.COMPLAINT: {
        ("event-data", "reason"): frozenset({"suppress-complaint"}),  # Mailgun
        ("code",): frozenset({"607"}),  # Mailgun before 2018
        ("reason",): frozenset({"spam reporting address"}),  # SendGrid
        ("type",): frozenset({"spam reporting address"}),
        ("error",): frozenset({"spam reporter"}),  # Mailjet
    },
    Bounce.Kind.UNSUBSCRIBE: {
        ("event-data", "reason"): frozenset({"suppress-unsubscribe"}),
        ("reason",): frozenset({"unsubscribed address"}),
        ("type",): frozenset({"unsubscribed address"}),
    },
}
# That a filter, and nobody else, took a mail for spam.
_FILTERED: _Words = {("Type",): frozenset({"spamnotification"})}  # Postmark
# That it is no complaint, but the contrary.
_NO_SPAM: _Words = {
    ("complaint", "complaintFeedbackType"): frozenset({"not-spam"}),  # Amazon SES
    ("msys", "message_event", "fbtype"): frozenset({"not-spam"}),  # SparkPost
}
# Failures are mostly the shop's own, such as a template that can't be made.
_REFUSED: _Words = {("payload", "status"): frozenset({"hardfail"})}  # Postal
_FOR_NOW: _Words = {
    ("type",): frozenset({"blocked", "expired"}),  # SendGrid
    ("hard_bounce",): frozenset({"false"}),  # Mailjet
    ("error",): frozenset({"quota exceeded", "relay/access denied"}),
}
_FOR_GOOD: _Words = {
    ("bounce", "bounceType"): frozenset({"permanent"}),  # Amazon SES
    ("event",): frozenset({"hard_bounce", "bounce"}),  # Brevo and Mandrill; Mailtrap, whose soft ones are another event
    ("data", "type"): frozenset({"hard_bounced"}),  # MailerSend
    ("event-data", "reason"): frozenset({"bounce", "suppress-bounce"}),  # Mailgun
    ("code",): frozenset({"605"}),  # Mailgun before 2018
    ("hard_bounce",): frozenset({"true"}),  # Mailjet
    ("Type",): frozenset({"hardbounce"}),  # Postmark
    ("SuppressionReason",): frozenset({"hardbounce"}),
    ("data", "bounce", "type"): frozenset({"permanent"}),  # Resend
    ("type",): frozenset({"bounce", "bounced address"}),  # SendGrid
    ("reason",): frozenset({"bounced address"}),
    ("msys", "message_event", "bounce_class"): frozenset({"10", "30"}),  # SparkPost
    ("delivery_info", "delivery_status"): frozenset(  # Unisender Go
        {"err_user_unknown", "err_user_inactive", "err_mailbox_discarded"}
    ),
}


def kind_of(event: Any) -> Bounce.Kind | None:
    """What kind of report an event is, None for none."""
    kind, reason = str(event.event_type), str(event.reject_reason or "")
    if kind == "complained":
        if _says(event, _NO_SPAM):
            return None
        return Bounce.Kind.SOFT if _says(event, _FILTERED) else Bounce.Kind.COMPLAINT
    if kind == "unsubscribed":
        return Bounce.Kind.UNSUBSCRIBE
    if kind not in ("bounced", "rejected") and not (kind == "failed" and _says(event, _REFUSED)):
        return None
    if reason == "unsubscribed":
        return Bounce.Kind.UNSUBSCRIBE
    for known, words in _KNOWN_BEFORE.items():
        if _says(event, words):
            return known
    return Bounce.Kind.HARD if _for_good(event, reason) else Bounce.Kind.SOFT


def words_of(event: Any) -> str:
    """What the recipient's server said, or the provider."""
    return f"{event.mta_response or ''} {event.description or ''}".strip()


def _for_good(event: Any, reason: str) -> bool:
    """Whether a bounce says that there is no such mailbox: by the server's status where it gave one, else by what the
    provider calls it, or the server's words."""
    words = words_of(event)
    missing = no_mailbox(reply_in(words), words)
    if status_in(words) and (missing or reason != "invalid"):
        return missing
    if _says(event, _FOR_NOW) or something_else(str(event.mta_response or "")):
        return False
    return missing or reason == "invalid" or (reason in ("", "bounced") and _says(event, _FOR_GOOD))


def _says(event: Any, words: _Words) -> bool:
    return any(_said(event.esp_event, place) in known for place, known in words.items())


def _said(told: Any, place: tuple[str, ...]) -> str:
    """The short word that stands at a place of what a provider told; "" for none."""
    for name in place:
        told = told.get(name) if isinstance(told, Mapping) else None
    return str(told).lower() if isinstance(told, str | int) else ""
