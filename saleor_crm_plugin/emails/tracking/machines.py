"""Who asks for links and pixels without being a person: what is known at once, from the request alone.

Security gateways follow all links of a mail before it is delivered, mail programs and chats make previews, Apple's Mail
Privacy Protection loads every picture. Others tell them apart alike: Mautic weighs the agent and the time since sending
(EmailBundle/Helper/BotRatioHelper), HubSpot and Klaviyo leave out clicks of known scanners and those within seconds of
the delivery. What only shows by comparing requests is looked at later (``judge.py``).
"""

import re

from django.http import HttpRequest

# Words in the agents of scanners, previews and programs. Browsers have none of them.
_AGENTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|prefetch|monitor|validator|headless|phantomjs|selenium|puppeteer|playwright"
    r"|python|curl|wget|httpie|okhttp|go-http|java/|libwww|perl|ruby|axios|node-fetch|undici|guzzle|postman|http_request"
    r"|barracuda|mimecast|proofpoint|forcepoint|trendmicro|symantec|messagelabs|sophos|fireeye|cisco|ironport|zscaler"
    r"|safelinks|urldefense|microsoft office|skypeuripreview|bingpreview|googlesafety|google-safety|facebookexternalhit"
    r"|whatsapp|telegram|slack|discord|linkedin|twitterbot|yahoomailproxy|yahoocachesystem",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
# Apple's proxy says nothing but this.
_APPLE_PRIVACY = "Mozilla/5.0"


def is_machine(request: HttpRequest) -> bool:
    """Whether a request is a program's for sure: a HEAD, one made ahead of the reader, one of a known agent or none."""
    agent = request.headers.get("User-Agent", "").strip()
    ahead = " ".join(request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"))
    return (
        request.method == "HEAD"
        or not agent
        or agent == _APPLE_PRIVACY
        or bool(_AHEAD.search(ahead))
        or bool(_AGENTS.search(agent[:1000]))
    )
