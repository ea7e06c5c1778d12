"""Which database is read: the one that is written to, or the copy that a shop keeps for a storefront's questions.

Saleor opens a connection for each request and database (``DB_CONN_MAX_AGE``): a question that goes where the shop's own
do costs no second one, and spares the database that takes the orders.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

_ALIAS = ContextVar("crm_reading", default=DEFAULT_DB_ALIAS)


def alias() -> str:
    """Its name among Django's databases."""
    return _ALIAS.get()


def connection() -> Any:
    """The connection to it."""
    return connections[_ALIAS.get()]


@contextmanager
def of(database: str) -> Iterator[None]:
    """Read that database inside of the block. What asks where nothing may be missing does not do this: copies lag."""
    token = _ALIAS.set(database)
    try:
        yield
    finally:
        _ALIAS.reset(token)
