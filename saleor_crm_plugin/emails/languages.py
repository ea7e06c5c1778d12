"""Which languages the mails are written in, and what a customer gets whose language is not among them.

A language is shipped when its compiled catalogue is in ``locale/``; English is the source. The catalogues are loaded
from there by name, never through Django's settings: those are the shop's, and their LOCALE_PATHS do not know us.
"""

import gettext
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from django.utils.safestring import mark_safe

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "django"
SOURCE = "en"
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}")


@dataclass(frozen=True)
class Language:
    """A language that mails are written in: its code as HTML's ``lang`` has it, and our texts.

    ``ours``: the code of the language of our texts, where an owner wrote the mail in another ("" where not).
    """

    code: str
    catalogue: gettext.NullTranslations
    ours: str = ""

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.code, sep="-")

    @property
    def name(self) -> str:
        """What it is called in English."""
        return self.locale.get_display_name(SOURCE) or self.code

    @property
    def direction(self) -> str:
        """HTML's ``dir``: ltr or rtl."""
        return str(self.locale.text_direction)

    @property
    def of_frame(self) -> str:
        """Attributes for what stands around the words of an owner, where these are in another language."""
        if not self.ours:
            return ""
        return mark_safe(f'lang="{self.ours}" dir="{Locale.parse(self.ours, sep="-").text_direction}"')  # noqa: S308 - a shipped code

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


def normalised(code: str) -> str:
    """A language code as it is compared: de-AT, de_at and de-at are one."""
    return code.strip().lower().replace("_", "-")


def is_code(text: str) -> bool:
    """Whether a text has the form of a language code (BCP 47), such as de, pt-BR or zh_hant_tw, known to us or not. It
    can be kept as it stands then: it has at most 35 characters, and no blanks."""
    return bool(_CODE.fullmatch(text.lower().replace("_", "-")))


def widened(code: str) -> list[str]:
    """A language and what it is a variety of, the nearest first: de-at, de. Nothing for no language."""
    parts = normalised(code).split("-")
    return [part for count in range(len(parts), 0, -1) if (part := "-".join(parts[:count]))]


@lru_cache(maxsize=512)
def best(code: str) -> Language:
    """The shipped language nearest to a Saleor language code: itself, what it is a variety of, English."""
    return next((shipped()[one] for one in widened(code) if one in shipped()), shipped()[SOURCE])


@lru_cache(maxsize=512)
def written_in(code: str, frame: Language) -> Language:
    """The language of a mail whose words an owner wrote in ``code``, and around which our texts stand in another.

    It is ``frame``'s where that is the same one, and where the owner said none.
    """
    wanted = normalised(code)
    try:
        locale = Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return frame
    return frame if locale.language == frame.locale.language else Language(wanted, frame.catalogue, frame.code)


@lru_cache(maxsize=512)
def formatting_locale(code: str, used: Language) -> Locale:
    """How numbers are written: as the customer's own region does (de-at), but never unlike the text around them."""
    try:
        wanted = Locale.parse(code.strip().replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return used.locale
    return wanted if wanted.language == used.locale.language else used.locale
