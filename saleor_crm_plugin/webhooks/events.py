"""The events of stock and prices that Saleor sends as webhooks: what we have it send, and how that reads.

One webhook for each family: ``productVariant`` may be null in some events and not in others, and Saleor drops the
deliveries of a query that selects both, with no more than a line in its log
(saleor/graphql/webhook/subscription_query.py).

Left out is ``product_variant_stock_updated``: an import of stock would be one HTTP request for each row of it, and all
that it tells beyond the events below is found by the sweep within a minute.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ..config import PLUGIN_ID

DOOR = "webhooks"
PATH = f"/plugins/{PLUGIN_ID}/{DOOR}/"
LONGEST = 1_000_000  # bytes of a body. Ours are about 200


@dataclass(frozen=True)
class Family:
    """Events that one query can ask for. ``events`` are types of Saleor, as in saleor/webhook/event_types.py.

    ``hooks`` of a plugin tell the same in one statement: where Saleor still calls them nothing is sent.
    ``flow`` is the setting without which nobody needs these.
    """

    name: str
    events: tuple[str, ...]
    hooks: tuple[str, ...] = ()
    flow: str = ""


FAMILIES = (
    Family(
        "CRM: stock of warehouses",
        ("product_variant_back_in_stock", "product_variant_out_of_stock"),
        hooks=("product_variant_back_in_stock", "product_variant_out_of_stock"),
    ),
    # The same occasions, by channel, where shipping zones no longer decide what is available. Right also where the
    # former name one variant several times and leave out others (callbacks made in a loop, saleor #19449).
    Family(
        "CRM: stock of channels",
        (
            "product_variant_back_in_stock_for_click_and_collect",
            "product_variant_back_in_stock_in_channel",
            "product_variant_out_of_stock_for_click_and_collect",
            "product_variant_out_of_stock_in_channel",
        ),
    ),
    # Its hook is called only where a webhook asks for the event (saleor/product/tasks.py). Thousands of them come when
    # a sale begins.
    Family("CRM: prices", ("product_variant_discounted_price_updated",), flow="price_drop_enabled"),
)


def type_of(event: str) -> str:
    """The event's type in Saleor's schema, which is the ``__typename`` of its deliveries."""
    return event.title().replace("_", "")


TYPES = frozenset(type_of(event) for family in FAMILIES for event in family.events)


def query(events: Collection[str]) -> str:
    """The subscription that asks of these events, all of one family, which variant they are about."""
    parts = "".join(f"    ... on {type_of(event)} {{ productVariant {{ id }} }}\n" for event in sorted(events))
    return f"subscription {{\n  event {{\n    __typename\n    issuedAt\n{parts}  }}\n}}\n"
