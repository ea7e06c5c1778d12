"""How our mails and pages look: the constants that are set while a template is compiled.

Every text colour keeps a contrast of at least 4.5:1 on the grounds it stands on, in both schemes (WCAG 2.2, 1.4.3),
whatever the owner chooses: what is not chosen is made to fit. Font names are written without quotes, so that they can
stand in ``style`` attributes as they are.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from ..config import Look
from ..config.colours import BLACK, WHITE, contrast, mixed, readable
from ..config.look import INK


@dataclass(frozen=True)
class Scheme:
    """The colours of one colour scheme."""

    page: str  # the ground around the card
    card: str
    tint: str  # the ground of a missing picture and of labels
    ink: str
    muted: str
    rule: str  # hairlines
    accent: str  # the button's ground
    on_accent: str
    sale: str  # a reduced price


@dataclass(frozen=True)
class Social:
    """A place where the shop is met, too."""

    name: str
    url: str


@dataclass(frozen=True)
class Brand:
    """Everything a template may ask of the brand."""

    light: Scheme
    dark: Scheme
    sans: str
    serif: str
    mono: str  # a code that is to be told letter by letter
    logo: str = ""
    logo_width: int = 160
    address: str = ""
    social: tuple[Social, ...] = ()


BRAND = Brand(
    light=Scheme(
        page="#f3f1ec",
        card="#ffffff",
        tint="#f3f1ec",
        ink=INK,
        muted="#625e57",
        rule="#e3dfd7",
        accent="#174c40",
        on_accent="#ffffff",
        sale="#a8321f",
    ),
    dark=Scheme(
        page="#121211",
        card="#1e1d1b",
        tint="#2c2a27",
        ink="#f4f2ed",
        muted="#b9b4aa",
        rule="#3b3935",
        accent="#8ed3c1",
        on_accent="#10241f",
        sale="#ffa08f",
    ),
    sans="-apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif",
    serif="Georgia, Times New Roman, Times, serif",
    mono="Menlo, Consolas, DejaVu Sans Mono, Courier New, monospace",
)


@lru_cache(maxsize=64)
def brand_of(look: Look) -> Brand:
    """The owner's brand, ours where nothing was chosen."""
    return replace(
        BRAND,
        light=_light(look),
        dark=_dark(look),
        sans=look.font or BRAND.sans,
        serif=look.headings or look.font or BRAND.serif,
        logo=look.logo,
        logo_width=look.logo_width,
        address=look.address,
        social=tuple(Social(*one) for one in look.social),
    )


def _light(look: Look) -> Scheme:
    usual = BRAND.light
    page, ink = look.ground or usual.page, look.ink or usual.ink
    grounds = (page, usual.card)
    return replace(
        usual,
        page=page,
        tint=page,
        ink=readable(ink, *grounds),
        muted=readable(mixed(ink, usual.card, 0.3) if look.ink else usual.muted, *grounds),
        rule=mixed(page, ink, 0.08) if look.ground or look.ink else usual.rule,
        accent=look.accent or usual.accent,
        on_accent=_on(look.accent) if look.accent else usual.on_accent,
    )


def _dark(look: Look) -> Scheme:
    if not look.accent:
        return BRAND.dark
    accent = readable(mixed(look.accent, WHITE, 0.5), BRAND.dark.card)
    return replace(BRAND.dark, accent=accent, on_accent=_on(accent))


def _on(ground: str) -> str:
    return max((WHITE, BLACK), key=lambda one: contrast(one, ground))
