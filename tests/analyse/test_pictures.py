"""The shapes of an analysis' pictures."""

from saleor_crm_plugin.analyse.pictures import HEIGHT, WIDTH, shade, stacked, ticks


def corners(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_layers_stand_on_each_other_and_the_highest_moment_fills_the_picture() -> None:
    lower, upper = stacked([("a", [1, 2]), ("b", [1, 2])])

    assert corners(lower.points) == [(0, HEIGHT * 0.75), (WIDTH, HEIGHT * 0.5), (WIDTH, HEIGHT), (0, HEIGHT)]
    assert corners(upper.points)[1] == (WIDTH, 0)
    assert corners(upper.points)[2] == (WIDTH, HEIGHT * 0.5)


def test_a_picture_of_nothing_is_flat() -> None:
    (band,) = stacked([("a", [0, 0])])

    assert {y for _, y in corners(band.points)} == {HEIGHT}
    assert stacked([]) == []


def test_there_are_never_more_labels_than_fit() -> None:
    labels = [str(number) for number in range(24)]

    found = ticks(labels, most=8)

    assert len(found) == 8
    assert (found[0].label, found[0].x) == ("0", 0)


def test_the_fullest_cell_is_darkest_and_an_empty_one_is_not_dark() -> None:
    assert (shade(10, 10), shade(0, 10), shade(0, 0)) == (100, 0, 0)
    assert shade(1, 10) > 10
