"""Charts of the demo's page."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: ``width`` in percent of the longest."""

    label: str
    count: int
    width: float
    tone: str = ""


def bars(steps: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """A chart of labels, counts and tones."""
    most = max((count for _, count, _ in steps), default=1) or 1
    return [Bar(label, count, round(100 * count / most, 2), tone) for label, count, tone in steps]
