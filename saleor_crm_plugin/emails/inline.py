"""Moves the rules of ``<style>`` into ``style`` attributes: mail programs drop the element, or only parts of it.

Two engines behind one function, held to the same tests. premailer is the one that is always there. css-inline (the
extra ``fast``) does the same in a fraction of the time, which matters little here: a template is inlined once per
language, not once per mail (``benchmarks/render.py``).
"""

import logging
import re
from functools import cache
from importlib.util import find_spec

from django.conf import settings
from premailer import Premailer

logger = logging.getLogger(__name__)

PREMAILER = "premailer"
CSS_INLINE = "css-inline"
_DONE = re.compile(r"<style data-inlined.*?</style>\s*", re.DOTALL)


def chosen() -> str:
    """The engine the shop asks for by the Django setting CRM_CSS_INLINER; premailer where that is not installed."""
    return _engine(str(getattr(settings, "CRM_CSS_INLINER", PREMAILER)))


@cache
def _engine(wanted: str) -> str:
    if wanted == PREMAILER or (wanted == CSS_INLINE and find_spec("css_inline")):
        return wanted
    logger.warning("CRM_CSS_INLINER is %r, which is not installed: using premailer.", wanted)
    return PREMAILER


def inline(html: str, engine: str = PREMAILER) -> str:
    """The document with its rules inlined.

    Rules that can't be (media queries, states) stay in their ``<style>``. One marked ``data-inlined`` has none of them
    and is dropped, which takes a quarter off the mail.
    """
    inlined = _by_css_inline(html) if engine == CSS_INLINE else _by_premailer(html)
    return _DONE.sub("", inlined)


def _by_premailer(html: str) -> str:
    # Of the 33 uses of CSS in tests/emails/test_css.py, these options keep 29 (css-inline 31). Widths and heights are
    # written in the templates: premailer would turn "width:100%" into an attribute, which Outlook prefers to the 600
    # pixels it should see.
    inlined: str = Premailer(
        html,
        keep_style_tags=True,
        strip_important=False,
        disable_validation=True,
        allow_network=False,
        align_floating_images=False,
        disable_basic_attributes=["width", "height"],
    ).transform(pretty_print=False)
    return inlined


def _by_css_inline(html: str) -> str:
    from css_inline import CSSInliner

    inliner = CSSInliner(
        keep_style_tags=True, keep_at_rules=True, remove_inlined_selectors=True, load_remote_stylesheets=False
    )
    inlined: str = inliner.inline(html)
    return inlined
