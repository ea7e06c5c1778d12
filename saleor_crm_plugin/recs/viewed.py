"""What a customer looked at, put into a cart or waits for, and did not buy: a block of its own, never mixed in."""

from .arrays import sparse
from .habits import Habits
from .interactions import Interactions, Kind
from .signals import latest


def fit_viewed(history: Interactions, now: int, half_life: float | None = 7) -> Habits:
    """The newest signs first, the stronger before the weaker. What was bought after all is left out."""
    wanted = latest(history.of(Kind.VIEW, Kind.CART, Kind.INTEREST), now, half_life)
    bought = latest(history.of(Kind.PURCHASE), now, None)
    bought.data[:] = 1
    return Habits(sparse(wanted - wanted.multiply(bought)))
