"""Writes what training found. Nobody sees it before the training is whole (``training.py``)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from ..arrays import NONE
from ..model import Ranked
from .copying import write
from .models import ContactList, ProductList
from .wears import Worn

_AT_ONCE = 50_000  # rows in a transaction

Numbers = npt.NDArray[np.int64]
Reasons = npt.NDArray[np.int16]

_NEW = "CREATE TEMPORARY TABLE crm_recs_new ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0"

# Contacts that were erased or merged since they were read are left out, and those that are being erased or merged just
# now: one transaction may merge many, in no order, and to wait for it could be a deadlock, which would take the whole
# training with it. Those that are there stay until the end.
_OF_CONTACTS = """
INSERT INTO {table} SELECT new.* FROM crm_recs_new new
JOIN (
    SELECT id FROM crm_contact WHERE id IN (SELECT contact_id FROM crm_recs_new) FOR KEY SHARE SKIP LOCKED
) contact ON contact.id = new.contact_id
"""


@dataclass(frozen=True)
class Lists:
    """Where an engine leaves its lists: those of one run, ``run_id``.

    ``owners`` are numbers of contacts or products, one for each row of the lists; ``item_ids`` are the products' own
    numbers by their codes; ``reasons`` say why for each entry (``reasons.CODES``). Empty lists are not kept.
    """

    run_id: int
    item_ids: Numbers

    def of_products(self, kind: ProductList.Kind, owners: Numbers, ranked: Ranked, reasons: Reasons) -> None:
        """Keep lists of products."""
        rows = self._rows(kind, owners, ranked, reasons)
        columns = ("product_id", "kind", "run_id", "items", "scores", "reasons")
        while part := list(islice(rows, _AT_ONCE)):
            with transaction.atomic():
                write("crm_recs_product", columns, part)

    def of_contacts(self, kind: ContactList.Kind, owners: Numbers, ranked: Ranked, reasons: Reasons) -> None:
        """Keep lists of contacts."""
        columns = ("contact_id", "kind", "run_id", "items", "scores", "reasons")
        self._of_contacts("crm_recs_contact", columns, self._rows(kind, owners, ranked, reasons))

    def wears(self, worn: Iterable[Worn]) -> None:
        """Keep what contacts wear."""
        rows = ((one.contact_id, self.run_id, one.sizes, one.genders) for one in worn)
        self._of_contacts("crm_recs_wears", ("contact_id", "run_id", "sizes", "genders"), rows)

    def _of_contacts(self, table: str, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
        while part := list(islice(rows, _AT_ONCE)):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.crm_recs_new")
                named = ", ".join(columns)
                cursor.execute(_NEW.format(table=table, columns=named))
                write("crm_recs_new", columns, part)
                cursor.execute(_OF_CONTACTS.format(table=f"{table} ({named})"))

    def _rows(self, kind: str, owners: Numbers, ranked: Ranked, reasons: Reasons) -> Iterator[tuple[object, ...]]:
        lengths = (ranked.items != NONE).sum(axis=1)
        for row in np.flatnonzero(lengths).tolist():
            shown = slice(0, int(lengths[row]))
            yield (
                int(owners[row]),
                str(kind),
                self.run_id,
                _array(self.item_ids[ranked.items[row, shown]].tolist()),
                _reals(ranked.scores[row, shown].tolist()),
                _array(reasons[row, shown].tolist()),
            )


def _array(values: Iterable[int]) -> str:
    """What PostgreSQL reads as an array: made several times as fast as when each number is adapted."""
    return "{" + ",".join(map(str, values)) + "}"


def _reals(values: Iterable[float]) -> str:
    return "{" + ",".join(f"{value:.7g}" for value in values) + "}"
