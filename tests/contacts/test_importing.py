"""Taking over consent from a file that somebody else wrote."""

import tracemalloc
from contextlib import suppress as suppress_problems
from io import StringIO
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.contacts import importing
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.importing import Imported, ImportProblem, import_consent
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from tests.contacts.people import NOW, meet

pytestmark = pytest.mark.django_db


def take(text: str) -> Imported:
    return import_consent(StringIO(text, newline=""), "old-tool.csv", NOW)


def answers() -> dict[str | None, bool]:
    return dict(Contact.objects.values_list("email", "consented"))


def test_a_list_of_addresses_is_a_list_of_those_who_agreed() -> None:
    done = take("email\nAda@Example.com\nbea@example.com\n")

    assert (done.taken, done.refused) == (2, [])
    assert answers() == {"ada@example.com": True, "bea@example.com": True}


def test_the_evidence_names_the_file_and_the_wording() -> None:
    take("email,granted,wording\nada@example.com,yes,2024-05\n")

    record = ConsentRecord.objects.get()
    assert (record.source, record.reference, record.wording) == ("import", "old-tool.csv", "2024-05")


@pytest.mark.parametrize(
    ("cell", "granted"), [("yes", True), ("TRUE", True), (" 1 ", True), ("no", False), ("false", False), ("0", False)]
)
def test_granted_is_yes_or_no(cell: str, granted: bool) -> None:
    take(f"email,granted\nada@example.com,{cell}\n")

    assert answers() == {"ada@example.com": granted}


def test_bad_lines_are_named_by_the_number_an_editor_shows_and_the_others_taken() -> None:
    done = take(
        "email,granted,wording\n"
        "ada@example.com,yes,v1\n"
        "nobody,yes,v1\n"
        "\n"
        'bea@example.com,yes,"two\nlines"\n'
        "cleo@example.com,maybe,v1\n"
        ",,\n"
    )

    assert done.taken == 2
    assert done.refused == [
        (3, "not an email address"),
        (7, "“granted” must be yes or no"),
        (8, "not an email address"),
    ]


@pytest.mark.parametrize("row", ["ada@example.com", "ada@example.com,", "ada@example.com,,v1"])
def test_where_the_file_says_who_agreed_an_empty_cell_is_no_consent(row: str) -> None:
    done = take(f"email,granted,wording\n{row}\n")

    assert done.refused == [(2, "“granted” must be yes or no")]
    assert answers() == {}


def test_a_line_with_too_many_cells_is_taken() -> None:
    assert take("email\nada@example.com,surplus,more\n").taken == 1


@pytest.mark.parametrize("header", ["\ufeffemail", "Email", ' "EMAIL" ', "name,email"])
def test_the_column_is_found_however_it_is_written(header: str) -> None:
    row = "Ada,ada@example.com" if "," in header else "ada@example.com"

    assert take(f"{header}\n{row}\n").taken == 1


@pytest.mark.parametrize("text", ["", "\n", "ada@example.com\n", "address\nada@example.com\n", "email;granted\na;b\n"])
def test_without_a_column_email_nothing_is_taken(text: str) -> None:
    with pytest.raises(ImportProblem, match="email"):
        take(text)


def test_what_is_no_csv_is_one_plain_error_and_nothing_is_taken() -> None:
    with pytest.raises(ImportProblem, match="Line 3"):
        take("email\nada@example.com\n" + "x" * 200_000 + "\n")

    assert answers() == {}


def test_what_no_database_can_store_is_refused() -> None:
    assert take("email,wording\nada@example.com,v\x001\n").refused == [(2, "“wording” has characters that are no text")]


def test_importing_a_file_again_changes_nothing() -> None:
    text = "email,granted\nada@example.com,yes\nada@example.com,no\nbea@example.com,yes\n"
    take(text)
    before = list(ConsentRecord.objects.values_list("pk", "granted"))

    assert take(text).taken == 2
    assert list(ConsentRecord.objects.values_list("pk", "granted")) == before
    assert answers() == {"ada@example.com": False, "bea@example.com": True}


def test_the_suppressed_stay_suppressed() -> None:
    suppress("ada@example.com", Suppression.Reason.UNSUBSCRIBED, NOW)

    take("email\nada@example.com\n")

    assert suppressed(["ada@example.com"])


def test_the_erased_are_not_brought_back_and_are_named() -> None:
    erase([meet("ada@example.com")], NOW)

    done = take("email\nada@example.com\nbea@example.com\n")

    assert (done.taken, done.refused) == (1, [(2, "erased, and stays so")])
    assert answers() == {"bea@example.com": True}


def test_a_long_file_is_taken_in_batches() -> None:
    done = take("email\n" + "".join(f"customer{n}@example.com\n" for n in range(1201)))

    assert done.taken == Contact.objects.filter(consented=True).count() == 1201


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.booleans())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_brings_it_down(text: str, header: bool) -> None:
    with suppress_problems(ImportProblem):
        done = take(("email,granted,wording\n" if header else "") + text)

        assert done.taken == 0 or "@" in text


def test_of_a_long_file_only_a_few_lines_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(importing, "_BATCH", 50)
    wording = "x" * 30_000
    lines = (f"customer{number}@example.com,yes,{number} {wording}\n" for number in range(1_000))
    tracemalloc.start()
    # when
    done = import_consent(chain(["email,granted,wording\n"], lines), "old-tool.csv", NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # then: the file has 30 MB
    assert (done.taken, ConsentRecord.objects.count()) == (1_000, 1_000)
    assert peak < 15_000_000


def test_a_file_that_breaks_off_behind_thousands_of_lines_leaves_nothing() -> None:
    with pytest.raises(ImportProblem):
        take(
            "email\n"
            + "".join(f"customer{number}@example.com\n" for number in range(2_000))
            + 'a"\r"b\n"'
            + "x" * 200_000
        )
    assert not Contact.objects.exists()
