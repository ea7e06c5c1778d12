"""The mail in which the owner of an address confirms the newsletter: who gets it, and when it is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ..config import Settings
from ..contacts.address import hashes
from ..contacts.identity import Person, resolve
from ..contacts.models import ConsentRecord, Contact
from ..contacts.preferences import newsletter
from ..contacts.preferences.choice import Evidence
from ..contacts.preferences.models import NewsletterRequest
from ..emails.models import Message
from ..emails.newsletter import confirm_url
from ..emails.products import Asking
from ..shop.port import Shop
from .catalogue import NEWSLETTER_CONFIRMATION
from .letterhead import letterhead
from .models import Decision, Enrolment
from .reasons import Reason
from .situation import Frozen, Objection, Outgoing, Situation


def sign_up(
    settings: Settings, person: Person, channel: str, language: str, wording: str, now: datetime, *, known: bool
) -> None:
    """Sign a person up. Who is not ``known`` to own the address confirms it by a mail, where the owner wants that; else
    it counts at once, though nobody's earlier no is lifted by it. ``wording``, the sentence that the storefront showed,
    is the evidence of what counts at once; a mail's link leads to a sentence of our own."""
    with transaction.atomic():
        contact = resolve([person], now).get(person)
        if contact is None:  # erased, and stays so
            return
        if known or not settings.newsletter_confirm:
            evidence = Evidence(ConsentRecord.Source.NEWSLETTER, f"storefront {channel}"[:64], wording)
            newsletter.subscribe(contact, evidence, now, lifts=known)
        elif asked := newsletter.ask(contact, channel, language, now):
            Enrolment.objects.create(
                flow=NEWSLETTER_CONFIRMATION.key, subject_id=str(asked.pk), contact=contact, basis=now,
                planned_at=now, due_at=now, enrolled_at=now,
            )  # fmt: skip


class Subscriptions:
    """Requests for the newsletter (``situation.Topic``). The subject of a run is a request's number."""

    def look_up(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        """Nothing needs the network."""

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """A run is all that there is to lock."""
        return list(runs)

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: None,
        now: datetime,
    ) -> "SubscriptionSitting":
        """Read the requests."""
        digests = hashes({contact.email for contact in contacts.values() if contact.email})
        return SubscriptionSitting(shop, settings, _requests(run.subject_id for run in runs), digests, now)

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """Whether there is anything left to confirm."""
        found = _requests(message.subject_id for message in messages)
        return {message.pk: Outgoing(over=_over(found.get(message.subject_id), now)) for message in messages}

    def hold(self, messages: Sequence[Message]) -> None:
        """A run is all that there is to lock."""

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Nothing was stored but the run."""


class SubscriptionSitting:
    """One batch of due runs of requests (``situation.Sitting``)."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        found: Mapping[str, NewsletterRequest],
        digests: Mapping[str, str],
        now: datetime,
    ) -> None:
        self._shop, self._settings, self._found, self._digests, self._now = shop, settings, found, digests, now

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """Whether there is anything to confirm."""
        return Situation(over=_over(self._found.get(run.subject_id), self._now))

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Each request has a mail of its own."""
        return ()

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """Nothing is promised."""
        return {}

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail, whose only sense is its button."""
        asked = self._found[run.subject_id]
        content = letterhead(self._shop, self._settings, channel=asked.channel) | {
            "confirm_url": confirm_url(self._shop, asked, self._digests[contact.email or ""])
        }
        return Frozen(asked.language or contact.language, asked.channel, content)

    def asking(self, message: Message) -> Asking:
        """No products stand in it."""
        return Asking(message, ())

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Nothing follows but the run."""


def _requests(subjects: Iterable[str]) -> dict[str, NewsletterRequest]:
    found = NewsletterRequest.objects.in_bulk([int(subject) for subject in subjects])
    return {str(number): request for number, request in found.items()}


def _over(request: NewsletterRequest | None, now: datetime) -> Reason | None:
    confirmable = request and request.confirmed_at is None and request.expires_at > now
    return None if confirmable else Reason.NO_INTEREST
