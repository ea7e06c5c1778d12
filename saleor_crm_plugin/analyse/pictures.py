"""Shapes for the pictures of an analysis: numbers in, coordinates and shades out. The templates draw them."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 260


@dataclass(frozen=True)
class Band:
    """One layer of a stacked picture over time: the corners of its shape, in an SVG of WIDTH x HEIGHT."""

    name: str
    points: str


@dataclass(frozen=True)
class Tick:
    """A label below the picture."""

    x: float
    label: str


def stacked(layers: Sequence[tuple[str, Sequence[int]]]) -> list[Band]:
    """Layers on top of each other, the first at the bottom; each a number for every moment."""
    moments = len(layers[0][1]) if layers else 0
    highest = max((sum(numbers[i] for _, numbers in layers) for i in range(moments)), default=0) or 1
    floor = [0.0] * moments
    bands = []
    for name, numbers in layers:
        top = [low + number for low, number in zip(floor, numbers, strict=True)]
        edge = [(i, value) for i, value in enumerate(top)] + [(i, floor[i]) for i in reversed(range(moments))]
        points = " ".join(f"{x_of(i, moments):.1f},{HEIGHT * (1 - value / highest):.1f}" for i, value in edge)
        bands.append(Band(name, points))
        floor = top
    return bands


def x_of(number: int, moments: int) -> float:
    """Where a moment stands, from the left edge to the right one."""
    return WIDTH * number / max(1, moments - 1)


def ticks(labels: Sequence[str], most: int = 8) -> list[Tick]:
    """At most so many of the labels, evenly spread."""
    step = -(-len(labels) // most) if labels else 1
    return [Tick(round(x_of(i, len(labels)), 1), label) for i, label in enumerate(labels) if i % step == 0]


def shade(part: float, whole: float) -> int:
    """How dark a cell is, in percent. The square root lets small numbers be seen beside large ones."""
    return round(100 * (max(0.0, part) / whole) ** 0.5) if whole else 0
