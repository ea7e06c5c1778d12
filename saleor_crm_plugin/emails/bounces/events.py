"""What a mail provider's event means for us, as django-anymail hands it on (``anymail.signals``).

django-anymail tells bounces of all providers alike, but not what only some of them say: whether a bounce is for good.
So the provider's own words are read, too, as far as they are known.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..refusals import BAD_MAILBOX, status_in
from .models import Bounce

_SAID = {"spam": Bounce.Kind.COMPLAINT, "unsubscribed": Bounce.Kind.UNSUBSCRIBE}
# What the provider had been told before, and sends no mail for that reason: Mailgun, SendGrid.
_KNOWN_BEFORE = {
    "suppress-complaint": Bounce.Kind.COMPLAINT,
    "spam reporting address": Bounce.Kind.COMPLAINT,
    "suppress-unsubscribe": Bounce.Kind.UNSUBSCRIBE,
    "unsubscribed address": Bounce.Kind.UNSUBSCRIBE,
}
# Postmark, Mandrill, Brevo; Amazon SES; SendGrid.
_SOFT = re.compile("soft[-_ ]?bounce|soft|transient|undetermined|blocked|expired", re.IGNORECASE)
_HARD = re.compile("hard[-_ ]?bounce|bounce|permanent", re.IGNORECASE)
# Where providers put more of their words: Mailgun, Amazon SES.
_INSIDE = ("event-data", "bounce")


def kind_of(event: Any) -> Bounce.Kind | None:
    """What kind of report an event is, None for none."""
    kind, reason = str(event.event_type), str(event.reject_reason or "")
    if kind == "complained":
        return Bounce.Kind.COMPLAINT
    if kind == "unsubscribed":
        return Bounce.Kind.UNSUBSCRIBE
    if kind not in ("bounced", "rejected"):
        return None
    if reason in _SAID:
        return _SAID[reason]
    told = list(_told(event))
    for word in told:
        if known := _KNOWN_BEFORE.get(word.lower()):
            return known
    return Bounce.Kind.HARD if reason == "invalid" or _for_good(event, reason, told) else Bounce.Kind.SOFT


def words_of(event: Any) -> str:
    """What the recipient's server said, or the provider."""
    return f"{event.mta_response or ''} {event.description or ''}".strip()


def _for_good(event: Any, reason: str, told: list[str]) -> bool:
    """Whether a bounce says that there is no such mailbox: by the server's status where it gave one, else by what the
    provider calls it."""
    if status := status_in(words_of(event)):
        return status in BAD_MAILBOX
    if any(_SOFT.fullmatch(word) for word in told):
        return False
    return reason == "bounced" or (not reason and any(_HARD.fullmatch(word) for word in told))


def _told(event: Any) -> Iterator[str]:
    """The short words in which a provider tells what happened."""
    whole = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    for part in (whole, *(whole.get(name) for name in _INSIDE)):
        if isinstance(part, Mapping):
            yield from (value for value in part.values() if isinstance(value, str))
