"""How a file writes its amounts of money: with a point or a comma before the cents."""

import re
from collections.abc import Iterable
from decimal import Decimal

_MOST = Decimal(10) ** 12
_BARE = re.compile(r"[\s\u00a0\u202f'’]|^[A-Z]{3}|[A-Z]{3}$|[€$£¥]|zł|kr")


def detect_point(texts: Iterable[str]) -> str:
    """The sign before the cents, "." or ",".

    A sign that stands behind the other, or before other than three digits, comes before the cents. Where nothing tells,
    it is the point.
    """
    votes = {".": 0, ",": 0}
    for text in texts:
        last = max(text.rfind("."), text.rfind(","))
        if last < 0:
            continue
        sign, other = text[last], "," if text[last] == "." else "."
        digits = len(re.sub(r"\D", "", text[last + 1 :]))
        if text.count(sign) > 1:  # 1.234.567: it parts thousands
            votes[other] += 1
        elif other in text[:last] or digits != 3:
            votes[sign] += 1
    return "," if votes[","] > votes["."] else "."


def read_amount(text: str, point: str) -> Decimal:
    """An amount without its currency sign. Raises ValueError; accountants' parentheses are a minus."""
    bare = _BARE.sub("", text.strip())
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    bare = _BARE.sub("", bare)
    thousands = "," if point == "." else "."
    if not re.fullmatch(rf"[-+]?[0-9]+(?:{re.escape(thousands)}[0-9]{{3}})*(?:{re.escape(point)}[0-9]+)?", bare):
        raise ValueError("not an amount")
    amount = Decimal(bare.replace(thousands, "").replace(point, "."))
    if abs(amount) > _MOST:
        raise ValueError("not a likely amount")
    return amount
