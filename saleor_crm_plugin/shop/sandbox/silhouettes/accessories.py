"""Everything else: sneakers, boots, bag, hat, beanie, scarf, belt, socks."""

from math import cos, sin
from random import Random

from .pen import OWN, Corner, Pen, moved


def sneakers(pen: Pen, rng: Random) -> None:
    """One shoe from the side, with a light sole and laces."""
    high = rng.random() < 0.35
    top = 33 if high else 41
    upper: list[Corner] = [
        (20, 68), (19, top + 6, 4), (24, top, 3), (38, top - 1, 2), (43, top + 8, 5), (58, 53, 8), (76, 57, 6),
        (82, 68, 3),
    ]  # fmt: skip
    pen.body(upper)
    pen.part([(60, 53), (78, 56), (84, 69), (63, 69, 6)], OWN + 20)
    pen.line([(61, 54), (62, 62, 4), (66, 69)], OWN - 34, 0.45)
    pen.part([(18, 52), (25, 51, 2), (27, 69), (18, 69)], OWN - 26)
    pen.part([(23.5, top + 0.6, 2), (38, top - 0.4), (40, top + 3.6), (24, top + 5, 2)], OWN - 44)
    pen.part([(39, top + 1), (43, top + 8, 5), (60, 53.4), (56, 57.5), (41, top + 14, 3)], OWN + 12)
    for row in range(5):
        t = row / 4
        x, y = 42.5 + t * 13.5, top + 7 + t * (46.5 - top)
        pen.line([(x - 2.6, y + 4.2), (x + 1.6, y - 0.4)], OWN + 108, 1.05)
    if rng.random() < 0.6:
        pen.line([(29, 64), (44, 58, 6), (52, 63)], OWN + 92, 1.7)
    pen.stitches([(27.5, 54), (36, 61, 6), (58, 60)], OWN + 44)
    pen.body([(17, 66.5, 1.5), (83, 66.5, 1.5), (86, 71, 2.5), (83, 75.5, 2), (18, 75.5, 2.5)], OWN + 112)
    pen.line([(17.6, 71.6), (85, 71.6)], OWN + 60, 0.5)
    pen.fold([(20, 75), (83, 75)], 1.2, 50)


def boots(pen: Pen, rng: Random) -> None:
    """One ankle boot from the side, laced or with an elastic gore."""
    pen.body([(28, 72), (29, 22, 1.4), (51, 21, 1.4), (52, 47, 6), (60, 56, 6), (76, 60, 8), (81, 72, 2)])
    pen.fold([(31, 52), (40, 57, 6), (53, 52)], 2.0, 52)
    pen.part([(62, 56), (77, 60, 6), (82, 72), (66, 72, 5)], OWN + 12)
    pen.line([(62, 56.5), (65, 64, 5), (66.5, 72)], OWN - 36, 0.4)
    pen.part([(29, 22), (51, 21), (51.1, 25), (29, 26)], OWN - 22)
    if rng.random() < 0.5:
        pen.part([(37, 26, 1), (46, 25.6, 1), (43.6, 49, 3), (39, 49, 3)], OWN - 52)
        pen.pattern([[(38.2 + n * 1.5, 27.0), (38.8 + n * 1.25, 48.0)] for n in range(6)], OWN - 74, 0.35)
    else:
        for row in range(5):
            pen.line([(47.4 + row * 0.4, 29 + row * 4.6), (51.6 + row * 1.0, 28.2 + row * 4.9)], OWN + 84, 0.9)
            pen.dot(46.8 + row * 0.4, 29.4 + row * 4.6, 0.65)
        pen.line([(46, 27), (47.5, 49, 6), (56, 57)], OWN - 36, 0.45)
    pen.band([(31, 22.4), (31, 18.4, 1.4), (34, 18.4, 1.4), (34, 22)], 0.9, OWN - 20)
    pen.body(
        [(27, 71, 0.8), (82, 71, 1.2), (83.4, 75, 1.5), (81, 76.5, 1), (45, 76.5, 2), (44, 80.5, 0.8), (27.5, 80.5, 1)],
        OWN - 82,
    )
    pen.stitches([(28, 72.4), (82, 72.4)], OWN + 30, 0.35)


def bag(pen: Pen, rng: Random) -> None:
    """A tote with two handles or a small bag with a flap and a strap."""
    if rng.random() < 0.5:
        pen.band([(37, 45), (37, 25, 9), (50, 17, 9), (63, 25, 9), (63, 45)], 2.4, OWN - 30)
        pen.body([(24, 39, 1), (76, 39, 1), (80, 84, 4), (20, 84, 4)])
        pen.band([(36, 55), (36, 31, 9), (50, 23, 10), (64, 31, 9), (64, 55)], 2.4, OWN + 10)
        pen.line([(24.4, 42.5), (75.6, 42.5)], OWN - 34, 0.4)
        for x in (36, 64):
            pen.part([(x - 2.6, 49), (x + 2.6, 49), (x + 2.6, 56), (x, 58), (x - 2.6, 56)], OWN - 26)
            pen.dot(x, 53.4, 0.9)
        pen.stitches([(22.6, 81.4), (77.4, 81.4)], OWN + 46)
    else:
        pen.band([(24, 50), (26, 22, 14), (50, 10, 16), (74, 22, 14), (76, 50)], 1.5, OWN - 34)
        pen.body([(22, 43, 5), (78, 43, 5), (80, 82, 7), (20, 82, 7)], OWN - 12)
        pen.part([(21.6, 42, 5), (78.4, 42, 5), (77, 60, 6), (58, 68, 12), (42, 68, 12), (23, 60, 6)], OWN + 12)
        pen.line([(22, 50), (23, 60, 6), (42, 68, 12), (58, 68, 12), (77, 60, 6), (78, 50)], OWN - 42, 0.5)
        pen.stitches(
            [(23.8, 50), (24.8, 59, 6), (42.6, 66.2, 12), (57.4, 66.2, 12), (75.2, 59, 6), (76.2, 50)], OWN + 52
        )
        pen.accent([(46.8, 62.5, 1), (53.2, 62.5, 1), (53.2, 71, 2), (46.8, 71, 2)])
        pen.dot(50, 67.4, 1.0, OWN - 70)
        for x in (24, 76):
            pen.dot(x, 47, 1.5)


def hat(pen: Pen, rng: Random) -> None:
    """A crown, a brim and a band."""
    pen.body([(10, 63, 5), (32, 57, 6), (68, 57, 6), (90, 63, 5), (72, 72, 12), (50, 75, 14), (28, 72, 12)], OWN - 12)
    pen.body([(30, 61), (33, 36, 8), (43, 29, 6), (50, 32, 4), (57, 29, 6), (67, 36, 8), (70, 61, 1), (50, 66.5, 16)])
    pen.fold([(50, 33), (48, 46)], 3.0, 48)
    pen.fold([(40, 36), (36, 52)], 2.4, 34)
    pen.part([(30.9, 53), (50, 58.5, 16), (69.1, 53), (70, 61, 1), (50, 66.6, 16), (30, 61, 1)], OWN - 62)
    pen.line([(13, 65), (28, 70.4, 12), (50, 73.2, 14), (72, 70.4, 12), (87, 65)], OWN - 32, 0.35)
    if rng.random() < 0.5:
        pen.accent([(64, 55.6), (67.6, 54.6), (68.4, 60.6), (64.6, 61.8)])


def beanie(pen: Pen, rng: Random) -> None:
    """Ribbed, turned up, with a bobble or a patch."""
    if rng.random() < 0.5:
        for angle in range(14):
            pen.disc(50 + 5.6 * cos(angle * 0.45), 21.5 + 5.6 * sin(angle * 0.45), 2.6, OWN + (26 if angle % 2 else 40))
        pen.disc(50, 21.5, 6.2, OWN + 34)
    pen.body([(26, 66), (26, 44, 14), (40, 27, 12), (60, 27, 12), (74, 44, 14), (74, 66)])
    for step in range(13):
        t = step / 12 * 2 - 1
        pen.line([(50 + t * 23, 64), (50 + t * 22, 46, 12), (50 + t * 5, 28)], OWN - 30, 0.6)
    pen.body([(24, 60, 2.5), (76, 60, 2.5), (76.6, 76, 3), (50, 78, 12), (23.4, 76, 3)], OWN + 8)
    for step in range(21):
        pen.line([(26 + step * 2.4, 60.6), (26 + step * 2.4, 77)], OWN - 18, 0.55)
    pen.fold([(25, 60), (75, 60)], 1.6, 62)
    pen.accent([(61, 65.5, 0.5), (70, 65.5, 0.5), (70, 72, 0.5), (61, 72, 0.5)])


def scarf(pen: Pen, rng: Random) -> None:
    """Laid in a loop, two ends with fringes; plain, checked or striped."""
    striped = rng.random() < 0.55
    for x, lean, end, tone in ((56.0, 5.0, 82.0, OWN - 16), (40.0, -4.0, 76.0, OWN)):
        quad: list[Corner] = [(x - 8, 36), (x + 8, 36), (x + 8 + lean, end), (x - 8 + lean, end)]
        for strand in range(11):
            px = x - 7.4 + lean + strand * 1.48
            pen.band([(px, end - 1), (px + lean * 0.04, end + 5.5)], 0.55, tone - 10)
        pen.body(quad, tone)
        if striped:
            for row in range(3):
                y = end - 6 - row * 5.5
                shift = lean * (y - 36) / (end - 36)
                pen.line([(x - 7.6 + shift, y), (x + 7.6 + shift, y)], OWN + (80 if row % 2 else -44), 1.6)
        pen.fold([(x - 1, 48), (x + lean * 0.6, end - 3)], 2.0, 36)
    pen.body([(29, 27, 9), (50, 16, 16), (71, 27, 9), (71, 44, 10), (50, 53, 16), (29, 44, 10)], OWN + 5)
    pen.part([(38, 27, 7), (50, 21.5, 10), (62, 27, 7), (58, 33, 7), (50, 35.5, 8), (42, 33, 7)], OWN - 66)
    for dy in (0.0, 5.2, 10.0):
        pen.fold([(31, 33 + dy), (50, 43 + dy, 18), (69, 32 + dy)], 1.8, 56)
    pen.line([(38.5, 28), (42, 33, 7), (50, 35.5, 8), (58, 33, 7), (61.5, 28)], OWN - 26, 0.4)


def belt(pen: Pen, rng: Random) -> None:
    """Rolled up, its buckle in front."""
    for radius, shade in ((31.0, 6), (25.4, -8), (19.8, 8)):
        pen.disc(48, 48, radius, OWN + shade)
        pen.disc(48, 48, radius - 3.6, OWN - 30)
        pen.disc(48, 48, radius - 4.4, OWN - 66)
    pen.disc(48, 48, 14.2, None)
    pen.body([(46, 72.5), (84, 72.5), (90, 76.6, 2), (84, 80.6, 2), (46, 80.6)], OWN + 6)
    for y in (73.9, 79.2):
        pen.stitches([(60, y), (84, y)], OWN + 50, 0.35)
    for hole in range(4):
        pen.dot(69 + hole * 4.6, 76.6, 0.75, OWN - 90)
    pen.accent([(48, 69.5, 2.4), (62, 69.5, 2.4), (62, 83.5, 2.4), (48, 83.5, 2.4)])
    pen.body([(51, 72.4, 0.6), (59.4, 72.4, 0.6), (59.4, 80.7, 0.6), (51, 80.7, 0.6)], OWN - 6)


def socks(pen: Pen, rng: Random) -> None:
    """A pair, one behind the other, with ribbed tops, heels and toes."""
    ringed = rng.random() < 0.5
    for dx, dy, tone in ((9.0, -4.0, OWN - 24), (-6.0, 3.0, OWN)):

        def at(*corners: Corner, dx: float = dx, dy: float = dy) -> list[Corner]:
            return moved(corners, dx, dy)

        pen.body(
            at((40, 17, 1), (57, 17, 1), (57, 55, 4), (72, 66, 8), (76, 76, 5), (68, 81, 5), (46, 75, 10), (40, 60, 6)),
            tone,
        )
        if ringed:
            for row in range(4):
                pen.line(at((40, 31 + row * 6), (57, 31 + row * 6)), tone + 72, 2.0)
        pen.part(at((40, 59), (47, 61, 5), (50, 68, 4), (46, 76), (40, 70)), tone + 44)
        pen.part(at((66, 61.5), (74, 68, 5), (77, 77), (68, 82), (64, 79, 3), (63, 70, 5)), tone + 44)
        pen.part(at((40, 17), (57, 17), (57, 25), (40, 25)), tone + 20)
        pen.pattern([at((41 + n * 1.7, 17.4), (41 + n * 1.7, 25)) for n in range(10)], tone - 16, 0.5)
        pen.fold(at((55, 54), (49, 58)), 1.8, 46)
