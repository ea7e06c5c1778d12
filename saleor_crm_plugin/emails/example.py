"""One realistic example of every template's content: for tests, pictures of the mails, and measurements."""

from typing import Any

_CART: dict[str, Any] = {
    "first_name": "Anna",
    "shop_name": "Maison Lind",
    "storefront_url": "https://shop.example.com",
    "sender_address": "hello@news.example.com",
    "currency": "EUR",
    "total": "1234.50",
    "restore_url": "https://shop.example.com/cart?checkout=Q2hlY2tvdXQ6NmY1NzE0&utm_source=crm&utm_medium=email",
    "unsubscribe_url": "https://api.example.com/plugins/saleor.crm/unsubscribe/eyJjIjo0MiwicyI6Im1haWwifQ",
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
EXAMPLES: dict[str, dict[str, Any]] = {"abandoned_cart_1": _CART, "abandoned_cart_2": _CART}
PAGE_EXAMPLE: dict[str, Any] = {"shop_name": "Maison Lind", "storefront_url": "https://shop.example.com"}
