"""Content as an attacker, or an unlucky merchant, would type it."""

import copy
from typing import Any

from hypothesis import strategies as st

from saleor_crm_plugin.emails.example import EXAMPLES

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "--><b>out of the comment</b><!--",
    "</title></style><h1>second</h1>",
    "{{ unsubscribe_url }}{% include 'x' %}{# #}",
    "%(shop_name)s %s %d",
    "crmtoken0001x",
    "line\r\nBcc: everybody@example.com",
    "a\u2028b\u2029c\x85d\x00e\x1b[31m",
    "\u202eright to left override",
    "\ud800 lone surrogate",
    "& &amp; &lt; &#60;",
    "żółć 日本語 🧥👩‍👩‍👧 שלום",
    "x" * 300,
]
texts = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=40))


def _address(host: str) -> st.SearchStrategy[str]:
    return texts.map(lambda text: f"https://{host}/{text}")


_amounts = st.decimals(min_value=0, max_value=10**9, places=2).map(str)
_lines = st.fixed_dictionaries(
    {
        "product_name": texts.map(lambda text: f"Product {text}"),
        "variant_name": texts,
        "quantity": st.integers(1, 10_000),
        "unit_price": _amounts,
        "undiscounted_unit_price": _amounts,
        "total": _amounts,
        "image_url": _address("media.example.com") | texts,
        "url": _address("shop.example.com") | texts,
        "available": st.booleans(),
    }
)
_products = st.fixed_dictionaries(
    {
        "name": texts,
        "price": _amounts,
        "undiscounted_price": _amounts,
        "currency": st.sampled_from(["EUR", "JPY"]),
        "prices_differ": st.booleans(),
        "image_url": _address("media.example.com") | texts,
        "url": _address("shop.example.com") | texts,
    }
)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Stored content with hostile text in every field; the two links that we make ourselves are good."""
    content = copy.deepcopy(EXAMPLES["abandoned_cart_1"])
    for name in ("first_name", "shop_name", "sender_address", "storefront_url"):
        content[name] = draw(texts)
    content["currency"] = draw(st.sampled_from(["EUR", "PLN", "JPY", "USD", "KWD"]))
    content["total"] = draw(_amounts)
    content["lines"] = draw(st.lists(_lines, min_size=1, max_size=3))
    content["blocks"] = {"cart": draw(st.lists(_products, max_size=5))}
    return content
