"""Which languages the mails are written in, and what a customer gets whose language is not among them.

A language is shipped when its compiled catalogue is in ``locale/``; English is the source. The catalogues are loaded
from there by name, never through Django's settings: those are the shop's, and their LOCALE_PATHS do not know us.
"""

import gettext
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "django"
SOURCE = "en"


@dataclass(frozen=True)
class Language:
    """A language that mails are written in: its code as HTML's ``lang`` has it, and its texts."""

    code: str
    catalogue: gettext.NullTranslations

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.code, sep="-")

    @property
    def direction(self) -> str:
        """HTML's ``dir``: ltr or rtl."""
        return str(self.locale.text_direction)

    @property
    def start(self) -> str:
        """The side where lines begin. Mail programs do not know CSS's logical ``start``."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        return "left" if self.direction == "rtl" else "right"


@cache
def shipped() -> dict[str, Language]:
    """The languages we have, by lower-case code."""
    found = {SOURCE: Language(SOURCE, gettext.NullTranslations())}
    for path in sorted(LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        name = path.parents[1].name
        code = name.replace("_", "-")
        found[code.lower()] = Language(code, gettext.translation(DOMAIN, str(LOCALE_DIR), [name]))
    return found


@lru_cache(maxsize=512)
def best(code: str) -> Language:
    """The shipped language nearest to a Saleor language code: itself, what it is a variety of, English."""
    wanted = code.strip().lower().replace("_", "-")
    while wanted:
        if wanted in shipped():
            return shipped()[wanted]
        wanted = wanted.rpartition("-")[0]
    return shipped()[SOURCE]


@lru_cache(maxsize=512)
def formatting_locale(code: str, used: Language) -> Locale:
    """How numbers are written: as the customer's own region does (de-at), but never unlike the text around them."""
    try:
        wanted = Locale.parse(code.strip().replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return used.locale
    return wanted if wanted.language == used.locale.language else used.locale
