"""Files about people: nobody else on this machine reads them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file of text that is the owner's alone, emptied, also where there was one before; not through a link. What is
    no file, such as a pipe, is written to as it is. Lines end as they are written."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as pipe:
            yield pipe
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        os.fchmod(descriptor, 0o600)
        file.truncate()
        yield file
