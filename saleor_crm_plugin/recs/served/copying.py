"""Rows by the million between PostgreSQL and numpy: COPY in its binary form, in which rows of numbers have one width.

Format: https://www.postgresql.org/docs/current/sql-copy.html (Binary Format).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

Columns = dict[str, npt.NDArray[Any]]

_HEADER = 19  # signature, flags, and the length of an extension that is not there
_END = 2  # in the place of a row's number of columns: there is no more
_PIECE = 1 << 25  # bytes that are taken apart at once


def read(select: str, columns: Mapping[str, str], params: Mapping[str, Any] | None = None) -> Columns:
    """The rows of a SELECT as columns, in its order. Nothing of it may be null.

    ``columns`` names the columns of the SELECT with numpy's types of the same width: ``i8`` for bigint, ``i2`` for
    smallint, ``f4`` for real.
    """
    fields = [field for name, kind in columns.items() for field in ((f"{name} width", ">i4"), (name, f">{kind}"))]
    row = np.dtype([("columns", ">i2"), *fields])
    pieces: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in columns}

    def take_apart(rows: bytes) -> None:
        came = np.frombuffer(rows, row)
        for name, kind in columns.items():
            pieces[name].append(came[name].astype(kind))

    gathered, past_header = bytearray(), False
    with connection.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)", params) as out:
        for data in out:
            gathered += data if past_header else data[_HEADER:]
            past_header = True
            if len(gathered) >= _PIECE:
                whole = len(gathered) // row.itemsize * row.itemsize
                take_apart(bytes(gathered[:whole]))
                del gathered[:whole]
    take_apart(bytes(gathered[: len(gathered) - _END]))
    return {name: np.concatenate(pieces.pop(name)) for name in columns}


def write(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table, in the caller's transaction."""
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)
