"""What the SQL over orders (``port.OrderFacts``) has in common in all shops."""

from collections.abc import Sequence
from dataclasses import fields

from django.db import connection

from .port import Order, OrderFacts

_COLUMNS = ", ".join({"id": "order_id"}.get(field.name, field.name) for field in fields(Order))


def read_orders(facts: OrderFacts, ids: Sequence[str]) -> dict[str, Order]:
    """Orders by id. The ids have to be of the shop's own kind. One query."""
    statement = (
        "WITH wanted AS (SELECT DISTINCT unnest(%(orders)s::text[]) AS order_id)"
        f" SELECT {_COLUMNS} FROM ({facts.orders}) orders"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"orders": list(ids)})
        return {row[0]: Order(*row) for row in cursor.fetchall()}


def newest_first(table: str, moment: str) -> str:
    """The page of an ``OrderFacts`` over a table of orders. An index on the moment of placing serves it."""
    return (
        f"SELECT id::text AS order_id, {moment} AS placed_at FROM {table}"
        f" WHERE ({moment}, id) < (%(placed_at)s::timestamptz, %(order_id)s::uuid)"
        f" ORDER BY {moment} DESC, id DESC LIMIT %(limit)s"
    )
