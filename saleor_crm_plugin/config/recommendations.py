"""What the owner says of recommendations: which attributes of products are sizes, and which say for whom they are."""

import re
from dataclasses import dataclass
from typing import Any

from ..values import one_line


@dataclass(frozen=True)
class GuardRules:
    """Slugs of attributes."""

    sizes: tuple[str, ...]
    genders: tuple[str, ...]


def slugs(value: Any) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in one_line(value).split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[\w-]{1,250}", name):
            raise ValueError("must be slugs of attributes with commas between them, such as size, shoe-size.")
    return names
