"""Writing what people did as files, for Spark."""

from pathlib import Path

import pytest

from saleor_crm_plugin.recs.served.parquet import NoParquet, export

from .shop import NOW, buy, person

pytest.importorskip("pyarrow", reason="the extra spark is not installed: no pyarrow")
pytestmark = pytest.mark.django_db


def test_an_export_takes_the_place_of_the_one_before_and_of_nothing_else(tmp_path: Path) -> None:
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
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(NoParquet, match="other files"):
        export(tmp_path, NOW)

    assert (tmp_path / "notes.txt").read_text() == "mine"
