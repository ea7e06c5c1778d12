"""Customers who behave as the models say, drawn from parameters that are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saleor_crm_plugin.segments.clv.purchase_models import Fit, Model


@dataclass(frozen=True)
class Shoppers:
    """What a shop sees of customers, and what it does not: who is still there, and their orders of the time to come."""

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    alive: NDArray[np.bool_]
    to_come: NDArray[np.float64]


def parameters(model: Model, r: float, alpha: float, a: float, b: float) -> Fit:
    """A model with these parameters, as if fitted."""
    return Fit(model, r, alpha, a, b, 0.0, True, 0, 0.0, "", 1)


def draw(truth: Fit, age: NDArray[np.float64], time: float = 52.0, seed: int = 1) -> Shoppers:
    """One customer for each ``age``, watched for that long, and then for ``time`` more.

    Orders before the end of the watch are scattered evenly over it, so that the last of those placed before a customer
    left is an order statistic: no order has to be drawn by itself.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(truth.r, 1 / truth.alpha, len(age))
    leaves = np.clip(random.beta(truth.a, truth.b, len(age)), 1e-12, 1)
    # The repeat order after which a customer is gone; 0 is the first order of all.
    last = random.geometric(leaves) - (1 if truth.model is Model.MBGNBD else 0)
    wished = random.poisson(rate * age)
    frequency = np.minimum(wished, last)
    place = random.beta(np.maximum(frequency, 1), wished - frequency + 1)
    alive = wished < last
    to_come = np.where(alive, np.minimum(random.poisson(rate * time), last - wished), 0)
    recency = np.where(frequency > 0, place * age, 0.0)
    return Shoppers(frequency.astype(float), recency, age, alive, to_come.astype(float))
