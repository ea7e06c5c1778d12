"""``crmCustomer``: all that is known and computed of one customer, for the shop's staff."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..contacts.models import Contact
from ..shop.port import get_shop
from . import expected, loyalty
from .computed import CrmLifetimeValue, CrmMembership, CrmRfm, CrmScore, CrmStage
from .connections import arguments
from .host import get_host
from .ids import CONTACT, global_id, number_of
from .permissions import check_staff
from .switch import settings_in_use
from .timeline import CrmTimelineEventCountableConnection, resolve_timeline


@dataclass(frozen=True)
class Customer:
    """A contact, with what is computed of it."""

    contact: Contact
    portrait: expected.Portrait


def _of_portrait(name: str, default: Any, root: Customer, info: Any) -> Any:
    return getattr(root.portrait, name)


class CrmCustomer(graphene.ObjectType):
    """A customer: somebody with an account, or a guest who is known by an email address."""

    class Meta:
        default_resolver = _of_portrait

    id = graphene.ID(required=True, description="The ID of the customer in the CRM. Guests have one, too.")
    user = graphene.Field(lambda: get_host().user, description="The account. Null for guests.")
    email = graphene.String(description="The email address.")
    consented = graphene.Boolean(required=True, description="Whether the customer agreed to marketing mail.")
    rfm = graphene.List(
        graphene.NonNull(CrmRfm), required=True, description="What was bought, and how it ranks, by currency."
    )
    score = graphene.Field(CrmScore, description="The score.")
    stage = graphene.Field(CrmStage, description="The stage of the lifecycle, and since when.")
    lifetime_values = graphene.List(
        graphene.NonNull(CrmLifetimeValue), required=True, description="P(alive) and lifetime value, by currency."
    )
    memberships = graphene.List(
        graphene.NonNull(CrmMembership), required=True, description="Segments now and before, newest first."
    )
    loyalty = graphene.Field(loyalty.CrmLoyalty, description="The loyalty points.")
    timeline = graphene.Field(
        CrmTimelineEventCountableConnection, description="What happened, newest first.", **arguments()
    )

    @staticmethod
    def resolve_id(root: Customer, info: Any) -> str:
        return global_id(CONTACT, root.contact.pk)

    @staticmethod
    def resolve_user(root: Customer, info: Any) -> Any:
        user_id = root.contact.user_id
        return get_host().account(info.context, user_id) if user_id else None

    @staticmethod
    def resolve_email(root: Customer, info: Any) -> str | None:
        return root.contact.email

    @staticmethod
    def resolve_consented(root: Customer, info: Any) -> bool:
        return root.contact.consented

    @staticmethod
    def resolve_loyalty(root: Customer, info: Any) -> Any:
        return loyalty.of_contact(info.context, root.contact.pk)

    @staticmethod
    def resolve_timeline(root: Customer, info: Any, *, first: int | None = None, after: str | None = None) -> Any:
        return resolve_timeline(root.contact.pk, info, first, after)


def resolve_customer(root: Any, info: Any, *, id: str) -> Customer | None:
    """The customer of a User's or a CrmContact's id; None for who is not known."""
    check_staff(info.context)
    kind, key = number_of(id, "User", CONTACT)
    with get_shop().writing():
        if settings_in_use() is None:
            return None
        named = {"pk": key} if kind == CONTACT else {"user_id": str(key)}
        contact = Contact.objects.filter(**named).first()
        return Customer(contact, expected.customer(contact.pk, datetime.now(UTC))) if contact else None
