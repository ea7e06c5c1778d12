"""Every table of ours tells a person what it keeps of them, or says why it does not."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.personal_data.export import export
from saleor_crm_plugin.personal_data.part import Part
from saleor_crm_plugin.personal_data.parts import LEFT_OUT, PARTS
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.personal_data.lives import NOW, Life, every

OURS = sorted(apps.get_app_config("saleor_crm").get_models(), key=lambda model: model.__name__)
TOLD = list(every(PARTS))


def parts_of(model: type[models.Model]) -> list[Part]:
    return [part for part in TOLD if part.model is model]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_table_is_exported_or_left_out_with_a_reason(model: type[models.Model]) -> None:
    assert bool(parts_of(model)) != bool(LEFT_OUT.get(model.__name__)), (
        f"{model.__name__} is new: put it into personal_data/parts.py, among PARTS where it says anything of a person,"
        " else among LEFT_OUT with the reason."
    )


@pytest.mark.parametrize("relation", Contact._meta.related_objects, ids=lambda one: one.field)
def test_every_row_that_names_a_contact_is_found_by_it(relation: Any) -> None:
    keys = {key for part in parts_of(relation.related_model) for key in part.keys}

    assert relation.field.attname in keys


@pytest.mark.parametrize("part", TOLD, ids=lambda part: part.name)
def test_no_column_is_left_out_that_is_not_there(part: Part) -> None:
    untold = {*part.keys, *part.left_out} | ({part.belongs_to} if part.belongs_to else set())

    assert untold <= set(part.all_columns())


def test_the_parts_have_names_of_their_own() -> None:
    names = [part.name for part in TOLD]

    assert len(names) == len(set(names))


@pytest.mark.django_db
def test_all_that_the_tables_keep_of_a_person_is_in_the_document() -> None:
    ada = Life("ada", 1_000)

    document = export(SandboxShop(), ada.contact, NOW)

    words = list(ada.words())
    assert len(words) > 50
    assert [word for word in words if word not in document] == []


@pytest.mark.django_db
def test_every_part_of_the_document_tells_of_the_person() -> None:
    ada = Life("ada", 1_000)

    told = json.loads(export(SandboxShop(), ada.contact, NOW))

    assert {name for name in (part.name for part in PARTS) if len(told[name]) != 1} == set()
    inside = [one[inner.name] for part in PARTS for one in told[part.name] for inner in part.inside]
    assert {len(rows) for rows in inside} == {1}


@pytest.mark.django_db
def test_nothing_of_anybody_else_is_in_the_document() -> None:
    ada, bob = Life("ada", 1_000), Life("bob", 50_000)

    document = export(SandboxShop(), ada.contact, NOW)

    assert "bob" not in document
    assert [word for word in bob.words() if word in document] == []


@pytest.mark.django_db
def test_a_person_of_whom_little_is_kept_is_told_little_and_nothing_of_those_without_a_name() -> None:
    bob = Life("bob", 50_000)
    Contact.objects.filter(pk=bob.contact.pk).delete()
    ada = Contact.objects.create(email=None, user_id="7", created_at=NOW)

    told = json.loads(export(SandboxShop(), ada, NOW))

    assert {name for name, rows in told.items() if isinstance(rows, list) and rows} == {"contact"}
