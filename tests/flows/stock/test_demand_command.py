"""``crm demand``: the buyer's table, and the file for a spreadsheet."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.management.verbs.spreadsheet import text
from saleor_crm_plugin.shop.sandbox.models import Product
from tests.flows.stock.waiting import waits
from tests.road import Road

ADA, BOB = "ada@example.com", "bob@example.com"


def crm_demand(*words: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("crm", "demand", *words, stdout=out)
    return out.getvalue()


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, strict=True))


def test_the_table_says_who_waits_for_what_and_what_it_is_worth(road: Road) -> None:
    shirt = road.make_product("Linen shirt", variants=["S", "L"], stock=0)[1]
    hat = road.make_product("Straw hat", stock=0)[0]
    waits(road, shirt, ADA)
    waits(road, shirt, BOB)
    waits(road, hat, ADA)
    lines = crm_demand().splitlines()
    assert lines[1].split() == ["2", "0", "0", "0", "0", "2026-03-02", "80.00", "EUR", "Linen", "shirt,", "L", "(eu)"]
    assert lines[2].endswith("40.00 EUR  Straw hat (eu)")
    assert lines[3:] == ["3 requests wait for 120.00 EUR."]
    assert crm_demand("--channel", "poland") == "Nobody waits for anything.\n"


def test_a_channel_that_does_not_exist_is_refused_before_a_file_is_written(road: Road, tmp_path: Path) -> None:
    file = tmp_path / "wanted.csv"
    with pytest.raises(CommandError, match="There is no channel “nope”; there are eu, poland"):
        crm_demand("--channel", "nope", "--csv", str(file))
    assert not file.exists()


def test_the_table_is_short_and_the_file_is_whole(road: Road, tmp_path: Path) -> None:
    for number in range(51):
        waits(road, road.make_product(f"Shirt {number}", stock=0)[0], f"c{number}@example.com")
    lines = crm_demand().splitlines()
    assert lines[-2] == "and 1 more: --csv FILE writes all of them."
    file = tmp_path / "wanted.csv"
    assert crm_demand("--csv", str(file)) == f"51 variants are in {file}.\n"
    assert {row["product"] for row in rows(file)} == {f"Shirt {number}" for number in range(51)}


def test_a_name_that_is_a_formula_is_none_in_the_file_and_lines_end_as_they_should(road: Road, tmp_path: Path) -> None:
    variant = road.make_product('=HYPERLINK("http://example.net"),"x"\nShirt ä', stock=0)[0]
    waits(road, variant, ADA)
    file = tmp_path / "wanted.csv"
    crm_demand("--csv", str(file))
    (row,) = rows(file)
    assert row["product"] == "'" + Product.objects.get(variants=int(variant)).name
    assert (row["waiting"], row["lost_revenue"], row["currency"]) == ("1", "40.000", "EUR")
    assert (row["since"], row["variant_id"], row["units"]) == ("2026-03-02T12:00:00+00:00", variant, "0")
    assert file.read_bytes().count(b"\r\n") == 2
    assert "\n" not in crm_demand().splitlines()[1]


@given(st.text(st.sampled_from("=+-@\t\r\n'a1 "), max_size=5))
def test_no_cell_begins_as_a_formula_does(cell: str) -> None:
    kept = text(cell)
    assert not kept.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert kept in (cell, f"'{cell}")


def test_a_file_that_cannot_be_written_is_an_error(road: Road, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be written"):
        crm_demand("--csv", str(tmp_path))
