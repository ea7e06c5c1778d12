"""One realistic example of every template's content: for tests, pictures of the mails, and measurements."""

from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Block, wanted
from .letters import About, OfMails

_LETTER: dict[str, Any] = {
    "first_name": "Anna",
    "shop_name": "Maison Lind",
    "storefront_url": "https://shop.example.com",
    "sender_address": "hello@news.example.com",
    "view_url": "https://api.example.com/plugins/saleor.crm/view/eyJtIjoiNWYxYyJ9",
    "preferences_url": "https://api.example.com/plugins/saleor.crm/preferences/eyJjIjo0MiwicyI6Im1haWwifQ",
    "unsubscribe_url": "https://api.example.com/plugins/saleor.crm/unsubscribe/eyJjIjo0MiwicyI6Im1haWwifQ",
}
_CART: dict[str, Any] = _LETTER | {
    "currency": "EUR",
    "total": "1234.50",
    "restore_url": "https://shop.example.com/cart?checkout=Q2hlY2tvdXQ6NmY1NzE0&utm_source=crm&utm_medium=email",
    "lines": [
        {
            "product_name": "Linen shirt with band collar",
            "variant_name": "Ecru / M",
            "quantity": 2,
            "unit_price": "89.00",
            "undiscounted_unit_price": "89.00",
            "total": "178.00",
            "image_url": "https://media.example.com/thumbnails/linen-shirt-256.webp",
            "url": "https://shop.example.com/products/linen-shirt?channel=eu",
            "available": True,
        },
        {
            "product_name": "Double-faced wool coat",
            "variant_name": "Camel / 38",
            "quantity": 1,
            "unit_price": "967.50",
            "undiscounted_unit_price": "1290.00",
            "total": "967.50",
            "image_url": "https://media.example.com/thumbnails/wool-coat-256.webp",
            "url": "https://shop.example.com/products/wool-coat?channel=eu",
            "available": True,
        },
        {
            "product_name": "Leather belt",
            "variant_name": "",
            "quantity": 1,
            "unit_price": "89.00",
            "undiscounted_unit_price": "89.00",
            "total": "89.00",
            "image_url": "",
            "url": "https://shop.example.com/products/leather-belt?channel=eu",
            "available": False,
        },
    ],
    "blocks": {
        "cart": [
            {
                "product_id": "17",
                "reason": "bought_together",
                "name": "Pleated linen trousers",
                "price": "129.00",
                "undiscounted_price": "129.00",
                "currency": "EUR",
                "prices_differ": True,
                "image_url": "https://media.example.com/thumbnails/linen-trousers-256.webp",
                "url": "https://shop.example.com/products/linen-trousers?channel=eu&utm_content=cart",
            },
            {
                "product_id": "4",
                "reason": "related",
                "name": "Cashmere scarf with hand-rolled edges",
                "price": "89.00",
                "undiscounted_price": "119.00",
                "currency": "EUR",
                "prices_differ": False,
                "image_url": "https://media.example.com/thumbnails/cashmere-scarf-256.webp",
                "url": "https://shop.example.com/products/cashmere-scarf?channel=eu&utm_content=cart",
            },
            {
                "product_id": "23",
                "reason": "similar",
                "name": "Canvas shopper",
                "price": "45.00",
                "undiscounted_price": "45.00",
                "currency": "EUR",
                "prices_differ": False,
                "image_url": "",
                "url": "https://shop.example.com/products/canvas-shopper?channel=eu&utm_content=cart",
            },
        ]
    },
}
_COAT: dict[str, Any] = {
    "variant_id": "38",
    "product_id": "12",
    "product_name": "Double-faced wool coat",
    "variant_name": "Camel / 38",
    "price": "1290.00",
    "undiscounted_price": "1290.00",
    "currency": "EUR",
    "image_url": "https://media.example.com/thumbnails/wool-coat-256.webp",
    "url": "https://shop.example.com/products/wool-coat?channel=eu&utm_source=crm&utm_medium=email",
    "expected_on": "",
}
_INSTEAD: list[dict[str, Any]] = [
    {
        "product_id": "14",
        "reason": "related",
        "name": "Belted coat in boiled wool",
        "price": "1150.00",
        "undiscounted_price": "1150.00",
        "currency": "EUR",
        "prices_differ": False,
        "image_url": "https://media.example.com/thumbnails/belted-coat-256.webp",
        "url": "https://shop.example.com/products/belted-coat?channel=eu&utm_content=alternatives",
    },
    {
        "product_id": "31",
        "reason": "similar",
        "name": "Short wool coat with stand-up collar",
        "price": "790.00",
        "undiscounted_price": "990.00",
        "currency": "EUR",
        "prices_differ": True,
        "image_url": "https://media.example.com/thumbnails/short-coat-256.webp",
        "url": "https://shop.example.com/products/short-coat?channel=eu&utm_content=alternatives",
    },
    {
        "product_id": "9",
        "reason": "popular_in_category",
        "name": "Cashmere cape",
        "price": "890.00",
        "undiscounted_price": "890.00",
        "currency": "EUR",
        "prices_differ": False,
        "image_url": "",
        "url": "https://shop.example.com/products/cashmere-cape?channel=eu&utm_content=alternatives",
    },
]


def _tile(product_id: str, name: str, price: str, slug: str, block: str, regular: str = "", photo: bool = True) -> Any:
    """A product as ``products.py`` freezes it."""
    return {
        "product_id": product_id,
        "reason": "related",
        "name": name,
        "price": price,
        "undiscounted_price": regular or price,
        "currency": "EUR",
        "prices_differ": False,
        "image_url": f"https://media.example.com/thumbnails/{slug}-256.webp" if photo else "",
        "url": f"https://shop.example.com/products/{slug}?channel=eu&utm_source=crm&utm_content={block}",
    }


def _block(kind: str) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: [
            _tile("41", "Merino roll-neck sweater", "139.00", "merino-sweater", kind),
            _tile("4", "Cashmere scarf with hand-rolled edges", "89.00", "cashmere-scarf", kind, regular="119.00"),
            _tile("17", "Pleated linen trousers", "129.00", "linen-trousers", kind) | {"prices_differ": True},
            _tile("23", "Canvas shopper", "45.00", "canvas-shopper", kind, photo=False),
        ]
    }


_TO_CUSTOMER: dict[str, Any] = _LETTER | {
    "items": [],
    "shop_url": "https://shop.example.com/?utm_source=crm&utm_medium=email&utm_campaign=crm",
}
_VOUCHER: dict[str, Any] = {
    "code": "CRM-7KQ2M-XWP4T-9HDZR",
    "percent": "20",
    "currency": "EUR",
    "min_spent": "50.00",
    "expires_on": "2026-12-06",
}
_DOOR = "https://api.example.com/plugins/saleor.crm/stock"
_EXAMPLES: dict[str, dict[str, Any]] = {
    "abandoned_cart_1": _CART,
    "abandoned_cart_2": _CART,
    "stock_confirmation": _LETTER
    | {"items": [_COAT], "confirm_url": f"{_DOOR}/confirm/eyJpIjo3fQ", "cancel_url": f"{_DOOR}/cancel/eyJpIjo3fQ"},
    "newsletter_confirmation": _LETTER | {"items": [], "confirm_url": f"{_DOOR}/newsletter/AAAA"},
    "back_in_stock": _LETTER | {"items": [_COAT]},
    "out_of_stock": _LETTER
    | {
        "items": [_COAT | {"expected_on": "2026-12-24"}],
        "ask_url": f"{_DOOR}/ask/eyJpIjo3fQ",
        "cancel_url": "",
        "blocks": {"alternatives": _INSTEAD},
    },
    "price_drop": _LETTER
    | {
        "items": [_COAT | {"price": "967.50"}],
        "cancel_url": f"{_DOOR}/cancel/eyJpIjo3fQ",
    },
    "browse_abandonment": _TO_CUSTOMER
    | {
        "items": [_tile("12", "Double-faced wool coat", "967.50", "wool-coat", "", regular="1290.00")],
        "blocks": _block("related"),
    },
    "welcome": _TO_CUSTOMER | {"blocks": _block("recommended")},
    "second_purchase": _TO_CUSTOMER | {"blocks": _block("cart")},
    "replenishment": _TO_CUSTOMER
    | {
        "items": [
            _tile("52", "Merino socks, three pairs", "26.90", "merino-socks", ""),
            _tile("57", "Leather balm", "12.50", "leather-balm", "", photo=False) | {"prices_differ": True},
        ]
    },
    "cross_sell": _TO_CUSTOMER | {"blocks": _block("cart")},
    "win_back_at_risk": _TO_CUSTOMER | {"blocks": _block("recommended")},
    "win_back_lapsed": _TO_CUSTOMER | {"blocks": _block("popular")},
    "loyal_voucher": _TO_CUSTOMER | {"voucher": _VOUCHER, "blocks": _block("recommended")},
    "loyal_reminder": _TO_CUSTOMER | {"voucher": _VOUCHER},
    "newsletter": _TO_CUSTOMER | {"blocks": _block("recommended")},
}


def filling(blocks: Sequence[Block]) -> dict[str, Any]:
    """Products for the blocks that a mail asks for."""
    return {
        block.slot: [one | {"rule": block.kind.value} for one in _block(block.kind)[block.kind][: block.limit]]
        for block in blocks
    }


def _of_letter(mail: str, about: About) -> dict[str, Any]:
    """What a letter is tried with that has no example of its own."""
    content = _TO_CUSTOMER | {"blocks": filling(wanted(mail))}
    if about is About.PRODUCTS:
        content |= {"items": _EXAMPLES["replenishment"]["items"]}
    return content | ({"voucher": _VOUCHER} if about is About.VOUCHER else {})


EXAMPLES: Mapping[str, dict[str, Any]] = OfMails(_EXAMPLES, _of_letter)


def bare(template: str) -> dict[str, Any]:
    """The same mail for somebody of whom as little is known as can be, with as little to say as can be."""
    content = EXAMPLES[template] | {"first_name": "", "blocks": {}}
    for name in ("lines", "items"):
        if content.get(name):
            content[name] = content[name][:1]
    return content


PAGE_EXAMPLE: dict[str, Any] = {
    "shop_name": "Maison Lind",
    "storefront_url": "https://shop.example.com",
    "product_name": "Double-faced wool coat",
}
