"""Carts that sold out while they waited: their mail shows what is there instead of what lies in them.

So it is where the flow about stock does not say it: that is off, or rests. Each cart is told of once.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ..activity.stock.models import StockInterest
from ..config import Settings
from ..contacts.address import hashes
from ..contacts.models import Contact
from ..emails.models import Message
from ..emails.products import Asking
from ..shop.port import Cart, Shop
from .catalogue import ABANDONED_CART, OUT_OF_STOCK
from .pauses import takes_in
from .situation import Frozen
from .stock.content import Tiles, asking, frozen

TEMPLATE = OUT_OF_STOCK.steps[0].template


class SoldOut:
    """The carts of a batch in which nothing is left. Costs nothing where there are none."""

    def __init__(self, shop: Shop, settings: Settings, carts: Collection[Cart], emails: Iterable[str]) -> None:
        self._shop, self._settings = shop, settings
        told = _told([cart.id for cart in carts]) if carts and not takes_in(OUT_OF_STOCK, settings) else None
        self._missing = {
            cart.id: [
                StockInterest(
                    variant_id=line.variant_id, product_id=line.product_id, channel=cart.channel,
                    language=cart.language, kind=StockInterest.Kind.CART,
                )
                for line in cart.lines
            ]
            for cart in carts
            if told is not None and cart.id not in told
        }  # fmt: skip
        self._digests = hashes(emails) if self._missing else {}
        self._tiles = Tiles(shop, settings, [one for some in self._missing.values() for one in some])

    def can_say(self, cart_id: str) -> bool:
        """Whether there is such a mail about a cart."""
        return any(self._tiles.of(one) for one in self._missing.get(cart_id, ()))

    def frozen(self, cart_id: str, contact: Contact, now: datetime) -> Frozen:
        """That mail."""
        told = [(one, tile) for one in self._missing[cart_id] if (tile := self._tiles.of(one))]
        digest = self._digests[contact.email or ""]
        return frozen(self._shop, self._settings, OUT_OF_STOCK.key, contact, digest, told, now, ABANDONED_CART.key)

    def asking(self, message: Message) -> Asking:
        """The blocks of products of that mail."""
        return asking(message, [tile for one in self._missing[message.subject_id] if (tile := self._tiles.of(one))])


def there_again(shop: Shop, messages: Sequence[Message]) -> set[str]:
    """Carts of which such a mail says what is not so any more: something in them can be had."""
    carts = [message.subject_id for message in messages if message.template == TEMPLATE]
    return {cart for cart, variants in shop.deliverable(carts).items() if variants} if carts else set()


def _told(cart_ids: Collection[str]) -> set[str]:
    said = Message.objects.filter(flow=ABANDONED_CART.key, subject_id__in=cart_ids, template=TEMPLATE)
    return set(said.values_list("subject_id", flat=True))
