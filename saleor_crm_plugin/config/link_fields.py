"""The settings of the links of mails: clicks, opens, campaign parameters; and of who never clicks."""

from .. import values
from . import links, sunset
from .field import Field, Kind

LINK_FIELDS: tuple[Field, ...] = (
    Field(
        "link_utm",
        Kind.TEXT,
        "Links: parameters",
        "What links to your shop carry for your web analytics. {flow}, {block}, {channel} and {language} are filled in; what stays empty is left out. Empty: nothing.",
        "utm_source=crm&utm_medium=email&utm_campaign={flow}&utm_content={block}",
        links.utm,
    ),
    Field(
        "link_hosts",
        Kind.TEXT,
        "Links: further hosts",
        "Hosts of yours besides the storefront to which links of mails may lead when clicks are counted, such as blog.example.com, with commas between.",
        "",
        links.hosts,
    ),
    Field(
        "sunset",
        Kind.TEXT,
        "Mails without an answer: fewer, none",
        "Who clicked nothing and ordered nothing in so many mails gets one a week at most, and after so many none, such as 10, 20. Clicks have to be counted. Empty: no such rule.",
        "",
        sunset.sunset,
    ),
    Field(
        "link_clicks",
        Kind.FLAG,
        "Links: count clicks",
        "Links of mails lead by way of your shop's API, which notes who clicked what. Say so in your privacy notice. Off: links lead straight to the storefront.",
        False,
        values.flag,
    ),
    Field(
        "link_opens",
        Kind.FLAG,
        "Links: count opens",
        "Mails have a picture of one pixel that tells that they were opened. Unreliable: mail programs load it by themselves, or never. In the EU customers have to agree to it.",
        False,
        values.flag,
    ),
)
