"""Words to begin with, for each mail: what it has to say, to be said better."""

from ..blocks import wanted
from ..example import EXAMPLES
from .names import NAMES, NEEDED, Type
from .words import Words

_BUTTONS = {
    "cart.url": "Return to my cart",
    "confirm_url": "Yes, tell me",
    "ask_url": "Tell me when it is back",
    "shop.url": "Look around in the shop",
    "product.url": "View in the shop",
}


def skeleton(template: str) -> Words:
    """Words for a mail that can be kept as they are. Raises KeyError where there is no such mail."""
    names, example = NAMES[template], EXAMPLES[template]
    needed = [name for name in NEEDED.get(template, ()) if names[name].type == Type.LINK]
    link = next((name for name in (*needed, *_BUTTONS) if name in names), "shop.url")
    lines = ["<h1>A title</h1>", 'Hello {{ customer.first_name|default:"there" }},', "", "Say what it is about.", ""]
    if example.get("lines") or example.get("items"):
        lines.append("{% lines %}")
    if "voucher" in names:
        lines.append("{% voucher %}")
    lines.append(f'{{% button "{_BUTTONS.get(link, "To the shop")}" {link} %}}')
    lines += [f"{{% products {block.written} %}}" for block in wanted(template)]
    return Words("A word from {{ shop.name }}", "", "\n".join(lines))
