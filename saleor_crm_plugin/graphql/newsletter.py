"""``crmNewsletterSubscribe``: a storefront signs people up for the newsletter.

What is answered says nothing of the address: not whether anybody is known by it, has the newsletter already, or wants
no mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import graphene

from ..activity import budget
from ..flows.newsletter import sign_up
from ..shop.port import get_shop
from . import waiting
from .host import get_host
from .mail_problems import MailCode, MailProblem
from .permissions import is_known
from .preferences import CrmMailError, wrong_wording
from .switch import settings_in_use

MOST_OF_AN_ADDRESS = 5  # requests a day; what is beyond is answered alike, and does nothing
_SUBJECT = "newsletter"
_INACTIVE = MailProblem(None, "The shop signs nobody up for a newsletter.", MailCode.INACTIVE)


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    needs_confirmation: bool | None = None
    errors: Sequence[MailProblem] = field(default_factory=tuple)


class CrmNewsletterSubscribe(graphene.ObjectType):
    """Signs an address up for the newsletter."""

    needs_confirmation = graphene.Boolean(
        description="Whether it has to be confirmed first, by the link in a mail. Null if there are errors."
    )
    errors = graphene.List(graphene.NonNull(CrmMailError), required=True, description="Why nothing was taken.")


def arguments() -> dict[str, Any]:
    """What a request says."""
    return {
        "email": graphene.String(
            description="Where to write to. Needed from everybody who is not logged in; of customers who are, it has to"
            " be the account's own."
        ),
        "channel": graphene.Argument(graphene.String, required=True, description="Slug of the channel."),
        "language_code": graphene.Argument(
            lambda: get_host().language_code,
            description="In which language to write. The account's where it is not given.",
        ),
        "visitor_id": graphene.String(
            description="The storefront's own name for the visitor: a UUID that it makes and keeps. Only limits how"
            " often one visitor may ask; nothing is stored of it."
        ),
        "wording": graphene.String(
            description="The sentence that was agreed to, as your page shows it. Kept as evidence where nothing has to"
            " be confirmed; else that of the page behind the mail's link is."
        ),
    }


def resolve_subscribe(
    root: Any,
    info: Any,
    *,
    channel: str,
    email: str | None = None,
    language_code: str | None = None,
    visitor_id: str | None = None,
    wording: str | None = None,
) -> Outcome:
    """Sign whoever asks up."""
    wording = wording or ""
    host, shop, now = get_host(), get_shop(), datetime.now(UTC)
    with shop.writing():
        settings = settings_in_use()
        if settings is None or not settings.newsletter_enabled:
            return Outcome(errors=[_INACTIVE])
        if channel not in shop.channels():
            return Outcome(errors=[MailProblem("channel", "There is no such channel.", MailCode.NOT_FOUND)])
        if wrong := wrong_wording(wording):
            return Outcome(errors=[wrong])
        try:
            user_id, email, language = host.user_id(info.context), email or "", language_code or ""
            if user_id:
                confirmed = is_known(info.context, settings)
                asker = waiting.account(shop, user_id, email, language, confirmed=confirmed)
            else:
                asker = waiting.guest(email, language)
            waiting.limit(asker, visitor_id or "", now, _SUBJECT)
        except waiting.NotAskedError as refused:
            problem = refused.problem
            return Outcome(errors=[MailProblem(problem.field, problem.message, MailCode(problem.code.value))])
        if budget.spend_of_person("newsletter to", asker.person.email, MOST_OF_AN_ADDRESS, now):
            sign_up(settings, asker.person, channel, asker.language, wording, now, known=asker.known)
    return Outcome(needs_confirmation=settings.newsletter_confirm and not asker.known)
