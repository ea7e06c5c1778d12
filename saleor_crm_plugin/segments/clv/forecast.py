"""What a fitted purchase model says of customers: who is still there, and how many orders they will place."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, hyp2f1

from .purchase_models import Fit, chances_to_leave

# Nearer to 1 than this, ``a`` would cost a formula that divides by a - 1 more than six of its sixteen digits.
_NEAR = 1e-6
_TAILS, _STEP = 36.0, 0.5  # beyond, ranks are below 1e-15


def probability_alive(
    fit: Fit, frequency: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How likely each customer will order again, ever. BG/NBD says 1 of everybody who ordered once.

    Fader, Hardie and Lee (2008), "Computing P(alive) using the BG/NBD model"; Batislam, Denizel and Filiztekin (2007).
    """
    chances = chances_to_leave(fit.model, frequency)
    silence = np.log(fit.alpha + age) - np.log(fit.alpha + recency)
    gone = np.log(fit.a) - np.log(fit.b + np.maximum(chances, 1) - 1) + (fit.r + frequency) * silence
    alive: NDArray[np.float64] = expit(-gone)
    return np.where(chances > 0, alive, np.where(np.isnan(alive), np.nan, 1.0))


def expected_orders(
    fit: Fit,
    time: float | NDArray[np.float64],
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How many orders each customer will place within ``time`` from now, on average. ``time`` is in the unit of ages.

    Fader, Hardie and Lee (2005), equation 10; Wagner and Hoppe (2008), "Erratum on the MBG/NBD model".
    """
    if_there = _orders_if_there(fit, np.asarray(time, dtype=np.float64), frequency, age)
    return if_there * probability_alive(fit, frequency, recency, age)


def expected_orders_of_new(fit: Fit, time: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """How many orders after the first a customer will place within ``time`` from the first, on average."""
    none = np.zeros_like(np.asarray(time, dtype=np.float64))
    return expected_orders(fit, time, none, none, none)


def _orders_if_there(
    fit: Fit, time: NDArray[np.float64], frequency: NDArray[np.float64], age: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The papers' formula, with Euler's transformation (Abramowitz and Stegun 15.3.3) of its hypergeometric function.

    As printed it overflows for frequent customers and loses its digits in a product of the very large and the very
    small. Transformed, it keeps nine digits all over r, a and b up to 100, 1,000 orders, and times up to 1,000 times
    alpha + age. Where scipy still has no answer, and where the formula divides nought by nought, the definition has.
    """
    shape, survived = fit.r + frequency, fit.b + chances_to_leave(fit.model, frequency)
    ahead = time / (fit.alpha + age)
    shape, survived, ahead = np.broadcast_arrays(shape, survived, ahead)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        a, c, past = fit.a, fit.a + survived - 1, 1 / (1 + ahead)
        kept: NDArray[np.float64] = hyp2f1(c - shape, a - 1, c, 1 - past) * past ** (a - 1)
        orders: NDArray[np.float64] = np.array(c / (a - 1) * (1 - kept))
        # Nobody orders more than those who never leave.
        credible = np.array((orders >= 0) & (orders <= shape * ahead * (1 + 1e-9)) & (abs(a - 1) > _NEAR))
    if not credible.all() and np.isfinite(fit.a):
        orders[~credible] = _by_definition(shape[~credible], ahead[~credible], a, survived[~credible])
    return orders


def _by_definition(
    shape: NDArray[np.float64], ahead: NDArray[np.float64], a: float, survived: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Expected orders of those who leave with probability p, (1 - (1 + p ahead)^-shape) / p, averaged over p's beta.

    The trapezoidal rule over the logit of p's rank, which turns the ends of the beta distribution into tails that fade.
    p depends on the number of orders only, so that it is found once for each.
    """
    different, which = np.unique(survived, return_inverse=True)
    total, mass = np.zeros_like(shape), 0.0
    for logit in np.arange(-_TAILS, _TAILS + _STEP / 2, _STEP):
        tail = expit(-abs(logit))
        rank = betaincinv(a, different, tail) if logit < 0 else 1 - betaincinv(different, a, tail)
        p = np.maximum(rank, 1e-300)[which]
        total += tail * (1 - tail) * -np.expm1(-shape * np.log1p(p * ahead)) / p
        mass += tail * (1 - tail)
    return total / mass
