"""What orders tell of their people beside what was bought: the language they speak."""

from collections.abc import Collection

from django.db import connection

from . import queries


def tell_language(orders: Collection[str], new: Collection[str]) -> None:
    """Note what people's newest purchases speak. ``new`` are those of the orders that we had not."""
    with connection.cursor() as cursor:
        cursor.execute(queries.TELL_LANGUAGE, {"orders": list(orders), "new": list(new)})
