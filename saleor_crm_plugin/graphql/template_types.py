"""Mails and the owner's words for them, as staff sees them."""

from typing import Any

import graphene

from ..emails.own import places
from ..emails.own.models import OwnTemplate
from ..emails.own.names import NAMES
from ..emails.own.places import Place
from ..emails.own.skeleton import skeleton
from ..emails.own.words import MOST_BODY, MOST_PREVIEW, MOST_SUBJECT, Words
from ..shop.port import get_shop
from .enums import TemplateErrorCode
from .host import get_host
from .ids import global_id

CHANNEL = "Slug of the channel. All channels where it is not given."
LANGUAGE = "Code of the language, such as de or de-at. All languages where it is not given."


class CrmTemplateWords(graphene.ObjectType):
    """What a mail says."""

    subject = graphene.String(required=True, description="The subject.")
    preview = graphene.String(required=True, description="The line below it in the inbox.")
    body = graphene.String(required=True, description="The body: simple HTML with tags.")


class CrmTemplateVersion(graphene.ObjectType):
    """What a mail says in the owner's own words in one place, as it was saved once."""

    channel = graphene.String(description="Slug of the channel. Null for all.")
    language = graphene.String(description="Code of the language. Null for all.")
    version = graphene.Int(required=True, description="Number of the version in its place.")
    current = graphene.Boolean(required=True, description="Whether it is in use.")
    restored = graphene.Int(description="The version whose words these were. Null where they were new.")
    words = graphene.Field(CrmTemplateWords, required=True, description="The words.")
    saved_at = graphene.Field(graphene.NonNull(lambda: get_host().date_time), description="When it was saved.")
    saved_by = graphene.ID(description="ID of the User or the App that saved it. Null where it was done by command.")

    @staticmethod
    def resolve_channel(root: OwnTemplate, info: Any) -> str | None:
        return root.channel or None

    @staticmethod
    def resolve_language(root: OwnTemplate, info: Any) -> str | None:
        return root.language or None

    @staticmethod
    def resolve_saved_by(root: OwnTemplate, info: Any) -> str | None:
        kind, _, key = root.saved_by.partition(":")
        return global_id(kind.title(), key) if key else None


class CrmTemplate(graphene.ObjectType):
    """A mail."""

    template = graphene.String(required=True, description="Its key, as in the steps of flows.")
    names = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What its words may name, such as customer.first_name.",
    )
    beginning = graphene.Field(CrmTemplateWords, required=True, description="Words to begin with.")
    current = graphene.List(
        graphene.NonNull(CrmTemplateVersion),
        required=True,
        description="What it says in the owner's words, by place.",
    )
    versions = graphene.List(
        graphene.NonNull(CrmTemplateVersion),
        required=True,
        channel=graphene.String(description=CHANNEL),
        language=graphene.String(description=LANGUAGE),
        description="All that it ever said in one place, the newest first.",
    )

    @staticmethod
    def resolve_template(root: str, info: Any) -> str:
        return root

    @staticmethod
    def resolve_names(root: str, info: Any) -> list[str]:
        return sorted(NAMES[root])

    @staticmethod
    def resolve_beginning(root: str, info: Any) -> Words:
        return skeleton(root)

    @staticmethod
    def resolve_current(root: str, info: Any) -> list[OwnTemplate]:
        with get_shop().writing():
            return places.current(root)

    @staticmethod
    def resolve_versions(
        root: str, info: Any, *, channel: str | None = None, language: str | None = None
    ) -> list[OwnTemplate]:
        with get_shop().writing():
            return places.versions(Place.of(root, channel or "", language or ""))


class CrmRenderedMail(graphene.ObjectType):
    """A mail as somebody gets it."""

    subject = graphene.String(required=True, description="The subject.")
    html = graphene.String(required=True, description="The HTML part.")
    text = graphene.String(required=True, description="The text part.")
    language = graphene.String(required=True, description="The language of our part of the mail.")


class CrmTemplateError(graphene.ObjectType):
    """Why nothing was done."""

    field = graphene.String(description="Name of the argument that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(TemplateErrorCode, required=True, description="The error code.")


class CrmTemplateWordsInput(graphene.InputObjectType):
    """What a mail shall say."""

    subject = graphene.String(required=True, description=f"The subject, at most {MOST_SUBJECT} characters.")
    preview = graphene.String(description=f"The line below it in the inbox, at most {MOST_PREVIEW} characters.")
    body = graphene.String(required=True, description=f"The body, at most {MOST_BODY} characters.")
