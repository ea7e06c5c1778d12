"""Content as an attacker, or an unlucky merchant, would type it."""

import copy
import re
from typing import Any

from hypothesis import strategies as st

from saleor_crm_plugin.emails.content import clean, web_address
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.letter_content import MAX_CODE
from saleor_crm_plugin.emails.render import MAILS

NEVER = re.compile(r"(?!)")  # fits nothing
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


_currencies = st.sampled_from(["EUR", "PLN", "JPY", "USD", "KWD"])
_items = st.fixed_dictionaries(
    {
        "product_name": texts.map(lambda text: f"Product {text}"),
        "variant_name": texts,
        "price": _amounts,
        "undiscounted_price": _amounts,
        "currency": _currencies,
        "image_url": _address("media.example.com") | texts,
        "url": _address("shop.example.com") | texts,
        "expected_on": st.dates().map(str) | texts,
    }
)


_shown = texts.map(lambda text: f"Product {text}")
_wares = _products.flatmap(lambda product: _shown.map(lambda name: product | {"name": name}))
_vouchers = st.fixed_dictionaries(
    {
        "code": texts.filter(lambda text: 0 < len(text) <= MAX_CODE and clean(text) == text),
        "currency": _currencies,
        "min_spent": _amounts | st.just(""),
        "expires_on": st.dates().map(str),
    }
).flatmap(
    lambda voucher: (
        st.fixed_dictionaries({"percent": st.integers(1, 100).map(str)}).map(lambda off: voucher | off)
        | st.decimals("0.01", 10**9, places=2).map(lambda off: voucher | {"amount": str(off)})
    )
)


@st.composite
def contents(draw: st.DrawFn, template: str) -> dict[str, Any]:
    """Stored content of a mail with hostile text in every field; the links that we make ourselves are good."""
    content = copy.deepcopy(EXAMPLES[template])
    for name in ("first_name", "shop_name", "sender_address", "storefront_url"):
        content[name] = draw(texts)
    if "lines" in content:
        content["currency"] = draw(_currencies)
        content["total"] = draw(_amounts)
        content["lines"] = draw(st.lists(_lines, min_size=1, max_size=3))
    else:
        items = _wares if "shop_url" in content else _items
        content["items"] = draw(st.lists(items, min_size=1, max_size=3)) if content["items"] else []
        for name in content.keys() & {"ask_url", "cancel_url", "shop_url"}:
            content[name] = draw(_address("api.example.com") | texts)
        if not all(web_address(item["url"]) for item in content["items"]):
            content["storefront_url"] = "https://shop.example.com"  # one of both is always good
    if "voucher" in content:
        content["voucher"] = draw(_vouchers)
    content["blocks"] = {kind: draw(st.lists(_products, max_size=5)) for kind in content.get("blocks", {})}
    return content


def mails() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """A mail and hostile content for it."""
    return st.sampled_from(MAILS).flatmap(lambda name: st.tuples(st.just(name), contents(name)))
