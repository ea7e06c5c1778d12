"""Colours as owners write them, and whether text can be read on them (WCAG 2.2, 1.4.3)."""

import re

READABLE = 4.5  # the least contrast of text
_COLOUR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"


def colour(text: str) -> str:
    """A colour such as #174c40, in lower case. Raises ValueError."""
    if not _COLOUR.fullmatch(text.lower()):
        raise ValueError(f"“{text[:40]}” is no colour; such are written #174c40.")
    return text.lower()


def contrast(one: str, other: str) -> float:
    """How well one colour stands out from another: from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """``one`` with so much of the other in it, from 0 to 1."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * share):02x}" for mine, theirs in parts)


def readable(text: str, *grounds: str) -> str:
    """The colour, made lighter or darker until it can be read on all grounds."""
    towards = max((WHITE, BLACK), key=lambda end: min(contrast(end, ground) for ground in grounds))
    steps = (mixed(text, towards, share / 20) for share in range(21))
    return next((one for one in steps if all(contrast(one, ground) >= READABLE for ground in grounds)), towards)


def _parts(text: str) -> tuple[int, int, int]:
    red, green, blue = (int(text[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def _luminance(text: str) -> float:
    shares = [part / 255 for part in _parts(text)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
