"""Letters to customers: each is three template files, which say by themselves what the letter is about.

So a new letter needs no more than its files: who reads its content, which names an owner's words may use in it and
what it is tried with follow from them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import TypeVar

from . import source

T = TypeVar("T")


class About(Enum):
    """What a letter can't do without."""

    NOTHING = "nothing"
    PRODUCTS = "products"
    VOUCHER = "voucher"


_LETTER = re.compile(r'\s*\{%\s*extends\s+"saleor_crm/letter\.html"\s*%\}')
_SUBJECT = ".subject.txt"


@cache
def letters() -> Mapping[str, About]:
    """The mails whose HTML extends ``letter.html``, in the order of their names, each with what its subject names."""
    folder = source.TEMPLATE_DIR / "saleor_crm"
    found = {}
    for path in sorted(folder.glob(f"*{_SUBJECT}")):
        name = path.name.removesuffix(_SUBJECT)
        if _LETTER.match((folder / f"{name}.html").read_text(encoding="utf-8")):
            found[name] = _about(path.read_text(encoding="utf-8"))
    return found


def _about(subject: str) -> About:
    if "voucher." in subject:
        return About.VOUCHER
    return About.PRODUCTS if "%(names)s" in subject else About.NOTHING


class OfMails(Mapping[str, T]):
    """Something of each mail: as it is ``named``, and of letters that are not, ``made`` of their name and what they are
    about."""

    def __init__(self, named: Mapping[str, T], made: Callable[[str, About], T]) -> None:
        self._named, self._made = named, made

    def __getitem__(self, mail: str) -> T:
        return self._named[mail] if mail in self._named else self._made(mail, letters()[mail])

    def __iter__(self) -> Iterator[str]:
        yield from self._named
        yield from (mail for mail in letters() if mail not in self._named)

    def __len__(self) -> int:
        return sum(1 for _ in self)
