"""What staff in real Saleor does with an order after it was placed, by its own mutations."""

from collections.abc import Mapping
from typing import Any

from saleor.channel.models import Channel

from tests.saleor import graphql as gql
from tests.saleor.graphql import GraphQL, global_id, key_of

_ADDRESS = {"country": "DE", "streetAddress1": "Unter den Linden 1", "city": "Berlin", "postalCode": "10117"}


class Aftersales:
    """A part of the hands of staff (``driver.py``)."""

    staff: GraphQL
    warehouse: str

    def edit_order(self, order_id: str, variant_id: str, quantity: int) -> None:
        variant = global_id("ProductVariant", variant_id)
        (line,) = [line for line in self._order(order_id)["lines"] if _variant(line) == variant_id] or [None]
        if line is None:
            lines = [{"variantId": variant, "quantity": quantity}]
            self.staff(gql.ORDER_LINES_CREATE, id=global_id("Order", order_id), lines=lines)
        elif quantity:
            self.staff(gql.ORDER_LINE_UPDATE, id=line["id"], quantity=quantity)
        else:
            self.staff(gql.ORDER_LINE_DELETE, id=line["id"])
        # Prices of an order that is being edited are calculated when somebody looks at them.
        self.staff(gql.ORDER_TRANSACTIONS, id=global_id("Order", order_id))

    def confirm_order(self, order_id: str) -> None:
        self.staff(gql.ORDER_CONFIRM, id=global_id("Order", order_id))

    def set_names(self, order_id: str, billing: tuple[str, str], shipping: tuple[str, str]) -> None:
        addresses = {
            f"{kind}Address": _ADDRESS | {"firstName": first, "lastName": last}
            for kind, (first, last) in (("billing", billing), ("shipping", shipping))
        }
        self.staff(gql.ORDER_UPDATE, id=global_id("Order", order_id), input=addresses)

    def fulfil_order(self, order_id: str, quantities: Mapping[str, int] | None = None) -> None:
        lines = []
        for line in self._order(order_id)["lines"]:
            left = line["quantityToFulfill"]
            wanted = left if quantities is None else quantities.get(_variant(line), 0)
            if wanted:
                stocks = [{"quantity": wanted, "warehouse": self.warehouse}]
                lines.append({"orderLineId": line["id"], "stocks": stocks})
        self.staff(gql.ORDER_FULFIL, id=global_id("Order", order_id), lines=lines)

    def return_lines(self, order_id: str, quantities: Mapping[str, int]) -> None:
        self.staff(gql.ORDER_RETURN, id=global_id("Order", order_id), input=self._returned(order_id, quantities))

    def _returned(self, order_id: str, quantities: Mapping[str, int]) -> dict[str, Any]:
        left, lines = dict(quantities), []
        for parcel in self._order(order_id)["fulfillments"]:
            for line in parcel["lines"] if parcel["status"] == "FULFILLED" else ():
                moved = min(line["quantity"], left.get(_variant(line["orderLine"]), 0))
                if moved:
                    left[_variant(line["orderLine"])] -= moved
                    lines.append({"fulfillmentLineId": line["id"], "quantity": moved})
        assert not any(left.values()), "more can't come back than was handed over"
        return {"fulfillmentLines": lines}

    def _order(self, order_id: str) -> Any:
        return self.staff(gql.ORDER_LINES, id=global_id("Order", order_id))

    def confirming(self, slug: str, automatically: bool) -> None:
        """Whether the channel accepts orders by itself."""
        settings = {"automaticallyConfirmAllNewOrders": automatically}
        channel = global_id("Channel", Channel.objects.get(slug=slug).pk)
        self.staff(gql.CHANNEL_UPDATE, id=channel, input={"orderSettings": settings})


def _variant(line: Any) -> str:
    return key_of(line["variant"]["id"]) if line["variant"] else ""
