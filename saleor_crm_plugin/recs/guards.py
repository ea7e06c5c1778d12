"""Who is known well enough to be shown what they may like: one purchase may be a gift, or chance."""

import numpy as np

from .arrays import Mask
from .interactions import Interactions, Kind
from .orders import orders_of_users


def has_profile(history: Interactions) -> Mask:
    """For each customer: two orders or more, or one and something that they looked at, carted or wait for.

    Gifts (purchases of weight 0) make no profile.
    """
    orders = orders_of_users(history.where(history.weights > 0))
    looked = np.bincount(history.of(Kind.VIEW, Kind.CART, Kind.INTEREST).users, minlength=history.user_count) > 0
    return np.asarray((orders >= 2) | ((orders >= 1) & looked))
