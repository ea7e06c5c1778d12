"""What the owner says of views: how long they are kept, and how many may come."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..values import one_line


@dataclass(frozen=True)
class TrackingRules:
    """How long views are kept, and how many the whole shop takes in a minute."""

    kept: timedelta
    a_minute: int


def a_minute(value: Any) -> int:
    text = one_line(value)
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1_000 <= int(text) <= 1_000_000:
        raise ValueError("must be a whole number from 1000 to 1000000.")
    return int(text)
