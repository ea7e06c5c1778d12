"""``saleor-crm clv``: what it prints, what it refuses, and how it ends."""

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from saleor_crm_plugin.segments.clv.command import add_arguments, run
from tests.segments.clv.cdnow import FILE


def clv(*words: str | Path) -> int:
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "summary.csv"


def without_money(file: Path) -> Path:
    lines = FILE.read_text().splitlines()
    file.write_text("\n".join(line.rpartition(",")[0] for line in lines))
    return file


def test_json_is_one_object_with_the_parameters(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = clv(without_money(file), "--json")

    printed = capsys.readouterr()
    said = json.loads(printed.out)
    assert status == 0
    assert printed.err == ""
    assert said["model"] == "bgnbd"
    assert said["params"] == pytest.approx({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, rel=0.01)
    assert said["log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    assert said["converged"] is True
    assert 0 <= said["seconds"] < 60
    assert said["customers"] == 2357
    assert said["bought_again"] == 946
    assert said["refused"] == 0
    assert "gamma_gamma" not in said
    assert "value" not in said["next_12_months"]["by_repeat_orders"]["all"]


def test_where_the_file_names_money_gamma_gamma_and_value_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    status = clv(FILE, "--json", "--model", "mbgnbd")

    said = json.loads(capsys.readouterr().out)
    assert status == 0
    assert said["model"] == "mbgnbd"
    assert said["params"] == pytest.approx({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, rel=0.01)
    assert said["gamma_gamma"]["params"] == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.01)
    assert said["gamma_gamma"]["customers"] == 946
    groups = said["next_12_months"]["by_repeat_orders"]
    assert groups["all"]["customers"] == sum(group["customers"] for name, group in groups.items() if name != "all")
    assert groups["all"]["value"] == pytest.approx(
        sum(group["value"] for name, group in groups.items() if name != "all")
    )


def test_people_read_how_sure_it_is_and_what_it_means(capsys: pytest.CaptureFixture[str]) -> None:
    status = clv(FILE)

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0] == "BG/NBD on 2,357 customers, of whom 946 bought again"
    assert lines[1].startswith("Converged: ")
    assert "  r 0.2426   alpha 4.4135 weeks   a 0.7929   b 2.4258" in lines
    assert "  log-likelihood -9,582.4" in lines
    assert "In 12 months from now (52.18 weeks), by how often customers bought again until now:" in lines
    assert [line.split()[:3] for line in lines if line.strip().startswith("0 ")] == [["0", "1,411", "100%"]]
    assert any(line.split()[:2] == ["all", "2,357"] for line in lines)


def test_a_year_is_as_long_in_days_as_in_weeks(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split(",") for line in FILE.read_text().splitlines()[1:]]
    days = [f"{x},{float(recency) * 7},{float(age) * 7},{value}" for x, recency, age, value in rows]
    file.write_text("\n".join(["frequency,recency,T,monetary_value", *days]))

    clv(FILE, "--json")
    weeks_said = json.loads(capsys.readouterr().out)
    clv(file, "--json", "--unit", "days")
    days_said = json.loads(capsys.readouterr().out)

    assert days_said["params"]["alpha"] == pytest.approx(weeks_said["params"]["alpha"] * 7, rel=1e-4)
    for what in ("alive", "orders", "value"):
        of_all = [said["next_12_months"]["by_repeat_orders"]["all"][what] for said in (weeks_said, days_said)]
        assert of_all[0] == pytest.approx(of_all[1], rel=1e-4)


def test_refused_lines_are_named_on_stderr_and_counted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.read_text() + "x,1,2,3\n3,9,2,1\n")

    status = clv(file, "--json")
    printed = capsys.readouterr()
    clv(file)

    assert status == 0
    assert printed.err == "line 2359 has no number for frequency\nline 2360 has a recency longer than T\n"
    assert json.loads(printed.out)["refused"] == 2
    assert json.loads(printed.out)["customers"] == 2357
    assert "2 lines of the file were left out" in capsys.readouterr().out


def test_of_very_many_refused_lines_the_first_are_named_and_all_counted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.read_text() + "x,1,2,3\n" * 3000)

    clv(file, "--json")

    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 101
    assert printed.err.splitlines()[-1] == "... and 2,900 more lines"
    assert json.loads(printed.out)["refused"] == 3000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "needs a first line that names its columns"),
        (b"email,total\nada@example.com,3\n", "needs a first line that names its columns"),
        (b"\xff\xfef\x00r\x00e\x00q\x00", "needs a first line that names its columns"),
        (b"frequency,recency,T\n", "No line of the file can be used."),
        (b"frequency,recency,T\n5,9,3\n\xff,1,2\n", "No line of the file can be used."),
    ],
)
def test_a_file_of_no_use_ends_with_a_plain_message(
    file: Path, content: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(content)

    status = clv(file, "--json")

    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert why in printed.err.splitlines()[-1]
    assert "Traceback" not in printed.err


def test_a_file_that_is_not_there_or_is_a_folder_ends_with_a_plain_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clv(tmp_path / "nothing.csv") == 2
    assert clv(tmp_path) == 2

    assert (
        capsys.readouterr().err == f"{tmp_path}/nothing.csv: No such file or directory.\n{tmp_path}: Is a directory.\n"
    )


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("0,0,9,0\n" * 50, "Nobody bought twice: there is nothing to learn from."),
        ("2,3,9,5\n", "1 customers are too few: at least 10 are needed."),
        ("2,3,9,5\n" * 50, "These customers do not tell"),
    ],
)
def test_where_a_model_finds_no_answer_it_says_so_and_ends_with_status_1(
    file: Path, rows: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("frequency,recency,T,monetary_value\n" + rows)

    assert clv(file, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert clv(file) == 1
    lines = capsys.readouterr().out.splitlines()

    assert said["converged"] is False
    assert why in said["message"]
    assert lines[1].startswith(why)


def test_what_is_not_known_is_null_because_json_has_no_nan(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("frequency,recency,T\n" + "0,0,9\n" * 50)

    assert clv(file, "--json") == 1

    said = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert said["params"] == {"r": None, "alpha": None, "a": None, "b": None}
    assert said["log_likelihood"] is None


def test_orders_are_forecast_even_where_spend_is_not(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("\n".join(line.rpartition(",")[0] + ",0" for line in FILE.read_text().splitlines()[1:]))
    file.write_text("frequency,recency,T,monetary_value\n" + file.read_text())

    assert clv(file, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert clv(file) == 1
    text = capsys.readouterr().out

    assert said["converged"] is True
    assert said["gamma_gamma"]["converged"] is False
    assert said["gamma_gamma"]["params"] == {"p": None, "q": None, "v": None}
    assert said["next_12_months"]["by_repeat_orders"]["all"]["orders"] > 0
    assert said["next_12_months"]["by_repeat_orders"]["all"]["value"] is None
    assert "nan" not in text


def test_help_is_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        clv("--help")

    told = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "“frequency” (orders after the first)" in told
    assert "monetary_value" in told
    assert "Exit status" in told
