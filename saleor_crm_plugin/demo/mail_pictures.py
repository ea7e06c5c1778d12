"""Pictures of all mails, for those who decide whether to send them: ``saleor-crm pictures``.

Each mail as a desktop (600 pixels) and a phone (375) show it, and in the dark, with the content of
``emails/example.py``. Nothing is loaded: product pictures are drawn by the demo shop.
"""

import argparse
import base64
import io
import re
from pathlib import Path

from ..config.look import looks
from ..emails.brand import brand_of
from ..emails.example import EXAMPLES
from ..emails.languages import SOURCE, shipped
from ..emails.own.check import example
from ..emails.own.words import Words
from ..emails.render import MAILS, render
from .chromium import Chromium, NoChromiumError, chromium

LOOKS = {"desktop": (600, False), "phone": (375, False), "dark": (600, True)}
MOST_BYTES = 6_000_000  # of all pictures together
# What the products of the examples look like: which drawing, in which colour.
_DRAWN = {
    "linen-shirt": ("shirt", "ivory"), "wool-coat": ("coat", "camel"), "belted-coat": ("coat", "teal"),
    "short-coat": ("jacket", "olive"), "linen-trousers": ("trousers", "sand"), "cashmere-scarf": ("scarf", "berry"),
    "merino-sweater": ("jumper", "forest"), "merino-socks": ("socks", "mustard"),
}  # fmt: skip
_PHOTO = re.compile(r"https://media\.example\.com/thumbnails/([a-z-]+)-256\.webp")


OWN_NAME = "own_words"
BANNER = "https://media.example.com/banner.webp"
LOOK = """
accent = #8a2846
ground = #f6efec
ink = #2a1a1f
font = Avenir Next, Segoe UI, Helvetica, Arial, sans-serif
address = Lindenstraße 4, 10969 Berlin
instagram = https://www.instagram.com/
pinterest = https://www.pinterest.com/
youtube = https://www.youtube.com/
"""
OWN = Words(
    '{{ customer.first_name|default:"Hello" }}, autumn is here',
    "New coats, and old favourites.",
    f"""
{{% image "{BANNER}" alt="A coat, a dress and a sweater" link=shop.url %}}
<h1 align="center">The autumn collection</h1>
<p align="center">Dear {{{{ customer.first_name|default:"friend of the house" }}}},
the days get shorter and the coats longer. <b>Boiled wool, camel hair and cashmere</b>:
all made to last for more than one winter.</p>
{{% button "See the collection" shop.url %}}
{{% products "recommended" limit=4 title="Chosen for you" %}}
<h2>A word on wool</h2>
<p>Air it rather than wash it. If it has to be washed:</p>
<ul><li>by hand, in lukewarm water</li><li>dried flat, away from the sun</li></ul>
<p align="center"><small>Whatever does not suit you can be sent back for 30 days.</small></p>
""",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", default="docs/mails", metavar="FOLDER", help="where to write them")
    parser.add_argument("--language", default=SOURCE, choices=sorted(shipped()), help="in which language")
    parser.add_argument("--only", nargs="+", choices=MAILS, default=list(MAILS), metavar="MAIL", help="not all of them")
    parser.add_argument("--chromium", default="", metavar="PATH", help="which Chromium, where it is not found")


def run(options: argparse.Namespace) -> int:
    """Take the pictures, and write the page that shows them. Returns the exit status."""
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with chromium(options.chromium) as browser:
            size = sum(_take(browser, name, options.language, folder) for name in options.only)
            size += _take_owners(browser, folder)
    except NoChromiumError as error:
        print(error)  # noqa: T201
        return 1
    (folder / "README.md").write_text(page(options.language), encoding="utf-8")
    print(f"{len(options.only)} mails in {folder}, {size / 1e6:.1f} MB.")  # noqa: T201
    return 0 if size <= MOST_BYTES else 1


def page(language: str) -> str:
    """The page with all pictures, in Markdown."""
    said = "Each as a desktop and a phone show it, and in the dark. `saleor-crm pictures` takes them."
    said = "Each as a desktop and a phone show it, and in the dark. `saleor-crm pictures` takes them."
    lines = ["# The mails", "", said, ""]
    for name in MAILS:
        lines += [f"## {render(name, language, EXAMPLES[name]).subject}", "", f"`{name}`", "", _shown(name), ""]
    said = "A newsletter that says what its owner wrote ([your own words](../own-words.md)), with the owner's colours."
    return "\n".join([*lines, "## In an owner's words and look", "", said, "", _shown(OWN_NAME), ""])


def _shown(name: str) -> str:
    return " ".join(
        f'<img src="{name}-{look}.webp" width="{width // 2}" alt="{look}">' for look, (width, _) in LOOKS.items()
    )


def _take(browser: Chromium, name: str, language: str, folder: Path) -> int:
    return _pictures(browser, render(name, language, EXAMPLES[name]).html, name, folder)


def _take_owners(browser: Chromium, folder: Path) -> int:
    """A newsletter as an owner could write it, in an owner's look."""
    mail = example(OWN, "newsletter", SOURCE, brand_of(looks(LOOK)[""]))
    return _pictures(browser, mail.html.replace(BANNER, _banner()), OWN_NAME, folder)


def _pictures(browser: Chromium, html: str, name: str, folder: Path) -> int:
    html, size = _PHOTO.sub(_drawing, html), 0
    for look, (width, dark) in LOOKS.items():
        size += (folder / f"{name}-{look}.webp").write_bytes(browser.picture(html, width, dark=dark))
    return size


def _banner() -> str:
    """A wide picture of what the shop sells."""
    from PIL import Image, ImageChops, ImageDraw

    from ..shop.sandbox.pictures import draw

    wide = Image.new("RGB", (1200, 430), (243, 232, 228))
    ImageDraw.Draw(wide).ellipse([200, -190, 1000, 610], fill=(250, 243, 240))
    for place, (kind, colour) in enumerate((("coat", "camel"), ("dress", "berry"), ("jumper", "forest"))):
        drawn = Image.open(io.BytesIO(draw(kind, colour, f"banner-{kind}"))).convert("RGB")
        wall = Image.new("RGB", drawn.size, drawn.getpixel((2, 2)))
        seen = ImageChops.difference(drawn, wall).convert("L").point(lambda unlike: 255 if unlike > 24 else 0)
        wide.paste(drawn, (70 + place * 350, 10), seen)
    file = io.BytesIO()
    wide.save(file, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _drawing(photo: re.Match[str]) -> str:
    from ..shop.sandbox.pictures import draw  # needs Django, and Pillow

    kind, colour = _DRAWN.get(photo[1], ("bag", "stone"))
    return f"data:image/png;base64,{base64.b64encode(draw(kind, colour, photo[1])).decode()}"
