"""Reading a file that somebody else wrote, and counting customers who are alike."""

from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.segments.clv.summary import Summary, SummaryProblem, compress, read_summary


def read(text: str) -> Summary:
    return read_summary(StringIO(text, newline=""))


def customers(summary: Summary) -> list[tuple[float, ...]]:
    columns = [summary.frequency, summary.recency, summary.age]
    return list(zip(*[column.tolist() for column in columns], strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "frequency,recency,T\n2,30.5,38\n0,0,7\n",
        "T;FREQUENCY;Recency\n38;2;30.5\n7;0;0\n",
        "T;frequency;recency\r\n38;2;30,5\r\n7;0;0\r\n",
        "frequency\trecency\tT\n2\t30.5\t38\n0\t0\t7",
        '\ufeff"frequency","recency","T"\n"2","30.5","38"\n"0","0","7"\n',
        'name, frequency , recency, t \n"Doe, Ada",2, 30.5 ,38\n\nBea,0,0,7\n',
        "\n\nfrequency,recency,T,note\n2.0,3.05e1,38,\n0,0,7\n",
        "frequency,recency,T\n2,30.5,38,,\n0,0,7,\n",
    ],
)
def test_columns_may_stand_in_any_order_and_spelling(text: str) -> None:
    summary = read(text)

    assert customers(summary) == [(2, 30.5, 38), (0, 0, 7)]
    assert summary.value is None
    assert summary.refused == []


def test_spend_is_read_where_the_file_has_it_and_is_0_where_it_is_not_known() -> None:
    summary = read("monetary_value;frequency;recency;T\n19,90;2;3;9\n;1;3;9\n ;0;0;9\n")

    assert summary.value is not None
    assert summary.value.tolist() == [19.9, 0, 0]
    assert summary.refused == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("two,3,9", "has no number for frequency"),
        ("2,,9", "has no number for recency"),
        ("2,3", "has no number for T"),
        (",,", "has no number for frequency"),
        ("   ", "has no number for frequency"),
        ("2,3,9,10", "has more cells than the first line has columns"),
        ("2,30,43,38,86", "has more cells than the first line has columns"),
        ("2,3,nan", "has a number that is not finite"),
        ("2,3,inf", "has a number that is not finite"),
        ("2,3,1e999", "has a number that is not finite"),
        ("-2,3,9", "has a negative number"),
        ("2,-3,9", "has a negative number"),
        ("2,3,-9", "has a negative number"),
        ("2,3,9e12", "has a number too large to be meant"),
        ("9e99,3,9", "has a number too large to be meant"),
        ("1.5,3,9", "has a frequency that is not a whole number"),
        ("2,9.01,9", "has a recency longer than T"),
        ("0,3,9", "has a recency although nothing was bought again (frequency 0)"),
        ("2,3,9\0", "has no number for T"),
        ("２x,3,9", "has no number for frequency"),
    ],
)
def test_a_line_that_can_not_be_right_is_named_and_the_others_are_taken(line: str, reason: str) -> None:
    summary = read(f"frequency,recency,T\n\n1,1,5\n{line}\n2,3,9\n")

    assert summary.refused == [(4, reason)]
    assert customers(summary) == [(1, 1, 5), (2, 3, 9)]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("a lot", "has no number for monetary_value"),
        ("-5", "has a negative number"),
        ("nan", "has a number that is not finite"),
    ],
)
def test_spend_that_can_not_be_right_refuses_its_line(cell: str, reason: str) -> None:
    assert read(f"frequency,recency,T,monetary_value\n2,3,9,{cell}\n").refused == [(2, reason)]


def test_refused_lines_are_told_in_the_order_of_the_file() -> None:
    summary = read("frequency,recency,T\n2,9,3\nx,1,2\n-1,0,2\nx,1,2\n")

    assert [line for line, _ in summary.refused] == [2, 3, 4, 5]


def test_a_quote_that_never_closes_swallows_no_customer_in_silence() -> None:
    summary = read('frequency,recency,T,name\n1,1,5,Ada\n2,3,9,"Bea\n3,4,9,Cleo\n4,4,9,Dora\n')

    assert customers(summary) == [(1, 1, 5)]
    assert summary.refused == [(line, "is within quotes that open on line 3") for line in (3, 4, 5)]


def test_a_quote_that_takes_in_a_whole_long_file_is_a_plain_problem() -> None:
    with pytest.raises(SummaryProblem, match=r"^Line 2 is no CSV"):
        read('frequency,recency,T\n"1,1,5\n' + "1,1,5\n" * 30_000)


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "frequency,recency\n1,2\n", "1,2,3\n", "frequency recency T\n1 2 3\n", "x,t_x,T\n1,2,3\n", "\0\1\2"],
)
def test_a_file_without_the_columns_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(SummaryProblem, match="needs a first line that names its columns"):
        read(text)


def test_two_columns_of_one_name_are_not_guessed_at() -> None:
    with pytest.raises(SummaryProblem, match="two columns “T”"):
        read("frequency,recency,T,t\n1,2,3,4\n")


@given(st.text(st.sampled_from("0123456789.,;\t-+eEnaif\"' \n\r\0\ufeffx"), max_size=200))
def test_every_line_of_any_file_is_a_customer_or_refused(text: str) -> None:
    summary = read("frequency,recency,T\n" + text)

    lines = [line for line in StringIO(text, newline="") if line.strip("\r\n")]
    told = len(summary.frequency) + len(summary.refused)
    assert told >= len(lines)
    if '"' not in text:
        assert told == len(lines)
    assert (summary.recency <= summary.age).all()
    assert (summary.recency[summary.frequency == 0] == 0).all()


NUMBERS = st.one_of(st.integers(0, 3).map(float), st.floats(0, 1e6), st.sampled_from([0.1, 0.3, 2.0**40]))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=30))
def test_customers_who_are_alike_become_one_row_and_none_is_lost(rows: list[tuple[float, float, float]]) -> None:
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)

    found = compress(table[:, 0], table[:, 1], table[:, 2])

    alike: dict[tuple[float, ...], int] = {}
    for row in rows:
        alike[row] = alike.get(row, 0) + 1
    told = zip(*[column.tolist() for column in (found.frequency, found.recency, found.age)], strict=True)
    assert dict(zip(told, found.weight.tolist(), strict=True)) == alike


def test_a_million_customers_in_weeks_are_few_rows() -> None:
    random = np.random.default_rng(8)
    age = random.integers(1, 53, 1_000_000).astype(float)

    found = compress(random.integers(0, 4, 1_000_000).astype(float), np.floor(age / 2), age)

    assert len(found.weight) == 4 * 52
    assert found.weight.sum() == 1_000_000
