"""``saleor-crm recs evaluate`` on files as shops have them."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from saleor_crm_plugin.cli import main
from saleor_crm_plugin.recs.events_file import EventsProblem, read_events
from saleor_crm_plugin.recs.interactions import Kind

from .shops import shop_of_pairs


def _file(folder: Path, text: str) -> Path:
    path = folder / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _shop_file(folder: Path) -> Path:
    shop = shop_of_pairs(customers=120)
    rows = zip(shop.users, shop.items, shop.times, shop.orders, strict=True)
    lines = [f"u{user},p{item},{moment},{order}" for user, item, moment, order in rows]
    return _file(folder, "\n".join(["USER,Item,Timestamp,Order", *lines, "", "u1,p1,yesterday,5", ",p1,5,5"]) + "\n")


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["recs", "evaluate", *arguments])
    return int(ended.value.code or 0)


def test_the_report_has_each_task_and_lists_what_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(str(_shop_file(tmp_path)), "--cases", "80")

    said = capsys.readouterr()
    assert status == 0
    assert [task for task in ("DISCOVERY", "REBUY", "BASKET", "RELATED") if task not in said.out] == []
    assert "2 of 1442 rows can't be read:" in said.err
    assert "  line 1443: “yesterday” is not a time" in said.err
    assert "  line 1444: no user" in said.err


def test_json_is_a_list_of_rows_with_the_agreed_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = _run(str(_shop_file(tmp_path)), "--cases", "80", "--json")

    rows = json.loads(capsys.readouterr().out)
    assert status == 0
    assert {row["kind"] for row in rows} == {"auto", "own", "peer"}
    assert {"task", "model", "kind", "ndcg20", "recall20", "coverage", "fit_s", "peak_mb"} <= set(rows[0])
    assert max(row["ndcg20"] for row in rows if row["task"] == "related" and row["kind"] == "auto") > 0.9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,thing,timestamp\na,b,1\n", "no column “item”"),
        ("", "no column “user”"),
        ("user,item,timestamp\na,b,never\n", "None of the 1 rows"),
        ('user,item,timestamp\n"a,b,1\n', "None of the 1 rows"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_a_reason(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(str(_file(tmp_path, text))) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(str(tmp_path / "none.csv")) == 2
    assert "can't be read: No such file" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(b"user,item,timestamp\n\xff\xfe,b,1\n")

    with pytest.raises(EventsProblem, match="UTF-8"):
        read_events(path)


def test_events_of_a_single_day_leave_nothing_to_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(str(_file(tmp_path, "user,item,timestamp\na,b,100\n"))) == 2
    assert "nothing to ask" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("1700000000", 1_700_000_000),
        ("1700000000.9", 1_700_000_000),
        ("1700000000000", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000),
        ("2023-11-14", 1_699_920_000),
    ],
)
def test_times_are_read_as_logs_write_them(written: str, seconds: int, tmp_path: Path) -> None:
    file = read_events(_file(tmp_path, f"user,item,timestamp\na,b,{written}\n"))

    assert file.events.times.tolist() == [seconds]


def test_kinds_weights_and_orders_are_read(tmp_path: Path) -> None:
    text = "type,order,user,item,timestamp,weight\nadd_to_cart,,a,x,1,2\nView,,a,x,2,\n,7,a,x,3,\nRefund,7,a,x,4,\n"

    events = read_events(_file(tmp_path, text)).events

    assert events.kinds.tolist() == [Kind.CART, Kind.VIEW, Kind.PURCHASE, Kind.RETURN]
    assert events.weights.tolist() == [2, 1, 1, 1]
    assert (events.orders >= 0).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a,b,1,dance,1", "“dance” is not a type"),
        ("a,b,1,view,nan", "“nan” is not a weight"),
        ("a,b,1,view,-1", "“-1” is not a weight"),
        ("a,b,nan,view,1", "“nan” is not a time"),
        ("a,b,1e400,view,1", "“1e400” is not a time"),
        ("a,b,-5,view,1", "“-5” is not a time"),
        ("a,,1,view,1", "no item"),
        ("a,b", "“” is not a time"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_left_out(row: str, why: str, tmp_path: Path) -> None:
    file = read_events(_file(tmp_path, f"user,item,timestamp,type,weight\nu,i,1,,\n{row}\n"))

    ((line, reason),) = file.refused
    assert (line, len(file.events), file.rows) == (3, 1, 2)
    assert why in reason


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"User": ["a", None], "item": [7, 8], "timestamp": np.array([10, 11], "datetime64[s]")})
    pq.write_table(table, tmp_path / "events.parquet")

    file = read_events(tmp_path / "events.parquet")

    assert file.events.times.tolist() == [10]
    assert file.events.item_ids.tolist() == ["7"]
    assert file.refused == [(3, "no user")]
