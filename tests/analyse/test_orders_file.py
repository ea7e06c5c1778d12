"""Lists of orders as shops export them: what is read out of them, and what is said of what can't be read."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.analyse.amounts import detect_point, read_amount
from saleor_crm_plugin.analyse.dates import AmbiguousDatesError, detect, read_date
from saleor_crm_plugin.analyse.orders_file import Asked, FileProblem, OrdersFile, read_orders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, text: str, encoding: str = "utf-8", **asked: object) -> OrdersFile:
    path = folder / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return read_orders(path, Asked(**asked))  # type: ignore[arg-type]


def test_a_plain_export_is_read_without_being_told_anything(folder: Path) -> None:
    file = read(
        folder, "customer,date,amount,currency\nada,2026-01-02,19.90,EUR\nbea,2026-01-03T10:00:00+01:00,5,PLN\n"
    )

    assert [(one.customer, one.total, one.currency) for one in file.orders] == [
        ("ada", Decimal("19.90"), "EUR"),
        ("bea", Decimal(5), "PLN"),
    ]
    assert file.orders[1].placed_at == datetime(2026, 1, 3, 9, tzinfo=UTC)
    assert file.refused == []


def test_a_german_export_is_read_too(folder: Path) -> None:
    text = "Kundennummer;Datum;Betrag\n7;24.12.2025 18:30;1.234,50 €\n7;02.01.2026 08:00;9,99 €\n"

    file = read(folder, text, encoding="cp1252")

    assert [one.total for one in file.orders] == [Decimal("1234.50"), Decimal("9.99")]
    assert file.orders[0].placed_at == datetime(2025, 12, 24, 18, 30, tzinfo=UTC)
    assert (file.delimiter, file.decimal_point) == (";", ",")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_whatever_spreadsheets_save_is_read(folder: Path, encoding: str) -> None:
    file = read(folder, "Customer ID\tOrder Date\tTotal\r\nłucja\t2026-01-02\t5\r\n", encoding)

    assert file.orders[0].customer == "łucja"


def test_the_lines_of_one_order_are_added_up(folder: Path) -> None:
    file = read(folder, "customer,date,amount,order\nada,2026-01-02,10,1\nada,2026-01-02,5.50,1\nada,2026-01-02,7,2\n")

    assert [one.total for one in file.orders] == [Decimal("15.50"), Decimal(7)]


def test_what_went_back_is_taken_off_its_order(folder: Path) -> None:
    file = read(folder, "customer,date,amount,order\nada,2026-01-02,10,1\nada,2026-02-02,-4,1\n")

    (order,) = file.orders
    assert (order.total, order.refunded, order.placed_at.month) == (Decimal(10), Decimal(4), 1)


def test_a_refund_of_nothing_known_is_listed_and_not_counted(folder: Path) -> None:
    file = read(folder, "customer,date,amount,order\nada,2026-01-02,10,1\nada,2026-02-02,-4,2\n")

    assert len(file.orders) == 1
    assert file.refused == [(3, "more went back than was paid for this order")]


def test_bad_rows_are_listed_by_line_with_the_reason(folder: Path) -> None:
    text = (
        'customer,date,amount,currency\nada,2026-01-02,10,EUR\n"two\nlines",2026-13-02,10,EUR\n,2026-01-02,10,EUR\n'
        "ada,2026-01-02,ten,EUR\nada,2026-01-02,10,euros\nada\n"
    )

    file = read(folder, text)

    assert [line for line, _ in file.refused] == [4, 5, 6, 7, 8]
    assert [why for _, why in file.refused] == [
        "“2026-13-02” is not a date",
        "no customer",
        "“ten” is not an amount",
        "“EUROS” is not a currency such as EUR",
        "“” is not a date",
    ]
    assert (file.rows, len(file.orders)) == (6, 1)


def test_a_column_that_is_not_found_is_asked_for_by_name(folder: Path) -> None:
    with pytest.raises(FileProblem, match=r"--amount NAME.*who, date, cents"):
        read(folder, "who,date,cents\nada,2026-01-02,1\n", columns={"customer": "who"})


def test_columns_may_have_any_name_that_is_told(folder: Path) -> None:
    file = read(
        folder, "who,when,cents\nada,2026-01-02,1\n", columns={"customer": "who", "date": "when", "amount": "cents"}
    )

    assert file.columns == {"customer": "who", "date": "when", "amount": "cents"}


def test_a_column_that_is_told_and_not_there_is_a_problem(folder: Path) -> None:
    with pytest.raises(FileProblem, match="no column “whom”"):
        read(folder, "who,date,amount\nada,2026-01-02,1\n", columns={"customer": "whom"})


@pytest.mark.parametrize("text", ["", "\n", "customer,date,amount\n", "customer,date,amount\nada,soon,1\n"])
def test_a_file_without_orders_is_a_problem_in_plain_words(folder: Path, text: str) -> None:
    with pytest.raises(FileProblem):
        read(folder, text)


def test_a_file_that_is_not_there_is_a_problem_in_plain_words(folder: Path) -> None:
    with pytest.raises(FileProblem, match="can't be read"):
        read_orders(folder / "nothing.csv", Asked())


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2026-01-02", "2026-01-02T10:00:00Z", "2026-01-02 10:00"], "ISO 8601"),
        (["31.12.2025", "01.01.2026"], "%d.%m.%Y"),
        (["12/31/2025", "1/1/2026"], "%m/%d/%Y"),
        (["12/1/2010 8:26", "12/13/2010 8:26"], "%m/%d/%Y %H:%M"),
        (["31/12/2025 10:00", "01/01/2026 11:00"], "%d/%m/%Y %H:%M"),
        (["2 Jan 2026", "13 Feb 2026"], "%d %b %Y"),
        (["19970101", "19970118"], "ISO 8601"),
        (["11/01/2026", "12/01/2026", "01/02/2026"], "%d/%m/%Y"),  # only so they are in order
    ],
)
def test_the_way_dates_are_written_is_found(texts: list[str], form: str) -> None:
    assert detect(texts) == form


def test_a_day_that_could_be_a_month_is_never_guessed() -> None:
    with pytest.raises(AmbiguousDatesError):
        detect(["01/02/2026", "03/01/2026", "02/03/2026"])


def test_the_caller_is_asked_which_of_two_readings_is_meant(folder: Path) -> None:
    text = "customer,date,amount\na,01/02/2026,1\na,03/01/2026,1\na,02/03/2026,1\n"

    with pytest.raises(FileProblem, match=r"--date-format '%d/%m/%Y' or --date-format '%m/%d/%Y'"):
        read(folder, text)
    assert read(folder, text, date_format="%m/%d/%Y").orders[0].placed_at.day == 2


@pytest.mark.parametrize(
    ("texts", "point"),
    [
        (["1.50", "2"], "."), (["1,50"], ","), (["1.234,50"], ","), (["1,234.50"], "."), (["1,234", "5,678"], "."),
        (["1.234", "5"], "."), (["1.234.567"], ","), ([], "."), (["1,5", "1,234"], ","),
    ],
)  # fmt: skip
def test_the_sign_before_the_cents_is_found(texts: list[str], point: str) -> None:
    assert detect_point(texts) == point


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("19.90", "19.90"), ("€ 1,234.50", "1234.50"), ("EUR 5", "5"), ("5 PLN", "5"), ("(4.00)", "-4"), ("-4", "-4"),
        ("1 234.5", "1234.5"), ("1'234.50", "1234.50"), ("$5", "5"),
    ],
)  # fmt: skip
def test_amounts_are_read_however_they_are_dressed(text: str, amount: str) -> None:
    assert read_amount(text, ".") == Decimal(amount)


@pytest.mark.parametrize("text", ["", "ten", "1e5", "NaN", "inf", "1.2.3", "--4", "٣", "9" * 30, "12,34,56"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        read_amount(text, ".")


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([".", ","]), st.booleans())
def test_every_amount_that_is_written_is_read_back(amount: Decimal, point: str, grouped: bool) -> None:
    written = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    if point == ",":
        written = written.translate(str.maketrans(".,", ",."))

    assert read_amount(written, point) == amount


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)),
    st.sampled_from(["%d.%m.%Y %H:%M", "%m/%d/%Y", "%Y/%m/%d"]),
)
def test_every_date_that_is_written_is_read_back(moment: datetime, form: str) -> None:
    assert read_date(moment.strftime(form), form).strftime(form) == moment.strftime(form)


@given(st.binary(max_size=300))
def test_whatever_bytes_somebody_hands_over_end_in_orders_or_a_plain_problem(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "orders.csv"
    path.write_bytes(b"customer,date,amount\n" + data)
    with suppress(FileProblem):
        assert read_orders(path, Asked()).orders
