"""``crmTemplates`` and its kin: staff reads, keeps, previews and tests what mails say in the owner's own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..config import Settings
from ..contacts.models import Contact
from ..emails.own import places
from ..emails.own.models import OwnTemplate
from ..emails.own.names import NAMES
from ..emails.own.places import Place
from ..emails.own.words import Problem, Words
from ..emails.render import Rendered
from ..flows.preview import Wanted, preview, send_test
from ..shop.port import get_shop
from .host import get_host
from .ids import contact_named
from .permissions import check_staff
from .switch import settings_in_use
from .template_problems import TemplateCode, TemplateProblem
from .template_types import (
    CHANNEL,
    LANGUAGE,
    CrmRenderedMail,
    CrmTemplate,
    CrmTemplateError,
    CrmTemplateVersion,
    CrmTemplateWordsInput,
)

_INACTIVE = TemplateProblem(None, "The plugin is switched off.", TemplateCode.INACTIVE)
_NOT_FOUND = TemplateProblem("template", "There is no such mail.", TemplateCode.NOT_FOUND)
_NO_CHANNEL = TemplateProblem("channel", "There is no such channel.", TemplateCode.NOT_FOUND)
_NOBODY = TemplateProblem("customer", "Nobody with this ID is known.", TemplateCode.NOT_FOUND)


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    version: OwnTemplate | None = None
    mail: Rendered | None = None
    template: str | None = None
    sent: bool = False
    errors: Sequence[TemplateProblem] = ()


def _errors(said: str) -> Any:
    return graphene.List(graphene.NonNull(CrmTemplateError), required=True, description=said)


class CrmTemplatePreview(graphene.ObjectType):
    """How a mail would read."""

    mail = graphene.Field(CrmRenderedMail, description="The mail. Null where it can't be made.")
    errors = _errors("Why it can't be made.")


class CrmTemplateSave(graphene.ObjectType):
    """Lets a mail say something else from now on."""

    version = graphene.Field(CrmTemplateVersion, description="What is in use now. Null where nothing was kept.")
    errors = _errors("Why nothing was kept.")


class CrmTemplateRestore(graphene.ObjectType):
    """Lets a mail say again what it said before."""

    version = graphene.Field(CrmTemplateVersion, description="What is in use now. Null where nothing was done.")
    errors = _errors("Why nothing was done.")


class CrmTemplateReset(graphene.ObjectType):
    """Lets a mail say what it says without the owner's words."""

    template = graphene.Field(CrmTemplate, description="The mail. Null where nothing was done.")
    errors = _errors("Why nothing was done.")


class CrmTemplateTestSend(graphene.ObjectType):
    """Sends a mail to try it out."""

    sent = graphene.Boolean(required=True, description="Whether the mail server took it.")
    errors = _errors("Why it was not sent.")


def place_arguments() -> dict[str, Any]:
    """Which mail, and where."""
    return {
        "template": graphene.Argument(graphene.String, required=True, description="Key of the mail."),
        "channel": graphene.Argument(graphene.String, description=CHANNEL),
        "language": graphene.Argument(graphene.String, description=LANGUAGE),
    }


def words_argument(*, required: bool) -> dict[str, Any]:
    """What it shall say."""
    said = "What it shall say." if required else "What it would say. What it says now where it is not given."
    return {"words": graphene.Argument(CrmTemplateWordsInput, required=required, description=said)}


def version_argument() -> dict[str, Any]:
    """Which version."""
    return {"version": graphene.Argument(graphene.Int, required=True, description="Number of the version.")}


def customer_argument() -> dict[str, Any]:
    """As whom."""
    said = "ID of a User, or of a customer in the CRM, who would get it. An example customer where it is not given."
    return {"customer": graphene.Argument(graphene.ID, description=said)}


def recipient_argument() -> dict[str, Any]:
    """To whom."""
    return {"to": graphene.Argument(graphene.String, required=True, description="The email address that gets it.")}


def resolve_templates(root: Any, info: Any, *, template: str | None = None) -> list[str] | None:
    """The mails, or the one of a key; None while the plugin is switched off."""
    check_staff(info.context)
    with get_shop().writing():
        if settings_in_use() is None:
            return None
    return [name for name in NAMES if template in (None, name)]


def resolve_preview(root: Any, info: Any, *, template: str, **asked: Any) -> Outcome:
    """The mail as a customer would get it."""

    def look(settings: Settings, one: Wanted, now: datetime) -> Outcome:
        return Outcome(mail=preview(get_shop(), settings, one, now))

    return _looked_at(info, template, asked, look)


def resolve_test_send(root: Any, info: Any, *, template: str, to: str, **asked: Any) -> Outcome:
    """The same, sent to somebody."""

    def send(settings: Settings, one: Wanted, now: datetime) -> Outcome:
        try:
            preview(get_shop(), settings, one, now)
        except Problem as problem:
            return Outcome(errors=[_invalid(problem)])
        try:
            send_test(get_shop(), settings, one, to, now)
        except Problem as problem:
            return Outcome(errors=[TemplateProblem("to", str(problem), TemplateCode.NOT_SENT)])
        return Outcome(sent=True)

    return _looked_at(info, template, asked, send)


def resolve_save(root: Any, info: Any, *, template: str, words: Mapping[str, str], **place: str | None) -> Outcome:
    """Keep words, if they can be used."""
    author = _author(info)
    return _changed(
        template, place, lambda where, now: Outcome(places.save(get_shop(), where, _words(words), author, now))
    )


def resolve_restore(root: Any, info: Any, *, template: str, version: int, **place: str | None) -> Outcome:
    """Use the words of a version again."""
    author = _author(info)
    return _changed(
        template, place, lambda where, now: Outcome(places.restore(get_shop(), where, version, author, now))
    )


def resolve_reset(root: Any, info: Any, *, template: str, **place: str | None) -> Outcome:
    """Use no words of the owner's any more."""
    _author(info)

    def reset(where: Place, now: datetime) -> Outcome:
        places.reset(where)
        return Outcome(template=template)

    return _changed(template, place, reset)


def _author(info: Any) -> str:
    check_staff(info.context)
    return get_host().author(info.context)


def _changed(template: str, place: Mapping[str, str | None], what: Callable[[Place, datetime], Outcome]) -> Outcome:
    with get_shop().writing():
        if settings_in_use() is None:
            return Outcome(errors=[_INACTIVE])
        if template not in NAMES:
            return Outcome(errors=[_NOT_FOUND])
        where = Place.of(template, place.get("channel") or "", place.get("language") or "")
        if where.channel and where.channel not in get_shop().channels():
            return Outcome(errors=[_NO_CHANNEL])
        try:
            return what(where, datetime.now(UTC))
        except Problem as problem:
            return Outcome(errors=[_invalid(problem)])


def _looked_at(
    info: Any, template: str, asked: Mapping[str, Any], what: Callable[[Settings, Wanted, datetime], Outcome]
) -> Outcome:
    check_staff(info.context)
    with get_shop().writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome(errors=[_INACTIVE])
        if template not in NAMES:
            return Outcome(errors=[_NOT_FOUND])
        contact = None
        if asked.get("customer"):
            contact = Contact.objects.filter(**contact_named(asked["customer"])).first()
            if contact is None:
                return Outcome(errors=[_NOBODY])
        words = _words(asked["words"]) if asked.get("words") else None
        one = Wanted(template, words, asked.get("channel") or "", asked.get("language") or "", contact)
        try:
            return what(settings, one, datetime.now(UTC))
        except Problem as problem:
            return Outcome(errors=[_invalid(problem)])


def _words(written: Mapping[str, str]) -> Words:
    return Words(written["subject"], written.get("preview") or "", written["body"])


def _invalid(problem: Problem) -> TemplateProblem:
    return TemplateProblem("words", str(problem), TemplateCode.INVALID)
