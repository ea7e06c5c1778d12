"""What people did in pieces of time, and as files."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, CartChange, Interaction, View
from saleor_crm_plugin.recs.served import pieces as pieces_
from saleor_crm_plugin.recs.served.copying import read
from saleor_crm_plugin.recs.served.history import COLUMNS, read_history
from saleor_crm_plugin.recs.served.parquet import NoParquet, export
from saleor_crm_plugin.recs.served.pieces import pieces

from .shop import DAY, NOW, buy, person

pytestmark = pytest.mark.django_db
EVERYTHING = range(1, 100)
Row = tuple[int | float, ...]


def a_past() -> None:
    """Orders of a year with one that went back, looks and changes of a cart in the last weeks."""
    dice = np.random.default_rng(5)
    buyers = [person() for _ in range(5)]
    for days in [*dice.uniform(1, 360, 30).tolist(), 0.0, 2000]:
        order = buy(buyers[int(days) % 5], [str(int(days) % 7 + 1), "9"], days, gift=days < 30)
    order = buy(buyers[0], ["8"], 7)
    buy(None, ["8"], 6)
    at = [NOW - days * DAY for days in (1, 5, 20, 59, 61)]
    make_room(at)
    make_room([*at, NOW], "crm_view")
    Interaction.objects.create(
        source="return", at=at[0], kind="return", contact_id=buyers[0], order_id=order, product_id="8", quantity=1
    )
    cart = Cart.objects.create(
        id="cart", status="open", channel="eu", currency="EUR", language="de", country="DE", total=0,
        created_at=at[0], changed_at=at[0], seen_at=at[0],
    )  # fmt: skip
    for number, moment in enumerate([*at, NOW]):
        View.objects.create(
            visitor_id=f"visitor-{number}", event_id="one", at=moment, kind="product_view", product_id=str(number + 1)
        )
    for number, moment in enumerate(at):
        CartChange.objects.create(
            cart=cart, revision=number, variant_id="1", product_id="1", quantity=1 - 2 * (number % 2), at=moment
        )


def rows(parts: list[dict[str, np.ndarray]]) -> list[Row]:
    """The rows of columns, in an order of their own."""
    return sorted(row for part in parts for row in zip(*(part[name].tolist() for name in COLUMNS), strict=True))


def in_pieces() -> list[Row]:
    """What the pieces tell."""
    return rows([read(piece.select, COLUMNS, piece.params) for piece in pieces(NOW)])


def test_many_pieces_tell_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    a_past()
    whole = in_pieces()
    monkeypatch.setattr(pieces_, "_AT_ONCE", 3)

    assert len(list(pieces(NOW))) > 20
    assert in_pieces() == whole


def test_pieces_tell_what_training_on_one_machine_reads() -> None:
    a_past()
    told = read_history(NOW, EVERYTHING).before(int(NOW.timestamp()))

    expected = sorted(zip(told.user_ids[told.users].tolist(), told.item_ids[told.items].tolist(), told.times.tolist(),
                          told.kinds.tolist(), strict=True))  # fmt: skip
    assert [row[:4] for row in in_pieces()] == expected
    assert len(set(told.kinds.tolist())) == 4


def test_a_piece_can_be_written_out() -> None:
    a_past()

    written = [read(piece.text().replace("%", "%%"), COLUMNS, {}) for piece in pieces(NOW)]

    assert rows(written) == in_pieces()


def test_a_shop_without_a_past_has_pieces_without_rows() -> None:
    assert in_pieces() == []


def test_files_hold_the_rows_and_take_the_place_of_the_files_before(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    folder = tmp_path / "below" / "events"
    # given an export, and an order after it
    a_past()
    export(folder, NOW)
    buy(person(), ["3"], 4)
    # when
    count = export(folder, NOW)
    # then
    tables = [parquet.read_table(file) for file in folder.iterdir()]
    assert rows([{name: table[name].to_numpy() for name in COLUMNS} for table in tables]) == in_pieces()
    assert count == len(in_pieces())
    assert [path.name for path in folder.parent.iterdir()] == ["events"]


def test_an_export_takes_the_place_of_the_one_before_and_of_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    # given an export, and folders that are called alike
    buy(person(), ["1", "2"], 3)
    for name in ("events.old", "events.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious.txt").write_text("mine")
    assert export(tmp_path / "events", NOW) == 2
    # when
    buy(person(), ["1"], 2)
    assert export(tmp_path / "events", NOW) == 3
    # then
    assert sorted(found.name for found in tmp_path.iterdir()) == ["events", "events.new", "events.old"]
    assert [(tmp_path / name / "precious.txt").read_text() for name in ("events.old", "events.new")] == ["mine"] * 2


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    (tmp_path / "letter.txt").write_text("Dear Ada")

    with pytest.raises(NoParquet, match="other files"):
        export(tmp_path, NOW)

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_command_exports(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    buy(person(), ["1", "2"], 400)
    out = StringIO()

    call_command("crm", "recs", "--export", str(tmp_path / "events"), stdout=out)

    assert out.getvalue() == f"2 rows are in {tmp_path / 'events'}.\n"
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="file can't be written"):
        call_command("crm", "recs", "--export", str(tmp_path / "file"))
