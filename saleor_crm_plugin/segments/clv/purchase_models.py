"""How often customers buy and when they stay away for good: BG/NBD and MBG/NBD, fitted by maximum likelihood.

A customer orders at random at a rate of their own (rates are gamma distributed: ``r``, ``alpha``), and after an order
is gone for good with a probability of their own (beta distributed: ``a``, ``b``). In BG/NBD (Fader, Hardie and Lee,
Marketing Science 24, 2005) repeat orders only have that power, so that who ordered once is always there. In MBG/NBD
(Batislam, Denizel and Filiztekin, International Journal of Research in Marketing 24, 2007) the first order has it too.

Customers are ``frequency`` (repeat orders: all but the first), ``recency`` (from the first order to the last) and
``age`` (from the first order to now; T in the papers). Times are in any one unit; only ``alpha`` depends on it.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln

from .maximise import maximise

LEAST_CUSTOMERS = 10  # four parameters of fewer would be a tale about chance
_NAMES = ("r", "alpha", "a", "b")


class Model(StrEnum):
    BGNBD = "bgnbd"
    MBGNBD = "mbgnbd"


@dataclass(frozen=True)
class Fit:
    """A model as fitted. Where there was nothing to fit, parameters are NaN, and so is what is forecast with them.

    ``alpha`` is in the unit of the times. ``log_likelihood`` is the sum over customers. ``gradient`` is the largest
    slope left, per customer and factor e of a parameter. Without ``converged`` the ``message`` says why.
    """

    model: Model
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient: float
    message: str
    customers: int


def fit(
    model: Model,
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
    weight: NDArray[np.float64] | None = None,
) -> Fit:
    """Fit a model to customers. With ``weight``, an entry stands for that many customers who are alike."""
    weight = np.ones_like(frequency) if weight is None else weight
    customers = float(weight.sum())
    unfit = _unfit(customers, frequency, recency, age)
    if unfit:
        nan = float("nan")
        known = round(customers) if np.isfinite(customers) else 0
        return Fit(model, nan, nan, nan, nan, nan, False, 0, nan, unfit, known)
    unit = float(age.max())
    likelihood = Likelihood(model, frequency, recency / unit, age / unit, weight)
    # Rates start at the orders of all over the time of all.
    orders = float((weight * frequency).sum())
    pace = float((weight * age).sum()) / unit / orders
    top = maximise(
        likelihood.per_customer,
        _NAMES,
        customers,
        [(1, pace, 1, 2), (0.2, 0.2 * pace, 0.5, 3), (5, 5 * pace, 0.05, 1)],
    )
    r, alpha, a, b = (float(parameter) for parameter in top.parameters)
    # A density per unit of time shrinks by the unit for each of the orders.
    log_likelihood = top.value * customers - orders * np.log(unit)
    return Fit(
        model,
        r,
        alpha * unit,
        a,
        b,
        float(log_likelihood),
        top.converged,
        top.iterations,
        top.slope,
        top.message,
        round(customers),
    )


def chances_to_leave(model: Model, frequency: NDArray[np.float64]) -> NDArray[np.float64]:
    """After how many orders a customer might have left. It is all that tells the two models apart."""
    return frequency + 1 if model is Model.MBGNBD else frequency


class Likelihood:
    """The log-likelihood of customers and its derivatives, with all that does not depend on parameters done once.

    What depends on the frequency alone (gamma functions, most of the cost) is computed once per different frequency, of
    which a million customers have a few hundred.
    """

    def __init__(
        self,
        model: Model,
        frequency: NDArray[np.float64],
        recency: NDArray[np.float64],
        age: NDArray[np.float64],
        weight: NDArray[np.float64],
    ) -> None:
        self.recency, self.age = recency, age
        self.share = weight / weight.sum()  # of the customers
        self.frequency, self.which = np.unique(frequency, return_inverse=True)
        self.frequency_share = np.bincount(self.which, self.share)
        self.chances = chances_to_leave(model, self.frequency)

    def per_customer(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Fader, Hardie and Lee (2005), equation 6 as in its section 7, with its derivatives by r, alpha, a and b."""
        r, alpha, a, b = parameters
        x, k = self.frequency, self.chances
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            by_frequency = (
                gammaln(r + x) - gammaln(r) + r * np.log(alpha)
                + (gammaln(b + k) - gammaln(b)) - (gammaln(a + b + k) - gammaln(a + b))
            )  # fmt: skip
            left = np.where(k > 0, np.log(a) - np.log(b + np.maximum(k, 1) - 1), -np.inf)
            shape = (r + x)[self.which]
            log_age, log_recency = np.log(alpha + self.age), np.log(alpha + self.recency)
            # Either still there and silent since the last order, or gone with it: the odds of gone against there.
            odds = left[self.which] + shape * (log_age - log_recency)
            gone = expit(odds)
            value = (self.frequency_share * by_frequency).sum()
            value += (self.share * (np.logaddexp(0, odds) - shape * log_age)).sum()
            gone_share = self.share * gone
            there_share = self.share - gone_share
            gone_by_frequency = np.bincount(self.which, gone_share)
            both = digamma(a + b) - digamma(a + b + k)
            slopes = np.array(
                [
                    (self.frequency_share * (digamma(r + x) - digamma(r))).sum() + np.log(alpha)
                    - (there_share * log_age + gone_share * log_recency).sum(),
                    r / alpha
                    - (shape * (there_share / (alpha + self.age) + gone_share / (alpha + self.recency))).sum(),
                    (self.frequency_share * both).sum() + gone_by_frequency.sum() / a,
                    (self.frequency_share * (both + digamma(b + k) - digamma(b))).sum()
                    - (gone_by_frequency[k > 0] / (b + k[k > 0] - 1)).sum(),
                ]
            )  # fmt: skip
        return float(value), slopes


def _unfit(
    customers: float, frequency: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64]
) -> str:
    """Why there is nothing to fit; "" where there is."""
    if not np.isfinite([customers, frequency.sum(), recency.sum(), age.sum()]).all():
        return "The numbers are not all finite."
    if customers < LEAST_CUSTOMERS:
        return f"{customers:.0f} customers are too few: at least {LEAST_CUSTOMERS} are needed."
    if not (frequency > 0).any():
        return "Nobody bought twice: there is nothing to learn from."
    if not age.max() > 0:
        return "No time has passed since the first orders."
    return ""
