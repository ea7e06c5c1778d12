"""The drawn product pictures."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from saleor_crm_plugin.shop.sandbox import pictures, words
from saleor_crm_plugin.shop.sandbox.generate import generate
from saleor_crm_plugin.shop.sandbox.models import Product
from saleor_crm_plugin.shop.sandbox.progress import quiet


def test_every_kind_of_thing_has_its_drawing() -> None:
    assert set(pictures.DRAWINGS) == {kind.key for kind in words.KINDS}


@pytest.mark.parametrize("kind", sorted(pictures.DRAWINGS))
def test_a_picture_is_a_small_square_and_always_the_same(kind: str) -> None:
    drawn = [pictures.draw(kind, colour, f"some-{kind}") for colour in ("navy", "navy", "ivory")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(len(file) <= 10_000 for file in drawn)
    image = Image.open(io.BytesIO(drawn[0]))
    assert (image.format, image.size) == ("PNG", (400, 400))


def test_two_products_of_a_kind_look_different() -> None:
    assert len({pictures.draw("dress", "rose", f"dress-{number}") for number in range(6)}) == 6


def test_something_unheard_of_has_a_picture_too() -> None:
    assert Image.open(io.BytesIO(pictures.draw("", "", "x"))).size == (400, 400)


def test_only_the_pictures_that_are_wanted_and_missing_are_drawn(db: None, tmp_path: Path) -> None:
    # given
    generate(datetime(2026, 3, 2, tzinfo=UTC), products=5, customers=5, progress=quiet)
    first, second, *_ = Product.objects.order_by("pk").values_list("slug", flat=True)
    (tmp_path / f"{first}.png").write_bytes(b"was there")
    # when
    files = pictures.write_pictures([first, second, second, "no-such-product"], tmp_path)
    # then
    assert sorted(file.name for file in files) == sorted([f"{first}.png", f"{second}.png"])
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([f"{first}.png", f"{second}.png"])
    assert (tmp_path / f"{first}.png").read_bytes() == b"was there"
    assert (tmp_path / f"{second}.png").read_bytes() == pictures.picture_of(second)
