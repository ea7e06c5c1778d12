"""The demo shop's pages: enough of a storefront that every link of a mail leads somewhere."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from . import own_settings, pictures
from .models import Price, Product
from .shop import SandboxShop

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates")])
Door = Callable[[HttpRequest, str, SandboxShop], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def cart(request: HttpRequest) -> HttpResponse:
    """The cart page, to which the restore link of a mail leads. It logs nobody in."""
    cart_id = _cart_id(request.GET.get("checkout", ""))
    found = SandboxShop().priced_carts([cart_id]).get(cart_id)
    if found is None:
        return _page("Your cart", status=404, message="This cart was ordered, or it is no longer there.")
    return _page("Your cart", cart=found)


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product's page."""
    found = Product.objects.filter(slug=slug, published=True).select_related("category").first()
    if found is None:
        return _page("Not found", status=404, message="We don't have this product.")
    variant = found.variants.order_by("pk").first()
    prices = Price.objects.filter(variant=variant, listed=True).select_related("channel").order_by("channel")
    picture = SandboxShop().public_url(f"/media/{slug}.png")
    return _page(found.name, product=found, prices=prices, picture=picture)


def media(request: HttpRequest, slug: str) -> HttpResponse:
    """A product's picture, drawn when it is asked for."""
    picture = pictures.picture_of(slug)
    if picture is None:
        return HttpResponse(status=404)
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "public, max-age=86400"})


@csrf_exempt
def plugin(request: HttpRequest, plugin_id: str, path: str) -> HttpResponse:
    """What the plugin answers at its own addresses, as a shop hands requests on to its plugins."""
    door: Door = import_string(getattr(settings, "CRM_DOOR", "saleor_crm_plugin.door.respond"))
    return door(request, f"/{path}", SandboxShop())


@csrf_exempt
def graphql(request: HttpRequest) -> HttpResponse:
    """The shop's API, with the plugin's fields in it."""
    view: View = import_string(getattr(settings, "CRM_GRAPHQL_VIEW", "saleor_crm_plugin.graphql.demo.view.respond"))
    return view(request)


def _page(title: str, *, status: int = 200, **values: object) -> HttpResponse:
    context = Context({"title": title, "shop": own_settings.own("name"), "language": "en", **values})
    return HttpResponse(_ENGINE.get_template("shop.html").render(context), status=status)


def _cart_id(reference: str) -> str:
    """The cart's id from a storefront's reference, as ``SandboxShop.cart_reference`` makes it; "" where it is none."""
    try:
        kind, _, cart_id = base64.b64decode(reference, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return cart_id if kind == "Checkout" else ""
