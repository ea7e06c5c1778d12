"""Draws one garment on a field of 100 x 100: a silhouette, tones on it, soft folds, and accents.

Everything is drawn three times too large and averaged down, so that edges are smooth. Tones are
kept apart from colours: 128 is the garment's own colour, less is darker, more is lighter.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = 400
_SCALE = 3
_UNIT = SIZE * _SCALE / 100
Corner = tuple[float, float] | tuple[float, float, float]  # x, y, how far it is rounded
Point = tuple[float, float]
Rgb = tuple[int, int, int]
OWN = 128
_ZOOM = 1.08  # about the middle of the field


def mirrored(half: Sequence[Corner]) -> list[Corner]:
    """The whole outline from its right half, given from the top's middle to the bottom's."""
    return [*half, *flipped([corner for corner in reversed(half) if corner[0] != 50])]


def flipped(corners: Sequence[Corner]) -> list[Corner]:
    """The same on the other side of the middle."""
    return [(100 - corner[0], corner[1], corner[2] if len(corner) == 3 else 0.0) for corner in corners]


def moved(corners: Sequence[Corner], dx: float, dy: float) -> list[Corner]:
    """The same elsewhere."""
    return [(corner[0] + dx, corner[1] + dy, corner[2] if len(corner) == 3 else 0.0) for corner in corners]


def rounded(corners: Sequence[Corner], *, closed: bool = True) -> list[Point]:
    """The outline with its corners rounded by quadratic curves."""
    points: list[Point] = []
    count = len(corners)
    for index, (x, y, *rest) in enumerate(corners):
        radius = rest[0] if rest else 0.0
        if not radius or (not closed and index in (0, count - 1)):
            points.append((x, y))
            continue
        start, end = (_towards((x, y), corners[(index + step) % count], radius) for step in (-1, 1))
        for part in range(9):
            t = part / 8
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            points.append((a * start[0] + b * x + c * end[0], a * start[1] + b * y + c * end[1]))
    return points


def _towards(here: Point, there: Corner, radius: float) -> Point:
    dx, dy = there[0] - here[0], there[1] - here[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-6)
    step = min(radius, length / 2) / length
    return here[0] + dx * step, here[1] + dy * step


class Pen:
    """The sheets on which a garment comes to be."""

    def __init__(self) -> None:
        side = SIZE * _SCALE
        self._sheets = {name: Image.new("L", (side, side), 0) for name in ("body", "folds", "accent")}
        self._sheets["tone"] = Image.new("L", (side, side), OWN)
        self._ink = {name: ImageDraw.Draw(sheet) for name, sheet in self._sheets.items()}

    def body(self, corners: Sequence[Corner], tone: int = OWN) -> None:
        """A part of the silhouette, in a tone of its own where it lies behind."""
        points = self._points(rounded(corners))
        self._ink["body"].polygon(points, fill=255)
        self._ink["tone"].polygon(points, fill=tone)

    def hole(self, corners: Sequence[Corner]) -> None:
        """What one sees through, such as between straps."""
        self._ink["body"].polygon(self._points(rounded(corners)), fill=0)

    def disc(self, x: float, y: float, radius: float, tone: int | None = OWN) -> None:
        """A round part of the silhouette; without a tone it is a hole."""
        box = self._box(x, y, radius, radius)
        self._ink["body"].ellipse(box, fill=0 if tone is None else 255)
        if tone is not None:
            self._ink["tone"].ellipse(box, fill=tone)

    def oval(self, x: float, y: float, across: float, down: float, tone: int) -> None:
        """A round piece on the garment, such as the opening of a neck."""
        self._ink["tone"].ellipse(self._box(x, y, across, down), fill=tone)

    def part(self, corners: Sequence[Corner], tone: int) -> None:
        """A piece on the garment: a collar, a pocket, a cuff."""
        self._ink["tone"].polygon(self._points(rounded(corners)), fill=tone)

    def line(self, corners: Sequence[Corner], tone: int, width: float = 0.5) -> None:
        """A seam or an edge."""
        self._stroke("tone", corners, tone, width)

    def stitches(self, corners: Sequence[Corner], tone: int, width: float = 0.4, dash: int = 2) -> None:
        """A seam that shows its thread."""
        points = _dense(rounded(corners, closed=False), 0.55)
        for start in range(0, len(points) - dash, dash * 2):
            self._stroke("tone", points[start : start + dash + 1], tone, width)

    def band(self, corners: Sequence[Corner], width: float, tone: int = OWN) -> None:
        """A strap or a handle: silhouette and tone along a line."""
        self._stroke("body", corners, 255, width)
        self._stroke("tone", corners, tone, width)

    def fold(self, corners: Sequence[Corner], width: float = 1.6, depth: int = 60) -> None:
        """A soft shadow along a line."""
        self._stroke("folds", corners, depth, width)

    def dot(self, x: float, y: float, radius: float, tone: int | None = None) -> None:
        """A button: an accent, or in a tone."""
        box = self._box(x, y, radius, radius)
        if tone is None:
            self._ink["accent"].ellipse(box, fill=255)
        else:
            self._ink["tone"].ellipse(box, fill=tone)

    def accent(self, corners: Sequence[Corner]) -> None:
        """A piece of another material: a buckle, a tag."""
        self._ink["accent"].polygon(self._points(rounded(corners)), fill=255)

    def pattern(self, lines: Iterable[Sequence[Corner]], tone: int, width: float) -> None:
        """Stripes, drawn before the parts that lie on them."""
        for corners in lines:
            self._stroke("tone", corners, tone, width)

    def finish(self, background: Image.Image, colour: Rgb, accent: Rgb) -> Image.Image:
        """Put the garment on a background, with light from the upper left and a shadow on the ground."""
        small = {name: sheet.reduce(_SCALE) for name, sheet in self._sheets.items()}
        mask = small["body"]
        lit = ImageChops.offset(mask, -9, -7).filter(ImageFilter.GaussianBlur(11))
        turned = ImageChops.subtract(mask, lit).point([round(v * 0.27) for v in range(256)])
        folds = small["folds"].filter(ImageFilter.GaussianBlur(3.2))
        tone = ImageChops.subtract(ImageChops.subtract(small["tone"], turned), folds)
        cloth = Image.merge("RGB", [tone.point(ramp) for ramp in _ramps(colour)])
        cloth.paste(accent, mask=small["accent"])
        shadow = ImageChops.offset(mask, 5, 10).filter(ImageFilter.GaussianBlur(9)).point([v // 4 for v in range(256)])
        background.paste((70, 56, 48), mask=shadow)
        background.paste(cloth, mask=ImageChops.lighter(mask, small["accent"]))
        return background

    def _stroke(self, sheet: str, corners: Sequence[Corner], fill: int, width: float) -> None:
        points = self._points(rounded(corners, closed=False))
        thick = max(round(width * _ZOOM * _UNIT), 1)
        self._ink[sheet].line(points, fill=fill, width=thick, joint="curve")
        for x, y in (points[0], points[-1]) if thick > 4 else ():
            half = thick / 2 - 0.5
            self._ink[sheet].ellipse([x - half, y - half, x + half, y + half], fill=fill)

    def _points(self, points: Iterable[Point]) -> list[Point]:
        return [(self._at(x), self._at(y)) for x, y in points]

    def _box(self, x: float, y: float, across: float, down: float) -> list[float]:
        return [self._at(x - across), self._at(y - down), self._at(x + across), self._at(y + down)]

    def _at(self, units: float) -> float:
        return (50 + (units - 50) * _ZOOM) * _UNIT


def _dense(points: Sequence[Point], step: float) -> list[Point]:
    """Points along a line at even steps."""
    dense = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        parts = max(round(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / step), 1)
        dense += [(x0 + (x1 - x0) * part / parts, y0 + (y1 - y0) * part / parts) for part in range(1, parts + 1)]
    return dense


def _ramps(colour: Rgb) -> list[list[int]]:
    """For each channel: tone to value. Shadows keep some colour, lights go to white."""
    ramps = []
    for value, dark in zip(colour, (24, 20, 34), strict=True):
        low = [round(dark + (value - dark) * (tone / OWN) ** 0.9) for tone in range(OWN)]
        high = [round(value + (255 - value) * (tone - OWN) / (255 - OWN)) for tone in range(OWN, 256)]
        ramps.append(low + high)
    return ramps
