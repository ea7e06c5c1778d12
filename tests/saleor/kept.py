"""What took Saleor's own mutations long to make, made once and put back row by row."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")
# Every table with a key: its name, the key's columns, and the columns to write.
_TABLES = """
    SELECT t.relname, keys.names, columns.names
    FROM pg_class t JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary,
    LATERAL (
        SELECT array_agg(attname::text) AS names FROM pg_attribute WHERE attrelid = t.oid AND attnum = ANY(i.indkey)
    ) keys,
    LATERAL (
        SELECT array_agg(attname::text) AS names
        FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ) columns
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
"""
# The sequences that a TRUNCATE of a table begins anew, and the columns that they number.
_SEQUENCES = """
    SELECT s.oid::regclass::text, a.attname
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjid = %s::regclass
"""


class Kept(Generic[T]):
    """Something in the database, with every row that was written while it was made.

    It has to be put back into a shop as empty as that in which it was made.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (before,) = cursor.fetchone()
            self.value = make()
            cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
            cursor.execute("CREATE SCHEMA kept")
            cursor.execute(_TABLES)
            self._tables = [table for table in cursor.fetchall() if self._keep(cursor, table, before)]

    def put_back(self) -> T:
        """Write the rows again, as they were, and over what became of them; nobody hears of it."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name, keys, columns in self._tables:
                same = " AND ".join(f'there."{key}" = kept."{key}"' for key in keys)
                cursor.execute(f'DELETE FROM "{name}" there USING kept."{name}" kept WHERE {same}')
                listed = ", ".join(f'"{column}"' for column in columns)
                cursor.execute(f'INSERT INTO "{name}" ({listed}) SELECT {listed} FROM kept."{name}"')
                cursor.execute(_SEQUENCES, [f'"{name}"'])
                for sequence, column in cursor.fetchall():
                    cursor.execute(f'SELECT setval(%s, max("{column}"::bigint)) FROM "{name}"', [sequence])
        return self.value

    def _keep(self, cursor: Any, table: tuple[str, list[str], list[str]], before: int) -> bool:
        name = table[0]
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}" WHERE xmin::text::bigint >= %s)', [before])
        (written,) = cursor.fetchone()
        if written:
            cursor.execute(
                f'CREATE TABLE kept."{name}" AS SELECT * FROM "{name}" WHERE xmin::text::bigint >= %s', [before]
            )
        return bool(written)
