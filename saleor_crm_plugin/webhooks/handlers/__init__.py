"""What is done with news, by kind: the state is read afresh from the shop and becomes facts; facts wake the flows."""

from functools import partial

from ...config import Settings
from ...shop.port import Shop
from ..inbox import Handler
from ..models import InboxItem
from . import cart, customer, order, stock


def handlers(shop: Shop, settings: Settings) -> dict[InboxItem.Kind, Handler]:
    """The handler of each kind of inbox row."""
    return {
        InboxItem.Kind.CART: partial(cart.handle, shop, settings),
        InboxItem.Kind.ORDER: partial(order.handle, shop, settings),
        InboxItem.Kind.CUSTOMER: partial(customer.handle, shop),
        InboxItem.Kind.STOCK: partial(stock.handle, shop, settings),
    }
