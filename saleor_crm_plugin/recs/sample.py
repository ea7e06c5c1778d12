"""Some customers of a big shop with their whole past: models are compared on them, as comparing takes many fits."""

from dataclasses import replace

import numpy as np

from .interactions import Interactions

_SEED = 0


def some_customers(history: Interactions, most: int) -> Interactions:
    """About ``most`` rows, always the same ones; the whole where it has no more. Only codes of customers change.

    Customers are drawn, not rows: a customer with half a past would be another customer.
    """
    if len(history) <= most:
        return history
    drawn = np.random.default_rng(_SEED).random(history.user_count) < most / len(history)
    code = (np.cumsum(drawn) - 1).astype(np.int32)
    part = history.where(drawn[history.users])
    return replace(part, users=code[part.users], user_ids=history.user_ids[drawn])
