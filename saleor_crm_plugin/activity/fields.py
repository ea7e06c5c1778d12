"""Columns of facts."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ShopId(models.CharField):  # type: ignore[type-arg]
    """An id of the shop's, looked up as a whole.

    Django gives a key of type varchar a second index, for searches by its beginning. Nobody searches these so, and
    millions of rows would pay for it: on PostgreSQL "character varying" is the same type under a name that Django does
    not look for (django/db/backends/postgresql/schema.py, _create_like_index_sql).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 36)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The column's type, as CREATE TABLE is told."""
        return f"character varying({self.max_length})"
