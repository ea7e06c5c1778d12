"""How our mails and pages look: the constants that are set while a template is compiled.

Every text colour keeps a contrast of at least 4.5:1 on the grounds it stands on, in both schemes (WCAG 2.2, 1.4.3); the
tests compute it. Font names are written without quotes, so that they can stand in ``style`` attributes as they are.
"""

from dataclasses import dataclass


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
class Brand:
    """Everything a template may ask of the brand."""

    light: Scheme
    dark: Scheme
    sans: str
    serif: str


BRAND = Brand(
    light=Scheme(
        page="#f3f1ec",
        card="#ffffff",
        tint="#f3f1ec",
        ink="#1d1c1a",
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
)
