"""``crmPreferences`` and ``crmPreferencesUpdate``: which mails a customer wants, how often, in which language."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import graphene
from django.db import transaction

from ..contacts.identity import holder_of, resolve
from ..contacts.models import ConsentRecord, Contact
from ..contacts.preferences.choice import Choice, Evidence, Frequency, choose, chosen
from ..contacts.preferences.models import MailKind
from ..emails.languages import shipped
from ..shop.consent import LONGEST_WORDING
from ..shop.port import get_shop
from .enums import MailErrorCode, MailFrequency, MailKindEnum
from .mail_problems import MailCode, MailProblem
from .permissions import confirmed_owner, contact_asked_about


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    preferences: Choice | None = None
    errors: Sequence[MailProblem] = field(default_factory=tuple)


class CrmPreferences(graphene.ObjectType):
    """Which mails a customer wants."""

    kinds = graphene.List(graphene.NonNull(MailKindEnum), required=True, description="The kinds that are wanted.")
    frequency = graphene.Field(MailFrequency, required=True, description="How often.")
    language = graphene.String(description="The language of all mails. Null: the one in which the shop is used.")
    blocked = graphene.Boolean(
        required=True,
        description="Whether the address gets no mail whatever is chosen, since mails came back or were complained of.",
    )

    @staticmethod
    def resolve_kinds(root: Choice, info: Any) -> list[str]:
        return [kind.value for kind in MailKind if kind in root.wanted]

    @staticmethod
    def resolve_frequency(root: Choice, info: Any) -> str:
        return (root.frequency or Frequency.NONE).value

    @staticmethod
    def resolve_language(root: Choice, info: Any) -> str | None:
        return root.language or None


class CrmMailError(graphene.ObjectType):
    """Why nothing was stored."""

    field = graphene.String(description="Name of the argument that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(MailErrorCode, required=True, description="The error code.")


class CrmPreferencesUpdate(graphene.ObjectType):
    """Says which mails a customer wants."""

    preferences = graphene.Field(CrmPreferences, description="What holds now. Null if there are errors.")
    errors = graphene.List(graphene.NonNull(CrmMailError), required=True, description="Why nothing was stored.")


def arguments() -> dict[str, Any]:
    """What a request says. What it does not say stays."""
    return {
        "kinds": graphene.List(graphene.NonNull(MailKindEnum), description="The kinds that are wanted, and no others."),
        "frequency": graphene.Argument(
            MailFrequency, description="How often. NONE unsubscribes; ALL and WEEKLY agree; not given, nothing of that."
        ),
        "language": graphene.String(description="The language of all mails; empty: the one in which the shop is used."),
        "wording": graphene.String(
            description="The sentence that the customer agreed to, as your page shows it. Kept as evidence."
        ),
    }


def resolve_preferences(root: Any, info: Any, *, id: str | None = None) -> Choice | None:
    """What the customer who is logged in wants; with an id, for staff, what that customer wants. None for whom nobody
    knows."""
    named = contact_asked_about(info.context, id)
    with get_shop().writing():
        contact = Contact.objects.filter(**named).first()
        return chosen(contact) if contact else None


def resolve_update(
    root: Any,
    info: Any,
    *,
    kinds: Sequence[str] | None = None,
    frequency: str | None = None,
    language: str | None = None,
    wording: str | None = None,
) -> Outcome:
    """Store what the customer who is logged in wants, also while the plugin is switched off."""
    user_id, now, wording = confirmed_owner(info.context), datetime.now(UTC), wording or ""
    if language and language.lower() not in shipped():
        return _wrong("language", f"Must be one of {', '.join(shipped())}, or empty.")
    if no_wording := wrong_wording(wording):
        return Outcome(errors=[no_wording])
    shop = get_shop()
    with shop.writing(), transaction.atomic():
        person = next((holder_of(one) for one in shop.customers([user_id]).values()), None)
        contact = resolve([person], now).get(person) if person else None
        if contact is None:
            return Outcome(errors=[MailProblem(None, "Nobody is known by this account.", MailCode.NOT_FOUND)])
        said = replace(chosen(contact), frequency=Frequency(frequency) if frequency is not None else None)
        if kinds is not None:
            said = replace(said, wanted=frozenset(map(MailKind, kinds)))
        if language is not None:
            said = replace(said, language=language.lower())
        evidence = Evidence(ConsentRecord.Source.PREFERENCES, f"account {user_id}", wording)
        return Outcome(choose(contact, said, evidence, now))


def wrong_wording(wording: str) -> MailProblem | None:
    """Why a sentence that somebody agreed to can't be kept."""
    if len(wording) > LONGEST_WORDING or "\0" in wording:
        return MailProblem("wording", f"Must be a text of at most {LONGEST_WORDING} characters.", MailCode.INVALID)
    return None


def _wrong(argument: str, message: str) -> Outcome:
    return Outcome(errors=[MailProblem(argument, message, MailCode.INVALID)])
