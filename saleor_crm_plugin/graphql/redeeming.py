"""``loyaltyPointsRedeem``: a customer turns points into a voucher."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

import graphene

from ..contacts.models import Contact
from ..flows import points as vouchers_for_points
from ..segments.loyalty.ledger import MOST
from ..segments.loyalty.refusals import NotEnoughPoints, Refusal, UnknownContact
from ..shop.port import get_shop
from ..vouchers.grant import Granted
from .amounts import Amount
from .host import Right, get_host
from .moments import moment
from .permissions import may_see_history
from .switch import settings_in_use


class RedeemCode(StrEnum):
    """Why no points were spent."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    NOT_ENOUGH_POINTS = "not_enough_points"
    TOO_FEW_POINTS = "too_few_points"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class RedeemProblem:
    """What is wrong, and in which argument (in GraphQL's spelling)."""

    field: str | None
    message: str
    code: RedeemCode


@dataclass(frozen=True)
class Bought:
    """A voucher and the points that were spent on it."""

    granted: Granted
    points: int


@dataclass(frozen=True)
class Redeemed:
    """What became of a request."""

    voucher: Bought | None = None
    errors: Sequence[RedeemProblem] = field(default_factory=tuple)


class CrmLoyaltyVoucher(graphene.ObjectType):
    """A voucher that was bought with points."""

    code = graphene.String(required=True, description="What is typed in the checkout. Good for one order.")
    points = graphene.Int(required=True, description="How many points were spent on it.")
    amount = graphene.Field(lambda: get_host().money, required=True, description="What it takes off the order.")
    expires_at = moment(
        required=True,
        description="Until when it can be used. If it is not used until then, the points come back.",
    )

    @staticmethod
    def resolve_code(root: Bought, info: Any) -> str:
        return root.granted.code

    @staticmethod
    def resolve_amount(root: Bought, info: Any) -> Amount:
        return Amount(root.granted.value, root.granted.currency)

    @staticmethod
    def resolve_expires_at(root: Bought, info: Any) -> datetime:
        return root.granted.expires_at


RedeemErrorCode = graphene.Enum(
    "CrmLoyaltyPointsRedeemErrorCode",
    [(code.value.upper(), code.value) for code in RedeemCode],
    description=lambda value: "Why no points were spent." if value is None else None,
)


class CrmLoyaltyPointsRedeemError(graphene.ObjectType):
    """Why no points were spent."""

    field = graphene.String(description="Name of the argument that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(RedeemErrorCode, required=True, description="The error code.")


class CrmLoyaltyPointsRedeem(graphene.ObjectType):
    """Turns points into a voucher."""

    voucher = graphene.Field(CrmLoyaltyVoucher, description="The voucher. Null if there are errors.")
    errors = graphene.List(
        graphene.NonNull(CrmLoyaltyPointsRedeemError), required=True, description="Why nothing was spent."
    )


def arguments() -> dict[str, Any]:
    """What a request says."""
    return {
        "points": graphene.Argument(graphene.Int, required=True, description="How many points to spend."),
        "channel": graphene.Argument(
            graphene.String, required=True, description="Slug of the channel in whose currency the voucher is."
        ),
        "request_id": graphene.String(
            description="The storefront's own name for this request: 8 to 36 letters, digits and dashes, such as a"
            " UUID. Sent again under the same name, it gives the same voucher and spends nothing."
        ),
    }


def resolve_redeem(root: Any, info: Any, *, points: int, channel: str, request_id: str | None = None) -> Redeemed:
    """Spend points of the customer who is logged in.

    Refused to an account whose address nobody confirmed: the points are those of the address.
    """
    host, shop = get_host(), get_shop()
    user_id = host.user_id(info.context)
    if user_id is None or not may_see_history(info.context, user_id):
        raise host.denied(permissions=[Right.OWNER])
    if not 1 <= points <= MOST:
        return _refused("points", f"Must be from 1 to {MOST}.", RedeemCode.INVALID)
    if request_id is not None and not re.fullmatch(r"[A-Za-z0-9-]{8,36}", request_id):
        return _refused("requestId", "Must be 8 to 36 letters, digits and dashes.", RedeemCode.INVALID)
    with shop.writing():
        settings = settings_in_use()
        if settings is None or not settings.vouchers.points:
            return _refused(None, "The shop sells no vouchers for points.", RedeemCode.INACTIVE)
        contact = Contact.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
        if contact is None:
            return _refused("points", "0 points are available.", RedeemCode.NOT_ENOUGH_POINTS)
        source = f"voucher:{user_id}:{request_id or uuid4()}"
        try:
            bought = vouchers_for_points.buy(shop, settings, contact, points, channel, source, datetime.now(UTC))
        except vouchers_for_points.NotSold:
            return _refused("channel", "Points buy no voucher in this channel.", RedeemCode.NOT_FOUND)
        except vouchers_for_points.TooFew:
            return _refused("points", "So few points are worth nothing.", RedeemCode.TOO_FEW_POINTS)
        except NotEnoughPoints as refusal:
            message = f"{refusal.available} points are available."
            return _refused("points", message, RedeemCode.NOT_ENOUGH_POINTS)
        except UnknownContact:
            return _refused("points", "0 points are available.", RedeemCode.NOT_ENOUGH_POINTS)
        except Refusal:
            message = "Was used for other points, or its voucher has ended."
            return _refused("requestId", message, RedeemCode.INVALID)
    return Redeemed(Bought(bought, points))


def _refused(argument: str | None, message: str, code: RedeemCode) -> Redeemed:
    return Redeemed(errors=[RedeemProblem(argument, message, code)])
