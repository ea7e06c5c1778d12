"""What hangs from the shoulder or the waist: dress, skirt, trousers, shorts."""

from random import Random

from .pen import OWN, Corner, Pen, flipped, mirrored


def dress(pen: Pen, rng: Random) -> None:
    """A waist, a skirt that widens, straps or short sleeves; sometimes dots."""
    long = rng.choice([80.0, 86.0, 90.0])
    wide = rng.uniform(19, 25)
    strapped = rng.random() < 0.4
    top: list[Corner] = [(56.5, 13.5), (60, 13.5), (61.5, 27, 8), (63.5, 33, 2)] if strapped else [
        (57, 14, 1), (64, 16, 2), (71.5, 29, 1.4), (64, 33.5, 1.2), (63, 34, 1)
    ]  # fmt: skip
    outline = mirrored([*top, (59.4, 46, 6), (50 + wide, long - 1, 1.5), (50, long + 1.2, 12)])
    pen.body(outline)
    if rng.random() < 0.35:
        for row in range(16):
            for place in range(16):
                pen.dot(14 + place * 4.9 + (row % 2) * 2.45, 18 + row * 4.8, 0.62, OWN + 84)
    for x, lean in ((43.5, 0.62), (47.5, 0.2), (52, -0.16), (56.5, -0.62)):
        pen.fold([(x, 49), (x - lean * (long - 49) * 0.42, long - 1)], 2.2, 42)
    pen.part([(40.7, 44.8), (59.3, 44.8), (59.4, 47.6), (40.6, 47.6)], OWN - 22)
    if strapped:
        pen.hole([(43.5, 12), (56.5, 12), (55.6, 22, 6), (50, 25.5, 6), (44.4, 22, 6)])
        pen.line([(43.6, 15), (44.4, 22, 6), (50, 25.5, 6), (55.6, 22, 6), (56.4, 15)], OWN - 24, 0.5)
    else:
        v = rng.random() < 0.5
        deep: list[Corner] = [(50, 29, 1)] if v else [(54.5, 22, 5), (45.5, 22, 5)]
        pen.part([(43, 12), (57, 12), (56.4, 16), *deep, (43.6, 16)], OWN - 58)
        for sign in (-1, 1):
            pen.line([(50 + sign * 13.4, 18), (50 + sign * 11.5, 26, 4), (50 + sign * 13, 33.5)], OWN - 26, 0.35)
    if rng.random() < 0.4:
        for row in range(3):
            pen.dot(50, 31 + row * 4.4, 0.75, OWN + 92)
    pen.line([(50 - wide + 1.4, long - 3), (50, long - 0.8, 12), (50 + wide - 1.4, long - 3)], OWN - 22, 0.3)


def skirt(pen: Pen, rng: Random) -> None:
    """A waistband and pleats, a row of buttons, or a smooth fall."""
    long, wide = rng.choice([70.0, 80.0, 86.0]), rng.uniform(21, 27)
    pen.body(mirrored([(50, 21), (61, 21, 0.8), (62, 27, 2), (50 + wide, long, 1.5), (50, long + 2.4, 14)]))
    style = rng.random()
    steps = 9
    for step in range(1, steps):
        t = step / steps * 2 - 1
        top, bottom = 50 + t * 12, 50 + t * wide
        if style < 0.45:
            pen.line([(top, 27), (bottom, long + 2)], OWN - 30, 0.4)
            pen.fold([(top + 0.9, 27), (bottom + 1.5, long + 2)], 1.8, 48)
        elif step % 2 == 0:
            pen.fold([(top, 32), (bottom, long)], 2.6, 40)
    pen.part([(38.8, 21), (61.2, 21), (62.2, 26.6), (37.8, 26.6)], OWN - 16)
    pen.line([(37.8, 26.6), (62.2, 26.6)], OWN - 40, 0.4)
    if 0.45 <= style < 0.75:
        pen.line([(52.4, 26.8), (52.6, long + 2)], OWN - 30, 0.4)
        for row in range(int((long - 28) / 7)):
            pen.dot(50, 31 + row * 7, 0.95)


def _legs(pen: Pen, *, end: float, ankle: float, outer: float) -> None:
    for flip in (True, False):
        leg: list[Corner] = [
            (50, 16), (62, 16, 0.6), (65.5, 34, 8), (outer, end, 1), (outer - ankle, end + 0.8, 1), (50.4, 41, 2),
            (50, 36),
        ]  # fmt: skip
        pen.body(flipped(leg) if flip else leg, OWN - 7 if flip else OWN)


def _waist(pen: Pen, rng: Random, thread: int) -> None:
    pen.part([(37.7, 15.5), (62.3, 15.5), (62.9, 20.6), (37.1, 20.6)], OWN - 14)
    pen.line([(37.1, 20.6), (62.9, 20.6)], OWN - 38, 0.4)
    for x in (40.5, 45.5, 54.5, 59.5):
        pen.part([(x - 0.6, 15.2), (x + 0.6, 15.2), (x + 0.6, 21.4), (x - 0.6, 21.4)], OWN + 14)
    pen.dot(50, 18, 1.05)
    pen.line([(50, 20.6), (50, 37)], OWN - 36, 0.4)
    pen.stitches([(53, 21), (53, 31, 3), (50.4, 35)], thread)
    for sign in (-1, 1):
        pen.line([(50 + sign * 6.5, 20.8), (50 + sign * 8, 26.5, 4), (50 + sign * 14, 28.5)], OWN - 34, 0.4)
        pen.stitches([(50 + sign * 6, 21.4), (50 + sign * 7.4, 27.4, 4), (50 + sign * 14, 29.6)], thread)
        pen.fold([(50 + sign * 2, 38), (50 + sign * 9, 43)], 1.8, 28)


def trousers(pen: Pen, rng: Random) -> None:
    """Narrow, straight or wide; with a crease or with jeans' thread."""
    ankle, outer = rng.choice([(9.0, 64.5), (12.0, 68.0), (16.0, 72.0)])
    _legs(pen, end=88, ankle=ankle, outer=outer)
    jeans = rng.random() < 0.5
    _waist(pen, rng, OWN + 52 if jeans else OWN - 30)
    for sign in (-1, 1):
        middle = outer - ankle / 2 - 50
        if jeans:
            pen.stitches(
                [(50 + sign * (outer - 50 - 1.1), 86), (50 + sign * 14.4, 34, 8), (50 + sign * 12.3, 22)], OWN + 46
            )
            pen.stitches([(50 + sign * (outer - 50), 85.6), (50 + sign * (outer - ankle - 50), 86.4)], OWN + 46)
        else:
            pen.line([(50 + sign * 7.5, 30), (50 + sign * middle, 88)], OWN + 20, 0.4)
            pen.line([(50 + sign * 7.9, 30), (50 + sign * (middle + 0.4), 88)], OWN - 26, 0.35)
        pen.fold([(50 + sign * (middle - 3), 62), (50 + sign * (middle + 3), 60)], 1.8, 24)


def shorts(pen: Pen, rng: Random) -> None:
    """Trousers that end above the knee, with turned-up hems."""
    for flip in (True, False):
        leg: list[Corner] = [(50, 24), (64, 24, 0.6), (68, 42, 8), (73, 70, 1), (53, 73, 1), (50.5, 52, 2), (50, 46)]
        pen.body(flipped(leg) if flip else leg, OWN - 7 if flip else OWN)
    pen.part([(35.7, 23.5), (64.3, 23.5), (65, 29.4), (35, 29.4)], OWN - 14)
    pen.line([(35, 29.4), (65, 29.4)], OWN - 38, 0.4)
    pen.line([(50, 29.4), (50, 48)], OWN - 36, 0.4)
    if rng.random() < 0.5:
        for sign in (-1, 1):
            pen.line([(50 + sign * 1, 27), (50 + sign * 3, 34, 3), (50 + sign * 2.2, 39)], OWN + 96, 0.7)
    else:
        pen.dot(50, 26.5, 1.1)
    for sign in (-1, 1):
        pen.line([(50 + sign * 7.5, 29.6), (50 + sign * 9.2, 37, 4), (50 + sign * 17, 39.5)], OWN - 34, 0.4)
        pen.part(
            [(50 + sign * 23, 65.4), (50 + sign * 2.6, 68.4), (50 + sign * 3, 73.5), (50 + sign * 24, 70.6)], OWN - 16
        )
        pen.fold([(50 + sign * 3, 50), (50 + sign * 11, 56)], 1.8, 28)
