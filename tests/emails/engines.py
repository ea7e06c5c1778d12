"""The inlining engines that pass the same tests."""

from importlib.util import find_spec

import pytest

from saleor_crm_plugin.emails.inline import CSS_INLINE, PREMAILER

ENGINES = [
    PREMAILER,
    pytest.param(CSS_INLINE, marks=pytest.mark.skipif(not find_spec("css_inline"), reason="extra fast not installed")),
]
