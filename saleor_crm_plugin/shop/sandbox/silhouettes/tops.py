"""What is worn above: shirt, T-shirt, jumper, jacket, coat."""

from random import Random

from .pen import OWN, Corner, Pen, flipped, mirrored

_NECK = 7.0


def _torso(pen: Pen, *, sleeve: list[Corner], hem: list[Corner], shoulder: float = 18) -> None:
    """Sleeves first, then the body over them, so that the armhole shows."""
    for flip in (False, True):
        arm: list[Corner] = [(50 + shoulder - 3, 19, 2), *sleeve, (50 + shoulder - 4, 42, 1)]
        pen.body(flipped(arm) if flip else arm, OWN - 8)
    pen.body(mirrored([(50 + _NECK, 15, 1), (50 + shoulder, 20.5, 3), (50 + shoulder - 1.5, 40, 4), *hem]))
    for sign in (-1, 1):
        pen.line(
            [(50 + sign * shoulder, 21.5), (50 + sign * (shoulder - 2.2), 31, 6), (50 + sign * (shoulder - 1.2), 40)],
            OWN - 26,
            0.35,
        )
        pen.fold([(50 + sign * (shoulder - 3), 39), (50 + sign * (shoulder - 8), 47)], 1.8, 30)
        pen.fold([(50 + sign * (shoulder - 3), 60), (50 + sign * (shoulder - 6), 76)], 2.4, 20)


def _long(width: float = 8, reach: float = 33, end: float = 71) -> list[Corner]:
    return [(50 + reach - 4, 42, 10), (50 + reach, end, 1), (50 + reach - width, end + 1.5, 1), (50 + 19.5, 47, 4)]


def _cuffs(pen: Pen, tone: int, *, reach: float = 33, end: float = 71, width: float = 8, high: float = 4) -> None:
    for sign in (-1, 1):
        a, b = 50 + sign * reach, 50 + sign * (reach - width)
        up = sign * 0.5
        pen.part([(a, end), (b, end + 1.5), (b - up, end + 1.5 - high), (a - up, end - high)], tone)


def _stripes(pen: Pen, rng: Random, *, top: float = 24) -> None:
    tone = rng.choice([OWN + 62, OWN - 34])
    gap = rng.choice([3.2, 4.6, 7.0])
    lines = [[(10.0, top + n * gap), (90.0, top + n * gap)] for n in range(int(64 / gap))]
    pen.pattern(lines, tone, gap * 0.36)


def shirt(pen: Pen, rng: Random) -> None:
    """Buttons, a collar, sometimes a pocket and stripes from top to bottom."""
    _torso(pen, sleeve=_long(), hem=[(67, 79, 6), (50, 84, 10)], shoulder=18)
    if rng.random() < 0.35:
        gap = rng.choice([2.6, 4.0])
        pen.pattern([[(18 + n * gap, 14.0), (18 + n * gap, 90.0)] for n in range(int(64 / gap))], OWN + 58, gap * 0.22)
    _cuffs(pen, OWN - 14)
    pen.part([(46.6, 22), (53.4, 22), (53.4, 84), (46.6, 84)], OWN + 8)
    pen.line([(53.4, 22), (53.4, 83.5)], OWN - 30, 0.35)
    pen.line([(46.6, 22), (46.6, 83.5)], OWN - 18, 0.3)
    pen.part([(44, 15.6), (56, 15.6), (50, 23.5)], OWN - 50)
    for sign in (-1, 1):
        pen.part(
            [(50 + sign * 7.2, 13.6, 1), (50 + sign * 10.5, 18.5, 1), (50 + sign * 6.8, 27, 0.6), (50, 22)], OWN + 22
        )
        pen.line([(50 + sign * 10.5, 18.5), (50 + sign * 6.8, 27), (50, 22)], OWN - 30, 0.35)
    for row in range(6):
        pen.dot(50, 30 + row * 9.2, 0.85, OWN + 92)
    if rng.random() < 0.6:
        pen.part([(56.5, 34), (65, 34), (65, 43, 1), (60.7, 45, 1), (56.5, 43, 1)], OWN + 7)
        pen.line([(56.5, 34), (56.5, 43, 1), (60.7, 45, 1), (65, 43, 1), (65, 34), (56.5, 34)], OWN - 26, 0.35)


def tshirt(pen: Pen, rng: Random) -> None:
    """Short sleeves, round or V neck, plain, striped or with a small print."""
    sleeve: list[Corner] = [(76.5, 27, 3), (82, 43, 1.2), (71, 47.5, 1.2), (67, 40, 3)]
    _torso(pen, sleeve=sleeve, hem=[(67, 84, 2), (50, 85, 4)])
    style = rng.random()
    if style < 0.4:
        _stripes(pen, rng)
    for sign in (-1, 1):
        pen.stitches([(50 + sign * 31.2, 41.2), (50 + sign * 20.7, 45.6)], OWN - 32)
    pen.stitches([(33.5, 82.2), (50, 83, 5), (66.5, 82.2)], OWN - 32)
    _neck(pen, v=rng.random() < 0.3, rib=2.0)
    if 0.4 <= style < 0.62:
        pen.dot(50, 43, 7.5, OWN + 74)
        pen.dot(50, 43, 5.4, OWN)
        pen.part([(43, 43.5), (57, 43.5), (57, 51), (43, 51)], OWN)
        pen.line([(41, 43.6), (59, 43.6)], OWN + 74, 0.9)


def _neck(pen: Pen, *, v: bool, rib: float) -> None:
    """The opening, with the inside of the back and a ribbed edge."""
    if v:
        pen.part(
            [
                (50 - _NECK - rib, 14.6),
                (50 + _NECK + rib, 14.6),
                (50 + _NECK + rib - 1, 17),
                (50, 31 + rib, 1),
                (50 - _NECK - rib + 1, 17),
            ],
            OWN - 16,
        )
        pen.part(
            [(50 - _NECK, 13), (50 + _NECK, 13), (50 + _NECK - 0.6, 17), (50, 30, 1), (50 - _NECK + 0.6, 17)], OWN - 58
        )
        pen.part(
            [(50 - _NECK, 14), (50 + _NECK, 14), (50 + _NECK - 0.4, 17.4, 2), (50 - _NECK + 0.4, 17.4, 2)], OWN - 34
        )
    else:
        pen.oval(50, 14.4, _NECK + rib, 7.4 + rib, OWN - 18)
        pen.oval(50, 14.2, _NECK, 7.4, OWN - 58)
        pen.part(
            [(50 - _NECK, 14), (50 + _NECK, 14), (50 + _NECK - 0.4, 17.4, 2), (50 - _NECK + 0.4, 17.4, 2)], OWN - 34
        )


def jumper(pen: Pen, rng: Random) -> None:
    """Knitted: ribs at every edge; cables, stripes or a turtle neck."""
    _torso(pen, sleeve=_long(9, 34, 74), hem=[(68.5, 78, 2), (67.5, 84, 1.5), (50, 85, 4)], shoulder=19)
    style = rng.random()
    if style < 0.3:
        _stripes(pen, rng, top=30)
    elif style < 0.65:
        for x in (41.5, 50.0, 58.5):
            for row in range(7):
                y = 29 + row * 7.2
                pen.line([(x - 1.7, y), (x + 1.7, y + 3.6, 2), (x - 1.7, y + 7.2)], OWN - 24, 0.75)
                pen.line([(x + 1.7, y), (x - 1.7, y + 3.6, 2), (x + 1.7, y + 7.2)], OWN + 24, 0.75)
    else:
        pen.pattern([[(12 + n * 1.9, 10.0), (12 + n * 1.9, 90.0)] for n in range(41)], OWN - 9, 0.5)
    pen.part([(31, 79.5), (69, 79.5), (68, 86), (32, 86)], OWN - 12)
    pen.pattern([[(32.5 + n * 1.75, 79.8), (32.5 + n * 1.75, 86.0)] for n in range(21)], OWN - 36, 0.5)
    _cuffs(pen, OWN - 14, reach=34, end=74, width=9, high=5.5)
    if rng.random() < 0.35:
        pen.body([(42, 10.5, 1.4), (58, 10.5, 1.4), (58.6, 20.5, 3), (50, 23, 4), (41.4, 20.5, 3)], OWN - 6)
        pen.pattern([[(43 + n * 1.75, 11.0), (43 + n * 1.75, 22.0)] for n in range(9)], OWN - 30, 0.5)
    else:
        _neck(pen, v=rng.random() < 0.3, rib=2.6)


def jacket(pen: Pen, rng: Random) -> None:
    """Short and zipped or buttoned, with pockets on the breast."""
    _torso(pen, sleeve=_long(9, 33, 70), hem=[(68, 70, 2), (67, 77, 1.2), (50, 78, 2)], shoulder=19)
    pen.part([(32, 71.5), (68, 71.5), (67.5, 79), (32.5, 79)], OWN - 14)
    _cuffs(pen, OWN - 16, reach=33, end=70, width=9, high=4.6)
    pen.part([(43.5, 15), (56.5, 15), (50, 27)], OWN - 60)
    pen.part([(43, 14), (57, 14), (56, 17.8, 2), (44, 17.8, 2)], OWN - 34)
    for sign in (-1, 1):
        pen.part([(50 + sign * 7.5, 13, 1), (50 + sign * 13, 20, 1), (50 + sign * 9, 29.5, 0.8), (50, 25)], OWN + 16)
        pen.line([(50 + sign * 13, 20), (50 + sign * 9, 29.5), (50, 25)], OWN - 36, 0.4)
        x = 50 + sign * 10.2
        pen.part([(x - 4.7, 37), (x + 4.7, 37), (x + 4.7, 40.5), (x, 42.5, 1), (x - 4.7, 40.5)], OWN + 12)
        pen.line(
            [(x - 4.7, 37), (x - 4.7, 40.5), (x, 42.5, 1), (x + 4.7, 40.5), (x + 4.7, 37), (x - 4.7, 37)],
            OWN - 34,
            0.35,
        )
        pen.dot(x, 40.6, 0.75)
        pen.stitches([(x - 4.4, 42.6), (x - 4.4, 52, 1), (x + 4.4, 52, 1), (x + 4.4, 42.6)], OWN + 46)
        pen.stitches([(50 + sign * 6, 44), (50 + sign * 4.6, 71)], OWN + 40)
    pen.line([(50, 26), (50, 78)], OWN - 44, 0.6)
    if rng.random() < 0.5:
        pen.stitches([(48.2, 28), (48.2, 77.5)], OWN + 46)
        for row in range(6):
            pen.dot(51.8, 31 + row * 8.8, 0.9)
    else:
        pen.line([(50, 26), (50, 78)], OWN + 70, 0.25)
        pen.accent([(49.3, 30), (50.7, 30), (51, 34.5), (49, 34.5)])


def coat(pen: Pen, rng: Random) -> None:
    """Long, with lapels; one or two rows of buttons, sometimes a belt."""
    _torso(pen, sleeve=_long(9, 31, 66), hem=[(66.5, 52, 6), (70, 89, 1.4), (50, 90, 3)], shoulder=18.5)
    _cuffs(pen, OWN - 14, reach=31, end=66, width=9, high=4)
    pen.part([(43, 15), (57, 15), (51.5, 42)], OWN - 62)
    pen.part([(42, 14), (58, 14), (56.6, 18.6, 2), (43.4, 18.6, 2)], OWN - 36)
    pen.dot(50, 16.6, 0.9, OWN + 70)
    for sign in (-1, 1):
        pen.part(
            [
                (50 + sign * 7, 12.6, 1),
                (50 + sign * 12.5, 18, 1),
                (50 + sign * 9.4, 24),
                (50 + sign * 13.5, 26, 0.6),
                (50 + sign * 1.5, 44, 1),
            ],
            OWN + 15,
        )
        pen.line([(50 + sign * 12.5, 18), (50 + sign * 9.4, 24), (50 + sign * 13.5, 26), (51.5, 44)], OWN - 36, 0.4)
        x = 50 + sign * 11.5
        pen.part([(x - 5, 61.5), (x + 5, 60.5), (x + 5, 63.5), (x - 5, 64.5)], OWN - 18)
        pen.fold([(50 + sign * 8, 68), (50 + sign * 11, 88)], 2.4, 38)
    pen.line([(51.5, 43), (51.5, 89.8)], OWN - 40, 0.45)
    double = rng.random() < 0.5
    for row in range(3):
        for x in (45.0, 55.0) if double else (48.6,):
            pen.dot(x, 47 + row * 9, 1.15)
    if rng.random() < 0.4:
        pen.part([(32.6, 51), (67.4, 51), (67.4, 55), (32.6, 55)], OWN - 24)
        pen.accent([(47, 50.4), (53, 50.4), (53, 55.6), (47, 55.6)])
        pen.part([(48.4, 51.8), (51.6, 51.8), (51.6, 54.2), (48.4, 54.2)], OWN - 24)
