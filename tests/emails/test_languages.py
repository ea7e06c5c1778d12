"""Languages, their texts and their numbers."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.mofile import read_mo

from saleor_crm_plugin.emails.languages import LOCALE_DIR, best, formatting_locale, shipped
from saleor_crm_plugin.emails.messages import read_catalogue, template_messages
from saleor_crm_plugin.emails.money import money, percentage, quantity

CATALOGUES = sorted(LOCALE_DIR.glob("*/LC_MESSAGES/django.po"))


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ("de", "de"),
        ("de-at", "de"),
        ("DE_ch", "de"),
        ("fr-ca", "fr"),
        ("en-gb", "en"),
        ("pt-br", "en"),
        ("zh-hans", "en"),
        ("", "en"),
        ("no such language", "en"),
    ],
)
def test_the_nearest_language_is_used(asked: str, used: str) -> None:
    # when / then
    assert best(asked).code == used


def test_english_german_french_and_polish_are_shipped() -> None:
    # when / then
    assert set(shipped()) == {"en", "de", "fr", "pl"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[1].name)
def test_every_text_of_the_templates_is_translated(path: Path) -> None:
    # given
    catalogue = read_catalogue(path)

    # when
    written = {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}

    # then
    assert written == set(template_messages())
    for message in catalogue:
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        targets = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(targets), message.id
        assert not message.fuzzy
        assert len(targets) == (1 if len(sources) == 1 else catalogue.num_plurals)
        for target in targets:
            assert set(re.findall(r"%\(\w+\)s", target)) == set(re.findall(r"%\(\w+\)s", sources[-1]))
            assert not re.search(r"[<>{}]", target)


def _comparable(entry: tuple[object, object]) -> list[object]:
    return [list(part) if isinstance(part, (list, tuple)) else part for part in entry]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[1].name)
def test_the_compiled_catalogue_is_that_of_the_source(path: Path) -> None:
    # given
    with path.with_suffix(".mo").open("rb") as file:
        compiled = [(message.id, message.string) for message in read_mo(file) if message.id]

    # when
    source = [(message.id, message.string) for message in read_catalogue(path) if message.id]

    # then
    assert sorted(map(repr, map(_comparable, compiled))) == sorted(map(repr, map(_comparable, source)))


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "written"),
    [
        ("1234.50", "EUR", "de", "1.234,50\xa0€"),
        ("1234.50", "EUR", "de_AT", "€\xa01.234,50"),
        ("1234.50", "PLN", "pl", "1\xa0234,50\xa0zł"),
        ("1234.50", "EUR", "en", "€1,234.50"),
        ("1234.50", "EUR", "fr", "1\u202f234,50\xa0€"),
        ("1234", "JPY", "en", "¥1,234"),
        ("1.5", "KWD", "en", "KWD\xa01.500"),
        ("0", "EUR", "de", "0,00\xa0€"),
    ],
)
def test_money_is_written_as_its_readers_write_it(amount: str, currency: str, locale: str, written: str) -> None:
    # when / then
    assert money(Decimal(amount), currency, Locale.parse(locale)) == written


@pytest.mark.parametrize(
    ("percent", "locale", "written"),
    [("15", "en", "15%"), ("12.5", "de", "12,5\xa0%"), ("20", "fr", "20\xa0%"), ("7.25", "pl", "7,25%")],
)
def test_a_percentage_is_written_whole_as_its_readers_write_it(percent: str, locale: str, written: str) -> None:
    # when / then
    assert percentage(Decimal(percent), Locale.parse(locale)) == written


def test_large_quantities_are_grouped() -> None:
    # when / then
    assert quantity(12345, Locale.parse("de")) == "12.345"


@pytest.mark.parametrize(
    ("asked", "locale"),
    [("de-at", "de_AT"), ("de", "de"), ("pt-br", "en"), ("de-xx", "de"), ("", "en"), ("en-gb", "en_GB")],
)
def test_numbers_follow_the_region_but_never_another_language(asked: str, locale: str) -> None:
    # when / then
    assert str(formatting_locale(asked, best(asked))) == locale
