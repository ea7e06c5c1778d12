"""Rows of whatever table, so that each of a person's words is found again."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from saleor_crm_plugin.activity.interactions import make_room, months_between
from saleor_crm_plugin.contacts.address import hashes
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.personal_data.part import Part
from saleor_crm_plugin.personal_data.parts import PARTS
from saleor_crm_plugin.segments.models import ModelFit
from saleor_crm_plugin.segments.rhythm import MBGNBD

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Life:
    """One person, with a row in each table that tells of people. Every text and number in them is nobody else's."""

    def __init__(self, name: str, first: int) -> None:
        self._name, self._numbers = name, count(first)
        self.email = f"{name}@example.com"
        self.digest = hashes([self.email])[self.email]
        self.contact = Contact.objects.create(
            email=self.email, user_id=f"{name}7", language=f"{name}-l", country=name[:2].upper(), created_at=NOW
        )
        for table in ("crm_interaction", "crm_view"):
            make_room(months_between(NOW, NOW + timedelta(days=99)), table)
        ModelFit.objects.get_or_create(
            model=MBGNBD, defaults={"params": {}, "customers": 9, "converged": False, "fitted_at": NOW}
        )
        self.rows: dict[str, models.Model] = {}
        for part in PARTS:
            if part.model is not Contact:
                self._live(part, {})

    def words(self) -> Iterator[str]:
        """What the person's columns hold, as a document spells it."""
        for part in every(PARTS):
            row = self.rows.get(part.name)
            for column in part.columns() if row else ():
                if column not in part.said and _own(part.model, column):
                    yield str(getattr(row, column))

    def _live(self, part: Part, above: Mapping[str, Any]) -> None:
        row = part.model._default_manager.create(**self._values(part), **above)
        self.rows[part.name] = row
        for inner in part.inside:
            self._live(inner, {inner.belongs_to: row.pk})

    def _values(self, part: Part) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for one in part.model._meta.concrete_fields:
            if one.attname == part.belongs_to or isinstance(one, models.AutoField | models.GeneratedField):
                continue
            if one.related_model is Contact:
                values[one.attname] = self.contact.pk if one.attname in part.keys else None
            elif one.attname == "address_hash":
                values[one.attname] = self.digest
            elif not one.is_relation or not one.null:
                values[one.attname] = self._value(one)
        return values

    def _value(self, one: "models.Field[Any, Any]") -> Any:
        number = next(self._numbers)
        if one.is_relation:
            return number
        if isinstance(one, ArrayField):
            return [self._value(one.base_field)]
        if one.choices:
            return next(key for key, _ in one.choices if key)
        match one:
            case models.CharField() | models.TextField():
                return f"{self._name}{number}"[-(one.max_length or 99) :]
            case models.BooleanField():
                return False
            case models.DateTimeField():
                return NOW + timedelta(minutes=number)
            case models.DecimalField():
                return Decimal(number % 1_000)
            case models.UUIDField():
                return UUID(int=number)
            case models.JSONField():
                return {}
            case _:
                return number if "SmallInteger" not in type(one).__name__ else 1


def every(parts: Iterable[Part]) -> Iterator[Part]:
    """These parts, and those inside."""
    for part in parts:
        yield part
        yield from every(part.inside)


def _own(model: type[models.Model], column: str) -> bool:
    """Whether a column's values are one person's: long enough texts, as they were made."""
    one = model._meta.get_field(column)
    return isinstance(one, models.CharField | models.TextField) and not one.choices and (one.max_length or 99) > 10
