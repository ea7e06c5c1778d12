"""What customers spend on an order: Gamma-Gamma (Fader and Hardie, "The Gamma-Gamma Model of Monetary Value", 2013).

Each customer's orders scatter around a mean of their own (shape ``p``), and those means scatter over customers
(``q``, ``v``). Spend and frequency are taken as independent. Money is in the one currency of the input, and floats:
these are averages that were never charged. Who shows them rounds them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from .forecast import expected_orders
from .maximise import maximise
from .purchase_models import LEAST_CUSTOMERS, Fit


@dataclass(frozen=True)
class SpendFit:
    """Gamma-Gamma as fitted, to ``customers`` who bought again. Where there was nothing to fit, parameters are NaN.

    ``v`` is in the currency of the input. ``log_likelihood`` is the sum over customers. ``gradient`` is the largest
    slope left, per customer and factor e of a parameter. Without ``converged`` the ``message`` says why.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    converged: bool
    iterations: int
    gradient: float
    message: str
    customers: int


def fit_spend(
    frequency: NDArray[np.float64], value: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> SpendFit:
    """Fit to customers with repeat orders, whose mean is ``value``. Others, and values not above 0, do not count.

    With ``weight``, an entry stands for that many customers who are alike.
    """
    usable = (frequency > 0) & (value > 0) & np.isfinite(frequency) & np.isfinite(value)
    x, m = frequency[usable], value[usable]
    w = np.ones_like(x) if weight is None else weight[usable]
    customers = float(w.sum())
    if customers < LEAST_CUSTOMERS:
        nan = float("nan")
        message = f"{customers:.0f} customers with repeat orders are too few: at least {LEAST_CUSTOMERS} are needed."
        return SpendFit(nan, nan, nan, nan, False, 0, nan, message, round(customers))
    unit = float((w * m).sum()) / customers  # of money: yen and dinars then give the same p and q
    likelihood = SpendLikelihood(x, m / unit, w)
    top = maximise(likelihood.per_customer, ("p", "q", "v"), customers, [(2, 3, 1), (10, 5, 0.5), (0.5, 1.5, 1)])
    p, q, v = (float(parameter) for parameter in top.parameters)
    log_likelihood = customers * (top.value - np.log(unit))  # a density per unit of money
    return SpendFit(
        p, q, v * unit, float(log_likelihood), top.converged, top.iterations, top.slope, top.message, round(customers)
    )


def expected_spend(fit: SpendFit, frequency: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean that each customer's orders will have: between their own so far and that of all, by how many there are.

    Fader and Hardie (2013), equation 5. Customers without a value get the mean of all, which is infinite where q is at
    most 1: a few then spend so much that no mean of all exists.
    """
    x = np.where(value > 0, frequency, 0)
    certainty = fit.p * x + fit.q - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        spend = fit.p * (fit.v + x * value) / certainty
    return np.where(certainty > 0, spend, np.where(np.isnan(certainty), np.nan, np.inf))


def lifetime_value(
    fit: Fit,
    spend: SpendFit,
    year: float,
    frequency: NDArray[np.float64],
    recency: NDArray[np.float64],
    age: NDArray[np.float64],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What each customer will spend in the next 12 months, on average: expected orders times expected spend.

    ``year`` is how long 12 months are in the unit of the times (52.18 weeks, 365.25 days). Nothing is discounted: over
    one year at 10 % that would take off about 5 %, less than the models are uncertain by. It is turnover, not margin.
    """
    return expected_orders(fit, year, frequency, recency, age) * expected_spend(spend, frequency, value)


class SpendLikelihood:
    """The log-likelihood of customers' mean spend and its derivatives, gamma functions once per different frequency."""

    def __init__(self, frequency: NDArray[np.float64], value: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        share = weight / weight.sum()  # of the customers
        self.frequency, self.which = np.unique(frequency, return_inverse=True)
        self.frequency_share = np.bincount(self.which, share)
        self.share, self.spent = share, frequency * value
        # What of the density's logarithm is multiplied by p, and what no parameter touches.
        with np.errstate(over="ignore", divide="ignore"):
            self.with_p = float((share * frequency * np.log(self.spent)).sum())
            self.constant = -float((share * np.log(value)).sum())

    def per_customer(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Fader and Hardie (2013), equation 1a, with its derivatives by p, q and v."""
        p, q, v = parameters
        x = self.frequency
        with np.errstate(over="ignore", invalid="ignore"):
            log_all = np.log(self.spent + v)
            rest = np.bincount(self.which, self.share * log_all)
            per_v = np.bincount(self.which, self.share / (self.spent + v))
            value = (
                (self.frequency_share * (gammaln(p * x + q) - gammaln(p * x) - gammaln(q))).sum()
                + q * np.log(v) + self.constant + p * self.with_p - ((p * x + q) * rest).sum()
            )  # fmt: skip
            joint = digamma(p * x + q)
            slopes = np.array(
                [
                    (self.frequency_share * x * (joint - digamma(p * x))).sum() + self.with_p - (x * rest).sum(),
                    (self.frequency_share * joint).sum() - digamma(q) + np.log(v) - rest.sum(),
                    q / v - ((p * x + q) * per_v).sum(),
                ]
            )
        return float(value), slopes
