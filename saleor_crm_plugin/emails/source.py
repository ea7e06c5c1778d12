"""From a template file to the template of one language: what is the same for every recipient is filled in here.

Templates are Django templates, read in two passes. ``extends``, ``block``, ``include``, ``{% t %}``,
``{% products %}``, ``{% given %}``, ``{% social %}``, ``{{ brand.… }}``, ``{{ language.… }}`` and ``{{ products.… }}``
are done in the first, once per language. Everything else waits for the recipient: the loader wraps it in Django's own
``{% verbatim %}``, so that the first pass hands it on as it stands. Its result is again a Django template.

The engines are ours alone. A shop's TEMPLATES setting neither finds our files nor changes how they are read.
"""

from collections import Counter
from functools import cache
from pathlib import Path

from django.template import Context, Engine, Template
from django.template.base import Origin, tag_re
from django.template.loaders.filesystem import Loader

from .brand import BRAND, Brand
from .languages import Language

TEMPLATE_DIR = Path(__file__).parent / "templates"
_FIRST_PASS_TAGS = frozenset(
    {"extends", "block", "endblock", "include", "t", "products", "given", "otherwise", "endgiven", "social"}
)
_FIRST_PASS_NAMES = ("brand.", "language.", "products.")


def _in_first_pass(token: str) -> bool:
    inside = token[2:-2].strip()
    if token.startswith("{{"):
        return inside.startswith(_FIRST_PASS_NAMES)
    return token.startswith("{#") or inside.split()[0] in _FIRST_PASS_TAGS


def defer(source: str) -> str:
    """Wrap what waits for the recipient, so that the first pass leaves it alone."""
    return tag_re.sub(
        lambda match: match[0] if _in_first_pass(match[0]) else f"{{% verbatim %}}{match[0]}{{% endverbatim %}}", source
    )


class DeferringLoader(Loader):
    """Reads template files for the first pass."""

    def get_contents(self, origin: Origin) -> str:
        return defer(str(super().get_contents(origin)))


@cache
def first_pass(autoescape: bool) -> Engine:
    return Engine(
        loaders=[(f"{__name__}.DeferringLoader", [str(TEMPLATE_DIR)])],
        builtins=["saleor_crm_plugin.emails.tags"],
        autoescape=autoescape,
    )


@cache
def second_pass(autoescape: bool) -> Engine:
    return Engine(builtins=["saleor_crm_plugin.emails.tags"], autoescape=autoescape)


def translated(name: str, language: Language, brand: Brand = BRAND) -> str:
    """The template ``name`` (such as ``abandoned_cart_1.html``) in one language and brand."""
    html = name.endswith(".html")
    return _filled(first_pass(html).get_template(f"saleor_crm/{name}"), language, brand)


def from_source(source: str, language: Language, brand: Brand = BRAND, *, html: bool) -> str:
    """The same of a template that stands in no file."""
    return _filled(first_pass(html).from_string(defer(source)), language, brand)


def _filled(template: Template, language: Language, brand: Brand) -> str:
    values = {"brand": brand, "language": language, "places": Counter()}
    return str(template.render(Context(values, autoescape=template.engine.autoescape, use_l10n=False)))
