"""Product pictures, drawn: the same product has the same picture everywhere, and no file is shipped."""

import io
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

from . import words
from .models import Product
from .progress import Progress, quiet
from .silhouettes import accessories, bottoms, tops
from .silhouettes.pen import SIZE, Pen, Rgb

DRAWINGS: dict[str, Callable[[Pen, Random], None]] = {
    "shirt": tops.shirt,
    "tshirt": tops.tshirt,
    "jumper": tops.jumper,
    "jacket": tops.jacket,
    "coat": tops.coat,
    "dress": bottoms.dress,
    "skirt": bottoms.skirt,
    "trousers": bottoms.trousers,
    "shorts": bottoms.shorts,
    "sneakers": accessories.sneakers,
    "boots": accessories.boots,
    "bag": accessories.bag,
    "hat": accessories.hat,
    "beanie": accessories.beanie,
    "scarf": accessories.scarf,
    "belt": accessories.belt,
    "socks": accessories.socks,
}
_ACCENTS: tuple[Rgb, ...] = ((196, 158, 96), (206, 202, 196), (150, 106, 72))  # brass, steel, horn
_WALLS: tuple[Rgb, ...] = ((243, 238, 231), (238, 236, 240), (234, 239, 238), (245, 236, 232), (237, 240, 231))
_MOST_BYTES = 10_000  # a mail shows several


def draw(kind: str, colour: str, slug: str) -> bytes:
    """The PNG of a product. ``slug`` decides the details that nobody asked for."""
    rng = Random(int.from_bytes(sha256(slug.encode()).digest()[:8]))  # noqa: S311 - a drawing's whim
    pen = Pen()
    DRAWINGS.get(kind, tops.shirt)(pen, rng)
    rgb = words.COLOURS.get(colour, words.COLOURS["stone"])[0]
    picture = pen.finish(_room(rng.randrange(len(_WALLS)), rng.randrange(3)).copy(), rgb, rng.choice(_ACCENTS))
    for colours in (64, 24, 16, 8):
        file = _png(picture, colours)
        if len(file) <= _MOST_BYTES:
            break
    return file


def picture_of(slug: str) -> bytes | None:
    """The picture of a product of the shop, or None where there is no such product."""
    attributes = Product.objects.filter(slug=slug).values_list("attributes", flat=True).first()
    return None if attributes is None else draw(attributes.get("kind", ""), attributes.get("colour", ""), slug)


def write_pictures(slugs: Iterable[str], folder: Path, progress: Progress = quiet) -> list[Path]:
    """Write ``<slug>.png`` for these products where it is not there yet. Returns all the files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(set(slugs))
    attributes = dict(Product.objects.filter(slug__in=wanted).values_list("slug", "attributes"))
    files = {slug: folder / f"{slug}.png" for slug in wanted if slug in attributes}
    missing = [(slug,) for slug, file in files.items() if not file.exists()]
    for (slug,) in progress("pictures", missing):
        about = attributes[str(slug)]
        files[str(slug)].write_bytes(draw(about.get("kind", ""), about.get("colour", ""), str(slug)))
    return list(files.values())


def _png(picture: Image.Image, colours: int) -> bytes:
    file = io.BytesIO()
    few = picture.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, "PNG", compress_level=6)  # 9 takes three times as long for 8 % less
    return file.getvalue()


@cache
def _room(wall: int, style: int) -> Image.Image:
    """The background: a plain wall with a niche, a disc of light, or nothing."""
    tint = _WALLS[wall]
    room = Image.new("RGB", (SIZE * 3, SIZE * 3), tint)
    ink = ImageDraw.Draw(room)
    light: Rgb = (min(tint[0] + 9, 255), min(tint[1] + 10, 255), min(tint[2] + 11, 255))
    if style == 0:
        ink.rounded_rectangle([150, 90, 1050, 1400], 450, fill=light)
    elif style == 1:
        ink.ellipse([110, 110, 1090, 1090], fill=light)
    return room.reduce(3)
