"""How far a long work is: a bar on a terminal where tqdm is installed, else a line every few seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from django.core.management.base import OutputWrapper

_SECONDS = 5


@contextmanager
def progress(what: str, total: int, out: OutputWrapper) -> Iterator[Callable[[int], None]]:
    """Gives a function that is told how many of about ``total`` are done."""
    if find_spec("tqdm") is None or not out.isatty():
        yield _lines(what, total, out)
        return
    from tqdm import tqdm

    with tqdm(total=total, desc=what, unit_scale=True) as bar:

        def tell(done: int) -> None:
            bar.update(done - bar.n)

        yield tell


def _lines(what: str, total: int, out: OutputWrapper) -> Callable[[int], None]:
    start = shown = time.monotonic()

    def tell(done: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown >= _SECONDS:
            shown = now
            a_second = done / max(now - start, 0.001)
            out.write(f"{done} of about {max(total, done)} {what}, {a_second:.0f} a second")

    return tell
