"""What the owner says of flows that are about customers: which are on, and after how long they write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class FlowLine:
    """One line of the setting: whether the flow writes, and how long after what starts it (None: the flow's own)."""

    on: bool
    delay: timedelta | None


_UNITS = {"min": "minutes", "h": "hours", "d": "days"}
_LINE = re.compile(r"([a-z_]{1,40})\s*=\s*(on|off)(?:\s*,\s*([0-9]{1,4})\s*(min|h|d))?")


def flow_lines(value: Any) -> Mapping[str, FlowLine]:
    """Lines such as ``welcome = on, 1 d``."""
    found: dict[str, FlowLine] = {}
    for line in str(value).splitlines():
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip().lower())
        if not match:
            raise ValueError(f"has a line that can't be read: “{line[:60]}”. Write it as welcome = on, 1 d.")
        if match[1] in found:
            raise ValueError(f"names {match[1]} twice.")
        delay = timedelta(**{_UNITS[match[4]]: int(match[3])}) if match[3] else None
        if delay is not None and delay > timedelta(days=365):
            raise ValueError(f"has a delay of more than a year: “{line[:60]}”.")
        found[match[1]] = FlowLine(match[2] == "on", delay)
    return found
