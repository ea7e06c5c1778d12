"""Money in the demo shop's schema."""

from decimal import Decimal
from typing import Any

import graphene


class Money(graphene.ObjectType):
    """Saleor's Money (saleor/graphql/core/types/money.py)."""

    currency = graphene.String(required=True, description="Currency code.")
    amount = graphene.Float(required=True, description="Amount of money.")

    class Meta:
        description = "Represents amount of money in specific currency."

    @staticmethod
    def resolve_amount(root: Any, info: Any) -> Decimal:
        return round(Decimal(root.amount), 2)
