"""What is told otherwise than it is kept: in words, and without what would let whoever holds the document act for the
person.

A shop opens a cart to whoever names it, and a code is money to whoever has it. Of both only a piece is told, by which
the person recognises them.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ..contacts.models import ConsentRecord
from ..emails.render import RenderError, render
from ..flows.catalogue import ABANDONED_CART
from ..flows.reasons import SENTENCES, Reason
from ..recs.served.reasons import BY_CODE
from .part import Row

_SHOWN = 8  # characters of a cart's id
_KNOWN = 4  # characters of a code


def beginning(column: str) -> Callable[[Row], str | None]:
    """The first characters of a cart's id."""
    return lambda row: _begin(row[column])


def reference(row: Row) -> str:
    """Where something was agreed to. A checkout's id is that of the cart."""
    told = str(row["reference"])
    return _begin(told) or "" if row["source"] == ConsentRecord.Source.CHECKOUT else told


def subject(row: Row) -> str:
    """What a run, or a mail of it, is about."""
    told = str(row["subject_id"])
    return _begin(told) or "" if row["flow"] == ABANDONED_CART.key else told


def why(row: Row) -> str:
    """A decision's reason as a sentence."""
    return SENTENCES[Reason(row["reason"])] if row["reason"] in SENTENCES else ""


def subject_line(row: Row) -> str | None:
    """The subject of a mail, as long as what it said is kept."""
    if not row["content"]:
        return None
    try:
        return render(row["template"], row["language"], row["content"]).subject
    except RenderError:
        return None


def products(row: Row) -> list[str]:
    """The names of the products in a mail, each once, as long as what it said is kept."""
    content = row["content"]
    shown = [*content.get("lines", ()), *content.get("items", ()), *(_blocks(content))]
    names = (one.get("product_name") or one.get("name") for one in shown)
    return list(dict.fromkeys(str(name) for name in names if name))


def masked(row: Row) -> str:
    """The end of a code."""
    return f"…{row['code'][-_KNOWN:]}"


def reasons(row: Row) -> list[str]:
    """Why each product is recommended."""
    return [BY_CODE[code].value for code in row["reasons"] if code < len(BY_CODE)]


def _begin(told: str | None) -> str | None:
    return f"{told[:_SHOWN]}…" if told else told


def _blocks(content: Any) -> Iterator[Any]:
    for shown in content.get("blocks", {}).values():
        yield from shown
