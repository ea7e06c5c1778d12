"""Orders read by the statements that also make facts of them (``port.OrderFacts``)."""

from collections.abc import Sequence
from dataclasses import fields

from django.db import connection

from .port import Order, OrderFacts, Placed

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


def read_placed(table: str, moment: str, before: Placed | None, limit: int) -> list[Placed]:
    """Orders placed before a point, the newest first. An index on the moment of placing serves it."""
    later = "" if before is None else f"WHERE ({moment}, id) < (%(at)s, %(id)s::uuid)"
    statement = f"SELECT id::text, {moment} FROM {table} {later} ORDER BY {moment} DESC, id DESC LIMIT %(limit)s"
    at, key = (before.placed_at, before.id) if before else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": at, "id": key, "limit": limit})
        return [Placed(*row) for row in cursor.fetchall()]
