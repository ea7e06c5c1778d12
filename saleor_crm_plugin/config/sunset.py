"""What the owner says of customers who never answer: after how many mails they get fewer, and then none."""

import re
from dataclasses import dataclass
from typing import Any

from ..values import one_line


@dataclass(frozen=True)
class SunsetRules:
    """After ``fewer`` mails without a click or an order one a week at most, after ``ends`` none. 0: no such rule."""

    fewer: int = 0
    ends: int = 0


def sunset(value: Any) -> SunsetRules:
    """Two numbers, such as ``10, 20``; empty: no rule."""
    text = one_line(value)
    if not text:
        return SunsetRules()
    match = re.fullmatch(r"([0-9]{1,4})\s*,\s*([0-9]{1,4})", text)
    if not match or not 3 <= int(match[1]) < int(match[2]):
        raise ValueError("must be two numbers, the second one larger and none below 3, such as 10, 20; or empty.")
    return SunsetRules(int(match[1]), int(match[2]))
