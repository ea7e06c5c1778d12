"""Taking over consent that was given elsewhere (in another newsletter tool), from a CSV file."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from . import consent
from .address import normalise
from .identity import Person, resolve
from .models import ConsentRecord

_BATCH = 500
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
    people = list(_read(file, done).items())
    for start in range(0, len(people), _BATCH):
        _take(dict(people[start : start + _BATCH]), name, now, done)
    done.refused.sort()
    return done


def _read(file: Iterable[str], done: Imported) -> dict[Person, _Said]:
    rows = csv.DictReader(file, restval="", skipinitialspace=True)
    said: dict[Person, _Said] = {}
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
                said[Person(email=email)] = _Said(rows.line_num, granted in _YES, wording)
    except csv.Error as error:
        raise ImportProblem(f"Line {rows.line_num + 1} is no CSV: {error}.") from error
    return said


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
