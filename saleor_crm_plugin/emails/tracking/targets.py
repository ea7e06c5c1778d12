"""Where a link may lead by way of us: to the shop's own hosts and nowhere else, so that nobody can borrow its name.

Asked when a link is signed, and again when it is followed: a host that the owner took away is no target any more.
"""

import re
from functools import lru_cache

from ...config import PLUGIN_ID, LinkRules


def allowed(url: str, rules: LinkRules) -> bool:
    """Whether ``url``, in ASCII, leads to one of the shop's hosts (with its port), and not to our own doors.

    It is compared, not parsed: after the host comes a path, a query or nothing, so that there is no log-in, no
    backslash and no blank that a browser would read otherwise than we do.
    """
    return _pattern(rules.hosts).fullmatch(url) is not None


@lru_cache(maxsize=64)
def _pattern(hosts: tuple[str, ...]) -> re.Pattern[str]:
    if not hosts:
        return re.compile(r"(?!)")
    names = "|".join(map(re.escape, hosts))
    return re.compile(rf"https?://(?:{names})(?!/plugins/{PLUGIN_ID}/)(?:[/?#][!-\[\]-~]*)?")
