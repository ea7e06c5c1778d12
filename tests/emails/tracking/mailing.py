"""A mail that ada got about her cart, its links, and how people and programs follow them."""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from html import unescape
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from saleor_crm_plugin.emails.models import Message
from tests.road import Road

ADA = "ada@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def mail_to_ada(road: Road, products: int = 1, **cart: object) -> EmailMessage:
    """The first reminder of a cart of ada's."""
    variants = [variant for n in range(products) for variant in road.make_product(f"Shirt {n}")]
    road.cart(*variants, email=ADA, **cart)
    road.work()
    road.wait(hours=5)
    (mail,) = road.work()
    return mail


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def links_of(mail: EmailMessage, door: str = "go") -> list[str]:
    """The paths of the links of a mail that lead to a door of ours, each once."""
    found = re.findall(r'(?:href|src)="([^"]+)"', html_of(mail))
    paths = [urlsplit(unescape(url)).path for url in found]
    return list(dict.fromkeys(path for path in paths if f"/plugins/saleor_crm/{door}/" in path))


def follow(path: str, agent: str | None = FIREFOX, method: str = "get", **headers: str) -> HttpResponse:
    """Ask for a path as a browser does, or as a program with another agent."""
    told = {**headers, **({"user-agent": agent} if agent is not None else {})}
    response = getattr(Client(), method)(path, headers=told)
    assert isinstance(response, HttpResponse)
    return response


def told_by(message: Message) -> Sequence[tuple[str, str]]:
    """What came of a mail: (kind, by whom), in the order in which it came."""
    return list(message.responses.order_by("id").values_list("kind", "by"))
