"""``User.loyalty``: a customer's points, as the customer himself and the shop's staff see them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..contacts.models import Contact
from ..segments.loyalty.account import Account, account
from ..segments.loyalty.history import Movement, counts, histories
from . import cursors
from .connections import CountableConnection, Window, arguments, page, window
from .enums import LoyaltyEntryKind
from .ids import global_id
from .loaders import load
from .moments import moment
from .permissions import FOR_STAFF, check_owner_or_staff, check_staff, may_see_history
from .switch import settings_in_use


@dataclass(frozen=True)
class Points:
    """What there is to tell of one customer: the account, and whose history it has (None: there is none yet)."""

    contact_id: int | None
    account: Account

    def any(self) -> bool:
        """Whether there are points, usable, owed or pending."""
        return bool(self.account.balance or self.account.pending)


class CrmLoyaltyEntry(graphene.ObjectType):
    """One movement of points."""

    id = graphene.GlobalID(required=True, description="The ID of the movement.")
    at = moment(required=True, description="When it happened.")
    kind = graphene.Field(LoyaltyEntryKind, required=True, description="How points moved.")
    points = graphene.Int(required=True, description="By how many. Negative where points went away.")
    due_at = moment(
        description="When the points concerned become usable or, once they are, expire, as known then.",
    )
    order_id = graphene.ID(description="The ID of the order whose points they are. Null for points given by staff.")
    note = graphene.String(description="The reason that staff gave." + FOR_STAFF)

    @staticmethod
    def resolve_order_id(root: Movement, info: Any) -> str | None:
        return global_id("Order", root.order_id) if root.order_id else None

    @staticmethod
    def resolve_note(root: Movement, info: Any) -> str | None:
        check_staff(info.context)
        return root.note or None


class CrmLoyaltyEntryCountableConnection(CountableConnection):
    """Movements of points, newest first."""

    class Meta:
        node = CrmLoyaltyEntry


class CrmExpiringPoints(graphene.ObjectType):
    """Points that end together."""

    points = graphene.Int(required=True, description="How many end on that day (UTC).")
    at = moment(required=True, description="When they expire.")


class CrmNextTier(graphene.ObjectType):
    """The tier above."""

    name = graphene.String(required=True, description="What it is called.")
    missing = graphene.Int(required=True, description="How many more points have to be earned for it.")


def _of_account(name: str, default: Any, root: Points, info: Any) -> Any:
    return getattr(root.account, name)


class CrmLoyalty(graphene.ObjectType):
    """A customer's loyalty points."""

    class Meta:
        default_resolver = _of_account

    balance = graphene.Int(
        required=True,
        description="Points earned, not used and not expired. Negative where points were taken back after their use.",
    )
    available = graphene.Int(required=True, description="Points that can be used now.")
    pending = graphene.Int(
        required=True, description="Points that wait for delivery and for the end of the return window."
    )
    expiring_soon = graphene.Int(required=True, description="Usable points that expire within 30 days.")
    expiring = graphene.Field(CrmExpiringPoints, description="The points that expire next. Null: none ever.")
    tier = graphene.String(description="The customer's tier. Null below the first.")
    next_tier = graphene.Field(CrmNextTier, description="The tier above. Null at the top.")
    history = graphene.Field(
        CrmLoyaltyEntryCountableConnection, description="Movements of points, newest first.", **arguments()
    )

    @staticmethod
    def resolve_expiring_soon(root: Points, info: Any) -> int:
        return root.account.expiring

    @staticmethod
    def resolve_expiring(root: Points, info: Any) -> CrmExpiringPoints | None:
        account = root.account
        return CrmExpiringPoints(points=account.next_points, at=account.next_at) if account.next_at else None

    @staticmethod
    def resolve_tier(root: Points, info: Any) -> str | None:
        return root.account.standing.tier or None

    @staticmethod
    def resolve_next_tier(root: Points, info: Any) -> CrmNextTier | None:
        standing = root.account.standing
        return CrmNextTier(name=standing.next_tier, missing=standing.missing) if standing.next_tier else None

    @staticmethod
    def resolve_history(root: Points, info: Any, *, first: int | None = None, after: str | None = None) -> Any:
        wanted = window(info, first, after, cursors.number)
        connection = CrmLoyaltyEntryCountableConnection

        def count() -> Any:
            return 0 if root.contact_id is None else load(info.context, _counts, root.contact_id)

        def found(movements: Sequence[Movement]) -> CountableConnection:
            return page(connection, wanted, movements, lambda movement: [movement.id], count)

        if wanted is None or root.contact_id is None:
            return found([])
        return load(info.context, _histories, (root.contact_id, wanted)).then(found)


def resolve_loyalty(root: Any, info: Any) -> Any:
    """The points of an account; None where there is no programme and the customer has no points.

    None, too, for an account that asks before its address was confirmed.
    """
    user_id = str(root.pk)
    check_owner_or_staff(info.context, user_id)
    if not may_see_history(info.context, user_id):
        return None
    return load(info.context, _of_users, user_id)


def of_contact(context: Any, contact_id: int) -> Any:
    """A promise of the same of a contact, who may have no account. Whoever asks has been let in."""
    return load(context, _of_contacts, contact_id)


def _of_users(user_ids: Sequence[str]) -> list[Points | None]:
    contacts = dict(Contact.objects.filter(user_id__in=user_ids).values_list("user_id", "pk"))
    return _of_contacts([contacts.get(user_id) for user_id in user_ids])


def _of_contacts(contact_ids: Sequence[int | None]) -> list[Points | None]:
    settings = settings_in_use()
    if settings is None:
        return [None] * len(contact_ids)
    # Who is not known yet has what contact 0, whom nobody is, has: nothing, and the first tier before him.
    accounts = account([contact_id or 0 for contact_id in contact_ids], settings.loyalty, datetime.now(UTC))
    found = [Points(contact_id, accounts[contact_id or 0]) for contact_id in contact_ids]
    return [points if settings.loyalty.since or points.any() else None for points in found]


def _histories(wanted: Sequence[tuple[int, Window[int]]]) -> list[list[Movement]]:
    """Pages of histories, each with the next movement after it. One query for all customers with the same window."""
    by_window: dict[Window[int], list[int]] = defaultdict(list)
    for contact_id, part in wanted:
        by_window[part].append(contact_id)
    pages = {part: histories(ids, part.after, part.first + 1) for part, ids in by_window.items()}
    return [pages[part][contact_id] for contact_id, part in wanted]


def _counts(contact_ids: Sequence[int]) -> list[int]:
    counted = counts(contact_ids)
    return [counted[contact_id] for contact_id in contact_ids]
