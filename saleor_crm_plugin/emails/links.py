"""Where the buttons of mails lead: only into the shop's own storefront."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..config import Settings
from ..shop.port import Cart


def cart(settings: Settings, cart: Cart, reference: str, campaign: str) -> str:
    """The storefront's page of a cart, restored by its id. It logs nobody in."""
    return _fill(
        settings,
        settings.cart_path,
        {"id": reference, "token": cart.id, "channel": cart.channel, "language": cart.language},
        campaign,
    )


def product(settings: Settings, slug: str, channel: str, language: str, campaign: str, block: str = "") -> str:
    """The storefront's page of a product. ``block`` is the block of products in which it stands."""
    return _fill(
        settings, settings.product_path, {"slug": slug, "channel": channel, "language": language}, campaign, block
    )


def _fill(settings: Settings, path: str, values: dict[str, str], campaign: str, block: str = "") -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    parts = urlsplit(settings.storefront_url + path)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("utm_source", "crm"), ("utm_medium", "email")]
    query.append(("utm_campaign", campaign))
    if block:
        query.append(("utm_content", block))
    return urlunsplit(parts._replace(query=urlencode(query)))
