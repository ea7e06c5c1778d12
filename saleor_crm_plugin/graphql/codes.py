"""``crmCustomer { codes }``: the voucher codes of a customer, and who used them."""

from typing import Any

import graphene

from ..shop.port import get_shop
from ..vouchers.models import Grant
from ..vouchers.of_customer import MOST, became, codes_of
from .amounts import Amount
from .enums import CodeState
from .host import get_host
from .ids import CONTACT, global_id
from .moments import moment


class CrmGrantedCode(graphene.ObjectType):
    """A voucher code that was granted to a customer."""

    id = graphene.ID(required=True, description="The ID of the grant.")
    code = graphene.String(required=True, description="What is typed in the checkout.")
    tier = graphene.String(required=True, description="The tier of the voucher; `points` for loyalty points.")
    percent = graphene.Float(description="What it takes off, in percent. Null where it is an amount.")
    amount = graphene.Field(lambda: get_host().money, description="What it takes off. Null where it is a percentage.")
    state = graphene.Field(CodeState, required=True, description="What became of it.")
    sentence = graphene.String(required=True, description="What became of it, in words.")
    granted_at = moment("When it was granted.", required=True)
    expires_at = moment("Until when it is good.", required=True)
    redeemed_at = moment("When an order used it.")
    order = graphene.ID(description="ID of the order that used it.")
    redeemed_by = graphene.ID(description="ID in the CRM of the customer whose order that was. Null where unknown.")
    shared = graphene.Boolean(required=True, description="Whether somebody else used it than whom it was granted to.")

    @staticmethod
    def resolve_id(root: Grant, info: Any) -> str:
        return global_id("CrmGrantedCode", root.pk)

    @staticmethod
    def resolve_percent(root: Grant, info: Any) -> float | None:
        return None if root.percent is None else float(root.percent)

    @staticmethod
    def resolve_amount(root: Grant, info: Any) -> Amount | None:
        return None if root.percent is not None else Amount(root.value, root.currency)

    @staticmethod
    def resolve_sentence(root: Grant, info: Any) -> str:
        return f"It {became(root)}."

    @staticmethod
    def resolve_order(root: Grant, info: Any) -> str | None:
        return global_id("Order", root.redeemed_order_id) if root.redeemed_order_id else None

    @staticmethod
    def resolve_redeemed_by(root: Grant, info: Any) -> str | None:
        return global_id(CONTACT, root.redeemed_by_id) if root.redeemed_by_id else None


def codes_field() -> Any:
    """Of a customer."""
    return graphene.List(
        graphene.NonNull(CrmGrantedCode),
        required=True,
        description=f"The voucher codes that were granted, newest first; the last {MOST}.",
    )


def resolve_codes(contact_id: int) -> list[Grant]:
    """The codes of a contact."""
    with get_shop().writing():
        return codes_of(contact_id)
