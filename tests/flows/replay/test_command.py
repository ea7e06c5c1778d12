"""``crm replay``: the table, one customer's line of time, the file."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError

from saleor_crm_plugin.flows.catalogue import FLOWS
from tests.flows.people.test_table import ADA, buys
from tests.road import Road
from tests.test_crm_command import crm


@pytest.fixture
def shop(road: Road) -> Road:
    """Ada bought something ten days ago."""
    road.set(abandoned_cart_enabled=False)
    buys(road, road.make_product("Hat")[0])
    road.wait(days=10)
    return road


def test_the_table_tells_of_each_flow_week_by_week(shop: Road) -> None:
    lines = crm("replay", "--days", "20", "--flow", "welcome").splitlines()
    assert lines[0] == "A rehearsal of 2026-02-20 to 2026-03-12: nothing is sent."
    assert lines[2] == "Welcome (welcome, which is off)"
    assert lines[3].split() == (
        ["week", "of", "entered", "mails", "held", "out", "capped", "not", "allowed", "over", "moved", "stayed", "out"]
    )
    assert lines[4].split() == ["2026-03-02", "1", "1", "0", "0", "0", "0", "0", "0"]
    assert lines[5].split() == ["all", "1", "1", "0", "0", "0", "0", "0", "0"]
    assert lines[6] == "  1 customers would have got a mail."
    assert lines[7] == "         1  sent. It was time, and nothing spoke against it."
    assert "counts as never placed" in lines[8]
    assert len(lines) == 9


def test_every_flow_is_in_the_table_and_what_can_not_be_known_is_said(shop: Road) -> None:
    page = crm("replay", "--days", "20")
    assert [key for key in FLOWS if f"({key}" not in page] == []
    assert "Back in stock (back_in_stock): not rehearsed. What the shop had in stock" in page
    assert ADA not in page


def test_one_customers_line_of_time(shop: Road) -> None:
    lines = crm("replay", "--contact", ADA, "--days", "20").splitlines()[1:]
    assert [line[18:] for line in lines if "not rehearsed" not in line] == [
        "Abandoned cart, mail 1: enters",
        "Abandoned cart, mail 1: ends before a mail was due. The customer had ordered.",
        "Welcome, mail 1: enters",
        "Second purchase, mail 1: enters",
        "Cross-sell, mail 1: enters",
        "Welcome, mail 1: sent. It was time, and nothing spoke against it.",
        "Cross-sell, mail 1: sent. It was time, and nothing spoke against it.",
    ]


def test_a_customers_line_of_time_says_of_what_nothing_can_be_known(shop: Road) -> None:
    back = "Back in stock (back_in_stock): not rehearsed. What the shop had in stock"
    assert back in crm("replay", "--contact", ADA, "--days", "20")
    alone = crm("replay", "--contact", ADA, "--flow", "back_in_stock")
    assert back in alone
    assert "Nothing would have happened" not in alone
    both = crm("replay", "--contact", ADA, "--days", "1", "--flow", "back_in_stock", "--flow", "win_back_lapsed")
    assert both.splitlines()[1] == "Nothing would have happened to this customer."
    assert back in both


def test_nobody_else_is_in_a_customers_line_of_time(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0], email="bob@example.com")
    shop.wait(days=2)
    assert len(crm("replay", "--contact", "bob@example.com", "--flow", "welcome").splitlines()) == 3


def test_the_file_names_the_customers_and_is_safe_in_a_spreadsheet(shop: Road, tmp_path: Path) -> None:
    buys(shop, shop.make_product("Hat")[0], email="+bob@example.com")
    shop.wait(days=2)
    file = tmp_path / "replay.csv"
    crm("replay", "--flow", "welcome", "--csv", str(file))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["email"], row["what"], row["mail"]) for row in rows] == [
        (ADA, "entered", "1"), (ADA, "sent", "1"), ("'+bob@example.com", "entered", "1"),
        ("'+bob@example.com", "sent", "1"),
    ]  # fmt: skip
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert rows[1]["words"] == "sent. It was time, and nothing spoke against it."


def test_the_file_is_for_its_owner_alone(shop: Road, tmp_path: Path) -> None:
    file = tmp_path / "replay.csv"
    file.touch(0o644)
    crm("replay", "--csv", str(file))
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words",
    [["--days", "0"], ["--days", "-3"], ["--days", "many"], ["--days", "10000"], ["--flow", "nothing"],
     ["--contact", "nobody@example.com"], ["--csv", "/nowhere/at/all.csv"]],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error(road: Road, words: list[str]) -> None:
    with pytest.raises(CommandError):
        crm("replay", *words)


def test_a_shop_without_a_past_says_so(road: Road) -> None:
    assert "  Nobody would have entered." in crm("replay", "--flow", "welcome").splitlines()
