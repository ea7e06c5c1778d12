"""``saleor-crm analyse`` as a shop's owner runs it: a process of its own, with a database that is gone afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from saleor_crm_plugin.shop.sandbox.database import ENVIRONMENT

# Ada comes every month and was here a week ago; Bea bought once, two years ago; Cleo paid in another currency.
ORDERS = "customer,date,amount,currency\n" + "".join(
    [f"ada,2025-{month:02}-24,100.00,EUR\n" for month in range(1, 13)]
    + ["bea,2023-12-20,10.00,EUR\n", "cleo,2025-12-30,40.00,PLN\n", "dora,2025-13-30,40.00,EUR\n"]
)


def analyse(folder: Path, *arguments: str, text: str = ORDERS) -> subprocess.CompletedProcess[str]:
    """Run the command on a file in a folder."""
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "saleor_crm_plugin.cli", "analyse", "orders.csv", *arguments]
    here = str(Path(__file__).parents[2])
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": here}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command says about these orders, for programs."""
    ran = analyse(tmp_path_factory.mktemp("json"), "--json")
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_customers_and_orders_are_counted(done: dict[str, Any]) -> None:
    assert (done["customers"], done["orders"]) == (3, 14)
    assert done["repeat_share"] == pytest.approx(1 / 3)


def test_currencies_are_never_mixed(done: dict[str, Any]) -> None:
    euros, zloty = done["currencies"]

    assert (euros["currency"], euros["revenue"], euros["customers"]) == ("EUR", "1210.000", 2)
    assert (zloty["currency"], zloty["revenue"], zloty["customers"]) == ("PLN", "40.000", 1)


def test_each_customer_stands_where_its_own_rhythm_says(done: dict[str, Any]) -> None:
    stages = {stage: count for stage, count in done["lifecycle"].items() if count}

    assert stages == {"loyal": 1, "lost": 1, "new": 1}


def test_only_orders_of_the_last_two_years_are_ranked(done: dict[str, Any]) -> None:
    euros = done["currencies"][0]

    assert euros["sample"] == 1


def test_who_came_back_is_told_by_the_month_of_the_first_order(done: dict[str, Any]) -> None:
    (january,) = [one for one in done["cohorts"] if one["month"].startswith("2025-01")]

    assert january["customers"] == 1
    assert january["rates"] == [1.0] * 12


def test_how_customers_stood_is_told_for_each_month(done: dict[str, Any]) -> None:
    months = done["lifecycle_over_time"]

    assert len(months) == 24
    assert months[-1] == {"end": done["as_of"], **done["lifecycle"]}
    assert months[0]["getting_acquainted"] == 1


def test_a_row_that_can_not_be_read_is_listed(done: dict[str, Any]) -> None:
    assert done["file"]["refused"] == [{"line": 16, "reason": "“2025-13-30” is not a date"}]


def test_things_are_looked_at_as_of_the_day_after_the_last_order(done: dict[str, Any]) -> None:
    assert done["as_of"] == "2025-12-31T00:00:00+00:00"


def test_people_get_a_table_and_a_page_with_pictures(tmp_path: Path) -> None:
    ran = analyse(tmp_path)

    page = (tmp_path / "orders-customers.html").read_text(encoding="utf-8")
    assert ran.returncode == 0
    assert "3 customers, 14 orders" in ran.stdout
    assert "line 16: “2025-13-30” is not a date" in ran.stderr
    for part in ("Where customers stand", "Who is worth what, in EUR", "Who comes back", "<svg", "Loyal"):
        assert part in page


def test_nothing_of_the_file_is_run_in_the_page(tmp_path: Path) -> None:
    ran = analyse(tmp_path, text="customer,date,amount\nada,2026-01-01,5\nada,<script>alert(1)</script>,5\n")

    page = (tmp_path / "orders-customers.html").read_text(encoding="utf-8")
    assert ran.returncode == 0
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_earlier_day_leaves_out_what_came_later(tmp_path: Path) -> None:
    found = json.loads(analyse(tmp_path, "--json", "--as-of", "2025-03-31").stdout)

    assert found["orders"] == 4
    assert found["as_of"] == "2025-04-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--amount", "price"], "There is no column “price”"),
        (["--as-of", "yesterday"], "“yesterday” is not a day"),
        (["--as-of", "2001-01-01"], "no orders before 2001-01-01"),
        (["--season", "spring"], "“Season” must be a time"),
    ],
)
def test_what_can_not_be_used_is_told_in_plain_words(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = analyse(tmp_path, *arguments)

    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_its_database_is_gone_afterwards(tmp_path: Path) -> None:
    analyse(tmp_path, "--json")

    with psycopg.connect(os.environ[ENVIRONMENT]) as server:
        left = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'crm_analysis_%'").fetchall()
    assert left == []
