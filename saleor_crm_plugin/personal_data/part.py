"""A part of the document: the rows of one table that are about a person, as that person is told of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import F, Q

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Whose:
    """Whom it is about. ``contact_id`` is 0, which is nobody's, where only the address is known: ``address_hash``, ""
    where there is none."""

    contact_id: int
    address_hash: str


def of_contact(who: Whose) -> Q:
    """Rows that name the contact."""
    return Q(contact=who.contact_id)


@dataclass(frozen=True)
class Part:
    """The rows of ``model`` that ``of`` finds, oldest first by ``order``, under ``name``.

    All columns are told but those that only tie rows together: numbers that the database gives, and the keys by which
    the rows are found (``keys``). ``left_out`` are further columns, each with the reason. ``said`` is what a row is
    told beyond its columns, or otherwise than it is kept; ``beside`` what another table says of it. ``inside`` are
    parts whose rows belong to one of these, which their ``belongs_to`` names; their ``of`` is not asked.
    """

    name: str
    model: type[models.Model]
    of: Callable[[Whose], Q] = of_contact
    keys: Sequence[str] = ("contact_id",)
    order: Sequence[str] = ("pk",)
    left_out: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    inside: Sequence["Part"] = ()
    belongs_to: str = ""

    def columns(self) -> list[str]:
        """The columns that are told."""
        untold = {*self.keys, *self.left_out, self.belongs_to}
        return [column for column in self.all_columns() if column not in untold]

    def all_columns(self) -> list[str]:
        """All columns of the table but the numbers that the database gives."""
        fields = self.model._meta.concrete_fields
        return [one.attname for one in fields if not isinstance(one, models.AutoField | models.BigAutoField)]

    def read(self, who: Whose) -> list[dict[str, Any]]:
        """What the person is told. One query, and one for each part inside."""
        return [told for _, told in self._told(self.model._default_manager.filter(self.of(who)))]

    def _told(self, rows: "models.QuerySet[Any]") -> list[tuple[Row, dict[str, Any]]]:
        theirs = {name: F(column) for name, column in self.beside.items()}
        told = [(row, self._tell(row)) for row in rows.annotate(**theirs).order_by(*self.order).values()]
        for part in self.inside:
            of_row: dict[Any, list[dict[str, Any]]] = {}
            within = part.model._default_manager.filter(**{f"{part.belongs_to}__in": rows.values("pk")})
            for row, one in part._told(within):
                of_row.setdefault(row[part.belongs_to], []).append(one)
            for row, one in told:
                one[part.name] = of_row.get(row[self.model._meta.pk.attname], [])
        return told

    def _tell(self, row: Row) -> dict[str, Any]:
        told = {column: row[column] for column in (*self.columns(), *self.beside)}
        return told | {name: say(row) for name, say in self.said.items()}
