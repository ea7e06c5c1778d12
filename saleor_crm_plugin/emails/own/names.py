"""What an owner's words may name of each mail, and where its value stands in what the mail is filled with.

Nothing else can be named: words are translated name by name (``tags.py``), so that no attribute, method or key that is
not written here is ever looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..letters import About, OfMails, letters
from .words import Problem


class Type(StrEnum):
    """What can be done with a value."""

    TEXT = "text"
    NUMBER = "number"
    LINK = "link"
    LIST = "list"
    FLAG = "flag"  # it is there or not


@dataclass(frozen=True)
class Name:
    """A value: its place in ``render.fill_values``, and the fields of its entries where it is a list."""

    type: Type
    place: str
    fields: Mapping[str, "Name"] = field(default_factory=dict)


Names = dict[str, Name]


def _text(place: str) -> Name:
    return Name(Type.TEXT, place)


def _link(place: str) -> Name:
    return Name(Type.LINK, place)


_EVERY: Names = {
    "customer.first_name": _text("first_name"),
    "shop.name": _text("shop_name"),
    "shop.url": _link("home_url"),
}
_LINE: Names = {
    "name": _text("product_name"),
    "price": _text("price"),
    "regular_price": _text("regular_price"),
    "url": _link("link"),
}
_VARIANT = _LINE | {"variant": _text("variant_name")}
_CART: Names = _EVERY | {
    "cart.total": _text("total"),
    "cart.count": Name(Type.NUMBER, "item_count"),
    "cart.names": _text("names"),
    "cart.url": _link("restore_url"),
    "cart.lines": Name(
        Type.LIST, "tiles", _VARIANT | {"quantity": _text("quantity"), "total": _text("total")}
    ),
}  # fmt: skip
_STOCK: Names = _EVERY | {
    "product.name": _text("product_name"),
    "product.url": _link("link"),
    "products": Name(Type.LIST, "tiles", _VARIANT | {"expected_on": _text("expected_on")}),
    "stop_url": _link("cancel_url"),
}
_LETTER: Names = _EVERY | {
    "shop.url": _link("shop_url"),
    "products": Name(Type.LIST, "tiles", _LINE),
    "product_names": _text("names"),
}
_VOUCHER: Names = _LETTER | {
    "voucher": Name(Type.FLAG, "voucher"),
    "voucher.code": _text("voucher.code"),
    "voucher.value": _text("voucher.value"),
    "voucher.expires_on": _text("voucher.expires_on"),
    "voucher.min_spent": _text("voucher.min_spent"),
}

NAMES: Mapping[str, Names] = OfMails(
    {
        "newsletter": _LETTER,
        "abandoned_cart_1": _CART,
        "abandoned_cart_2": _CART,
        "stock_confirmation": _STOCK | {"confirm_url": _link("confirm_url")},
        "newsletter_confirmation": _EVERY | {"confirm_url": _link("confirm_url")},
        "back_in_stock": _STOCK,
        "out_of_stock": _STOCK | {"ask_url": _link("ask_url")},
        "price_drop": _STOCK,
    },
    lambda mail, about: _VOUCHER if about is About.VOUCHER else _LETTER,
)
# How the mail lists what it is about, where it does: {% lines %}.
LINES: Mapping[str, str] = OfMails(
    {"abandoned_cart_1": "cart", "abandoned_cart_2": "cart", "out_of_stock": "items_missing"}
    | dict.fromkeys(
        ("newsletter", "stock_confirmation", "newsletter_confirmation", "back_in_stock", "price_drop"), "items"
    ),
    lambda mail, about: "items",
)
# Without these a mail would miss its point: somebody could not do what it is for.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "abandoned_cart_1": ("cart.url",),
    "abandoned_cart_2": ("cart.url",),
    "stock_confirmation": ("confirm_url",),
    "newsletter_confirmation": ("confirm_url",),
} | {mail: ("voucher.code",) for mail, about in letters().items() if about is About.VOUCHER}


def names_of(template: str) -> Names:
    """The names of a mail. Raises Problem where there is no such mail."""
    if template not in NAMES:
        raise Problem(f"There is no mail named “{template}”; there are {', '.join(NAMES)}.")
    return NAMES[template]
