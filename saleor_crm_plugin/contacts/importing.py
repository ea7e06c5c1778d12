"""Taking over consent that was given elsewhere (in another newsletter tool), from a CSV file."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from . import consent
from .address import normalise
from .identity import Person, resolve
from .models import ConsentRecord

_BATCH = 500
# The lines of a file, however many: a table of this connection's own.
_STAGE = """
DROP TABLE IF EXISTS pg_temp.crm_import;
CREATE TEMPORARY TABLE crm_import (line integer, email text, granted boolean, wording text)
"""
_LAST_HOLDS = """
DELETE FROM crm_import USING (
    SELECT line, max(line) OVER (PARTITION BY email) AS last FROM crm_import
) said WHERE crm_import.line = said.line AND said.line < said.last;
CREATE INDEX ON crm_import (line)
"""
_BATCH_OF_LINES = "SELECT * FROM crm_import WHERE line > %(after)s ORDER BY line LIMIT %(limit)s"
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


class ImportProblem(ValueError):  # noqa: N818 - a message to staff
    """The file as a whole can't be read."""


@dataclass
class Imported:
    """How many people's statements were taken over, and the lines (by number) that were not, with the reason."""

    taken: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Said:
    """What a line says of a person."""

    line: int
    granted: bool
    wording: str


def import_consent(file: Iterable[str], name: str, now: datetime) -> Imported:
    """Read a CSV file with a column ``email`` and optionally ``granted`` (yes or no) and ``wording``.

    Without a column ``granted`` all agreed; with one, an empty cell is no consent. Of two lines about one person the
    last holds. ``name`` is kept as evidence. Importing a file again changes nothing. Suppressed addresses stay
    suppressed. Raises ImportProblem, with nothing taken over, if the file can't be read or has no column ``email``.
    """
    done = Imported()
    with transaction.atomic(), connection.cursor() as cursor:  # nothing of a file that can't be read
        cursor.execute(_STAGE)
        with cursor.copy("COPY crm_import (line, email, granted, wording) FROM STDIN") as into:
            for row in _read(file, done):
                into.write_row(row)
        cursor.execute(_LAST_HOLDS)
    last = 0
    while rows := _staged(last):
        last = rows[-1][0]
        _take({Person(email=email): _Said(line, *rest) for line, email, *rest in rows}, name, now, done)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE crm_import")
    done.refused.sort()
    return done


def _staged(after: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_BATCH_OF_LINES, {"after": after, "limit": _BATCH})
        return list(cursor.fetchall())


def _read(file: Iterable[str], done: Imported) -> Iterator[tuple[int, str, bool, str]]:
    """The lines that can be taken: number, address, whether it is a consent, to which wording."""
    rows = csv.DictReader(file, restval="", skipinitialspace=True)
    try:
        rows.fieldnames = [column.lstrip("\ufeff").strip().lower() for column in rows.fieldnames or ()]
        if "email" not in rows.fieldnames:
            raise ImportProblem("The file needs a first line that names its columns, one of them “email”.")
        for row in rows:
            email, granted = normalise(row["email"]), row.get("granted", "yes").strip().lower()
            wording = row.get("wording", "").strip()
            if not email:
                done.refused.append((rows.line_num, "not an email address"))
            elif granted not in _YES | _NO:
                done.refused.append((rows.line_num, "“granted” must be yes or no"))
            elif "\0" in wording:
                done.refused.append((rows.line_num, "“wording” has characters that are no text"))
            else:
                yield rows.line_num, email, granted in _YES, wording
    except csv.Error as error:
        raise ImportProblem(f"Line {rows.line_num + 1} is no CSV: {error}.") from error


def _take(people: Mapping[Person, _Said], name: str, now: datetime, done: Imported) -> None:
    with transaction.atomic():
        contacts = resolve(list(people), now)
        consent.record(
            [
                consent.Statement(
                    contact.pk, people[person].granted, ConsentRecord.Source.IMPORT, name[:64], people[person].wording
                )
                for person, contact in contacts.items()
            ],
            now,
        )
    done.taken += len(contacts)
    done.refused += [(said.line, "erased, and stays so") for person, said in people.items() if person not in contacts]
