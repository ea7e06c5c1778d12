"""Carts that lie in the shop now, of all kinds, so that a demo can tell each one's story."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import transaction

from . import storefront
from .models import Price, User, Variant
from .wardrobe import Wardrobe

_AGREED = {"marketing-consent": "true", "marketing-consent-wording": "checkout-2024"}
_DECLINED = {"marketing-consent": "false"}


@dataclass(frozen=True)
class _Scene:
    """What the stories draw from: people and variants that no other story uses."""

    now: datetime
    rng: np.random.Generator
    users: Iterator[User]
    wardrobe: Wardrobe
    hook: storefront.Hook

    def ago(self, least: float, most: float) -> datetime:
        """A moment so many hours ago."""
        return self.now - timedelta(hours=float(self.rng.uniform(least, most)))

    def cart(self, at: datetime, lines: int = 0, *, user: bool = True, email: str = "", consent: bool = True) -> str:
        """A cart with lines, filled within a few minutes before ``at``."""
        owner = next(self.users)
        cart_id = storefront.create_cart(
            channel="poland" if owner.country == "PL" else "eu",
            now=at - timedelta(minutes=12),
            email=email,
            user_id=str(owner.pk) if user else None,
            language=owner.language,
            country=owner.country,
            metadata=_AGREED if consent else None,
            cart_id=self.uuid(),
            hook=self.hook,
        )
        for place in range(lines or int(self.rng.integers(1, 4)), 0, -1):
            variant, quantity = str(self.wardrobe.take(owner)), 1 + int(self.rng.random() < 0.15)
            moment = at - timedelta(minutes=2 * (place - 1))
            storefront.add_line(cart_id, variant, quantity, now=moment, hook=self.hook)
        return cart_id

    def uuid(self) -> UUID:
        return UUID(bytes=self.rng.bytes(16), version=4)


def live_carts(
    now: datetime, *, seed: int = 1, each: int = 6, hook: storefront.Hook = storefront.announce
) -> dict[str, list[str]]:
    """Put ``each`` carts of every kind into a generated shop. Returns kind -> cart ids, in the order of KINDS."""
    rng = np.random.default_rng([seed, 10])
    scene = _Scene(now, rng, _users(rng), Wardrobe(rng), hook)
    told: dict[str, list[str]] = {}
    with transaction.atomic():
        for kind, story in KINDS.items():
            told[kind] = [story(scene) for _ in range(each)]
    return told


def _fresh(scene: _Scene) -> str:
    return scene.cart(scene.ago(0.05, 0.9))


def _idle(scene: _Scene) -> str:
    return scene.cart(scene.ago(4.2, 20))


def _idle_a_day(scene: _Scene) -> str:
    return scene.cart(scene.ago(24.5, 40))


def _guest(scene: _Scene) -> str:
    name = f"guest{int(scene.rng.integers(1000, 9999))}"
    return scene.cart(scene.ago(4.2, 20), user=False, email=f"{name}@example.org")


def _no_consent(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(6, 20), consent=False)
    storefront.set_metadata(cart_id, _DECLINED, now=scene.ago(4.2, 5.5), hook=scene.hook)
    return cart_id


def _never_asked(scene: _Scene) -> str:
    return scene.cart(
        scene.ago(4.2, 20), user=False, email=f"visitor{scene.rng.integers(9999)}@example.net", consent=False
    )


def _no_email(scene: _Scene) -> str:
    return scene.cart(scene.ago(4.2, 20), user=False, consent=False)


def _emptied(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(6, 20))
    for variant in _in(cart_id):
        storefront.remove_line(cart_id, variant, now=scene.ago(4.2, 5.5), hook=scene.hook)
    return cart_id


def _bought(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(6, 20))
    storefront.place_order(cart_id, now=scene.ago(0.5, 5.5), order_id=scene.uuid(), hook=scene.hook)
    return cart_id


def _sold_out(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(4.2, 20), lines=2)
    for variant in _in(cart_id):
        storefront.set_stock(variant, 0, hook=scene.hook)
    return cart_id


def _partly_sold_out(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(4.2, 20), lines=3)
    storefront.set_stock(_in(cart_id)[0], 0, hook=scene.hook)
    return cart_id


def _price_dropped(scene: _Scene) -> str:
    """30 % off since; the lines still hold the old price."""
    cart_id = scene.cart(scene.ago(4.2, 20), lines=2)
    for price in Price.objects.filter(variant__product__variants__checkoutline__checkout=UUID(cart_id)):
        price.price = (price.undiscounted * Decimal("0.7")).quantize(Decimal(1)) - Decimal("0.05")
        price.save(update_fields=["price"])
    return cart_id


def _quantity_changed(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(6, 20), lines=2)
    storefront.set_quantity(cart_id, _in(cart_id)[0], 3, now=scene.ago(4.2, 5.5), hook=scene.hook)
    return cart_id


def _changed_email(scene: _Scene) -> str:
    cart_id = scene.cart(scene.ago(6, 20), user=False, email=f"typo{scene.rng.integers(9999)}@example.com")
    email = f"right{scene.rng.integers(9999)}@example.com"
    storefront.set_email(cart_id, email, now=scene.ago(4.2, 5.5), hook=scene.hook)
    return cart_id


def _hook_lost(scene: _Scene) -> str:
    """Nobody was told of it: only the sweep can find it."""
    return replace(scene, hook=storefront.lost).cart(scene.ago(4.2, 20))


# The kinds of carts: what happened to them, told by the function's name.
KINDS: dict[str, Callable[[_Scene], str]] = {
    "fresh": _fresh,
    "idle": _idle,
    "idle a day": _idle_a_day,
    "guest": _guest,
    "emptied": _emptied,
    "bought": _bought,
    "sold out": _sold_out,
    "partly sold out": _partly_sold_out,
    "no consent": _no_consent,
    "never asked": _never_asked,
    "no email": _no_email,
    "price dropped": _price_dropped,
    "quantity changed": _quantity_changed,
    "changed email": _changed_email,
    "hook lost": _hook_lost,
}


def _in(cart_id: str) -> list[str]:
    """The variants in a cart, in the order of its lines."""
    lines = Variant.objects.filter(checkoutline__checkout=UUID(cart_id)).order_by("checkoutline__id")
    return [str(pk) for pk in lines.values_list("pk", flat=True)]


def _users(rng: np.random.Generator) -> Iterator[User]:
    """Active customers, each once, the countries in turn so that every language and both currencies come soon."""
    by_country: dict[str, list[User]] = {}
    active = list(User.objects.filter(active=True, checkouts=None).order_by("pk"))
    for index in rng.permutation(len(active)):
        by_country.setdefault(active[index].country, []).append(active[index])
    while any(by_country.values()):
        for waiting in by_country.values():
            if waiting:
                yield waiting.pop()
