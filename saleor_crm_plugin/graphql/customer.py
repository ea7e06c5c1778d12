"""``crmCustomer``: all that is known and computed of one customer, for the shop's staff."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..contacts.models import Contact
from ..segments.models import Membership
from ..segments.overview import CustomerView, Forecast, Rfm, customer
from ..shop.port import get_shop
from ..vouchers.models import Grant
from . import loyalty
from .codes import codes_field, resolve_codes
from .computed import CrmLifetimeValue, CrmMembership, CrmRfm, CrmScore, CrmStage
from .connections import arguments
from .decisions import CrmDecisionCountableConnection, resolve_decisions
from .host import get_host
from .ids import CONTACT, contact_named, global_id
from .moments import moment
from .permissions import check_staff
from .runs import CrmRunCountableConnection, resolve_runs
from .switch import settings_in_use
from .timeline import CrmTimelineEventCountableConnection, resolve_timeline


@dataclass(frozen=True)
class Customer:
    """A contact, and where it stands."""

    contact: Contact
    view: CustomerView


class CrmCustomer(graphene.ObjectType):
    """A customer: somebody with an account, or a guest who is known by an email address."""

    id = graphene.ID(required=True, description="The ID of the customer in the CRM. Guests have one, too.")
    user = graphene.Field(lambda: get_host().user, description="The account. Null for guests.")
    email = graphene.String(description="The email address.")
    consented = graphene.Boolean(required=True, description="Whether the customer agreed to marketing mail.")
    as_of = moment(description="When segments were last computed. Null before the first time.")
    rfm = graphene.List(
        graphene.NonNull(CrmRfm), required=True, description="What was bought, and how it ranks, by currency."
    )
    score = graphene.Field(CrmScore, description="The score. Null before the first time that segments are computed.")
    stage = graphene.Field(CrmStage, description="The stage of the lifecycle, and since when.")
    p_alive = graphene.Float(
        description="How probable it is that the customer still buys here, 0 to 1, over all currencies. Null where"
        " nothing was bought, or the shop has too few orders to tell."
    )
    lifetime_values = graphene.List(
        graphene.NonNull(CrmLifetimeValue), required=True, description="Lifetime value, by currency."
    )
    memberships = graphene.List(
        graphene.NonNull(CrmMembership), required=True, description="Segments now and before, newest first."
    )
    loyalty = graphene.Field(loyalty.CrmLoyalty, description="The loyalty points.")
    codes = codes_field()
    timeline = graphene.Field(
        CrmTimelineEventCountableConnection, description="What happened, newest first.", **arguments()
    )
    decisions = graphene.Field(
        CrmDecisionCountableConnection,
        description="Why each mail was or was not sent, newest first.",
        **arguments(),
    )
    runs = graphene.Field(
        CrmRunCountableConnection,
        description="The flows that the customer is or was in, and how each stands; the last that began first.",
        **arguments(),
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
    def resolve_as_of(root: Customer, info: Any) -> datetime | None:
        return root.view.as_of

    @staticmethod
    def resolve_rfm(root: Customer, info: Any) -> tuple[Rfm, ...]:
        return root.view.rfm

    @staticmethod
    def resolve_score(root: Customer, info: Any) -> CrmScore | None:
        view = root.view
        return CrmScore(points=view.score, tier=view.tier or None) if view.as_of else None

    @staticmethod
    def resolve_stage(root: Customer, info: Any) -> CrmStage | None:
        view = root.view
        return CrmStage(stage=view.stage, since=view.stage_since, until=view.stage_until) if view.stage else None

    @staticmethod
    def resolve_p_alive(root: Customer, info: Any) -> float | None:
        return root.view.p_alive

    @staticmethod
    def resolve_lifetime_values(root: Customer, info: Any) -> tuple[Forecast, ...]:
        return root.view.forecasts

    @staticmethod
    def resolve_memberships(root: Customer, info: Any) -> tuple[Membership, ...]:
        return root.view.memberships

    @staticmethod
    def resolve_loyalty(root: Customer, info: Any) -> Any:
        return loyalty.of_contact(info.context, root.contact.pk)

    @staticmethod
    def resolve_codes(root: Customer, info: Any) -> list[Grant]:
        return resolve_codes(root.contact.pk)

    @staticmethod
    def resolve_timeline(root: Customer, info: Any, *, first: int | None = None, after: str | None = None) -> Any:
        return resolve_timeline(root.contact.pk, info, first, after)

    @staticmethod
    def resolve_decisions(root: Customer, info: Any, *, first: int | None = None, after: str | None = None) -> Any:
        return resolve_decisions(root.contact.pk, info, first, after)

    @staticmethod
    def resolve_runs(root: Customer, info: Any, *, first: int | None = None, after: str | None = None) -> Any:
        return resolve_runs(root.contact.pk, info, first, after)


def resolve_customer(root: Any, info: Any, *, id: str) -> Customer | None:
    """The customer of a User's or a CrmContact's id; None for who is not known."""
    check_staff(info.context)
    named = contact_named(id)
    with get_shop().writing():
        settings = settings_in_use()
        if settings is None:
            return None
        contact = Contact.objects.filter(**named).first()
        return Customer(contact, customer(contact.pk, settings, datetime.now(UTC))) if contact else None
