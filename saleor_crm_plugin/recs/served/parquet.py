"""What people did, as parquet files: for engines that can't reach the database. Needs pyarrow (the extra ``spark``)."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from .copying import Columns, read
from .history import COLUMNS
from .pieces import pieces


class NoParquet(Exception):  # noqa: N818 - a message to people
    """The files can't be written. The message says why."""


def export(folder: Path, now: datetime) -> int:
    """Write what happened before ``now`` into a folder, in place of what is there of an export before. Returns how
    many rows.

    Names are numbers (``history.read_history``), no addresses; still, it is what customers did. The folder is
    exchanged when all is written: who reads meanwhile has the old files or none. Raises NoParquet.
    """
    if not find_spec("pyarrow"):
        raise NoParquet("Writing parquet needs pyarrow: pip install 'saleor-crm-plugin[spark]'.")
    folder = folder.absolute()
    try:
        if folder.exists() and any(file.suffix != ".parquet" for file in folder.iterdir()):
            raise NoParquet(f"{folder} holds other files than an export's. Name another folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A folder of our own beside it: what else is there is not ours, whatever it is called.
        with TemporaryDirectory(prefix=".export-", dir=folder.parent) as ours:
            new = Path(ours) / "new"
            new.mkdir()
            rows = sum(
                _write(new / f"{number:04}.parquet", read(piece.select, COLUMNS, piece.params))
                for number, piece in enumerate(pieces(now))
            )
            if folder.exists():
                folder.rename(Path(ours) / "old")
            new.rename(folder)
    except OSError as error:
        raise NoParquet(f"{folder} can't be written: {error.strerror}.") from error
    return rows


def _write(file: Path, columns: Columns) -> int:
    table = import_module("pyarrow").table(columns)
    import_module("pyarrow.parquet").write_table(table, file)
    return int(table.num_rows)
