"""How the generators tell how far they are. A progress takes a stage's name and its rows, and gives the rows back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

Row = TypeVar("Row")
Progress = Callable[[str, Sequence[tuple[object, ...]]], Iterable[tuple[object, ...]]]


def bars(stage: str, rows: Sequence[Row]) -> Iterable[Row]:
    """A bar on the terminal for each stage."""
    return tqdm(rows, desc=f"{stage:<14}", unit=" rows", unit_scale=True, leave=True)


def quiet(stage: str, rows: Sequence[Row]) -> Iterable[Row]:
    """Nothing is shown."""
    return rows


def calling(watch: Callable[[str, int, int], None], every: int = 1000) -> Progress:
    """Call ``watch(stage, done, total)`` at every so many rows, and at the end of a stage."""

    def tell(stage: str, rows: Sequence[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        for done, row in enumerate(rows):
            if done % every == 0:
                watch(stage, done, len(rows))
            yield row
        watch(stage, len(rows), len(rows))

    return tell
