"""BG/NBD and MBG/NBD: they give the published numbers, find what customers were drawn from, and say when they can't."""

import numpy as np
import pytest
from numpy.typing import NDArray

from saleor_crm_plugin.segments.clv.purchase_models import Fit, Likelihood, Model, fit
from saleor_crm_plugin.segments.clv.summary import compress
from tests.segments.clv.cdnow import cdnow
from tests.segments.clv.shoppers import Shoppers, draw, parameters

BOTH = pytest.mark.parametrize("model", list(Model))


def fit_to(model: Model, customers: Shoppers, unit: float = 1.0) -> Fit:
    return fit(model, customers.frequency, customers.recency * unit, customers.age * unit)


def parameters_of(found: Fit) -> tuple[float, float, float, float]:
    return found.r, found.alpha, found.a, found.b


def some_customers(model: Model, count: int = 3000, seed: int = 1) -> Shoppers:
    """As of a shop two years old, in whole weeks."""
    age = np.random.default_rng(seed).integers(4, 105, count).astype(float)
    drawn = draw(parameters(model, 0.8, 6.0, 0.7, 2.5), age, seed=seed)
    return Shoppers(drawn.frequency, np.floor(drawn.recency), drawn.age, drawn.alive, drawn.to_come)


@pytest.mark.parametrize(
    ("model", "published", "log_likelihood"),
    [
        # Fader, Hardie and Lee (2005), table 2.
        (Model.BGNBD, (0.243, 4.414, 0.793, 2.426), -9582.4),
        # lifetimes 0.11.3 on the same file; BTYDplus prints the same.
        (Model.MBGNBD, (0.525, 6.183, 0.891, 1.614), -9582.1),
    ],
)
def test_cdnow_gives_the_published_numbers(model: Model, published: tuple[float, ...], log_likelihood: float) -> None:
    found = fit(model, cdnow().frequency, cdnow().recency, cdnow().age)

    assert found.converged
    assert found.customers == 2357
    assert parameters_of(found) == pytest.approx(published, rel=0.002)  # as precise as they are printed
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    assert found.gradient < 1e-6
    assert found.iterations < 100
    assert found.message.startswith("Converged")


@BOTH
@pytest.mark.parametrize("truth", [(0.8, 6.0, 0.7, 2.5), (0.25, 4.4, 0.8, 2.4), (3.0, 20.0, 1.0, 6.0)])
def test_the_parameters_that_customers_were_drawn_from_are_found(
    model: Model, truth: tuple[float, float, float, float]
) -> None:
    age = np.random.default_rng(2).uniform(20, 150, 30_000)

    found = fit_to(model, draw(parameters(model, *truth), age))

    assert found.converged
    assert parameters_of(found) == pytest.approx(truth, rel=0.12)
    assert found.a / (found.a + found.b) == pytest.approx(truth[2] / (truth[2] + truth[3]), rel=0.06)
    assert found.r / found.alpha == pytest.approx(truth[0] / truth[1], rel=0.06)


@BOTH
def test_customers_who_are_alike_may_be_counted_instead_of_repeated(model: Model) -> None:
    customers = some_customers(model)
    rows = compress(customers.frequency, customers.recency, customers.age)

    counted = fit(model, rows.frequency, rows.recency, rows.age, rows.weight)

    repeated = fit_to(model, customers)
    assert len(rows.weight) < 3000
    assert counted.customers == repeated.customers == 3000
    assert parameters_of(counted) == pytest.approx(parameters_of(repeated), rel=1e-4)
    assert counted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-9)


@BOTH
def test_days_instead_of_weeks_change_alpha_and_nothing_else(model: Model) -> None:
    customers = some_customers(model)

    weeks, days = fit_to(model, customers), fit_to(model, customers, unit=7)

    assert days.converged
    assert parameters_of(days) == pytest.approx((weeks.r, weeks.alpha * 7, weeks.a, weeks.b), rel=1e-4)
    # Each order has a density per unit of time.
    orders = customers.frequency.sum()
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - orders * np.log(7), rel=1e-9)


@BOTH
@pytest.mark.parametrize("at", [(0.7, 0.3, 0.9, 1.7), (0.05, 4.0, 0.01, 0.2), (30.0, 2.0, 8.0, 50.0)])
def test_the_derivatives_are_those_of_the_likelihood(model: Model, at: tuple[float, ...]) -> None:
    customers = some_customers(model, 500)
    weight = np.random.default_rng(3).integers(1, 5, 500).astype(float)
    likelihood = Likelihood(model, customers.frequency, customers.recency / 104, customers.age / 104, weight)
    point = np.array(at)

    _, slopes = likelihood.per_customer(point)

    for number, slope in enumerate(slopes):
        step = np.zeros(4)
        step[number] = 1e-5 * point[number]
        rise = likelihood.per_customer(point + step)[0] - likelihood.per_customer(point - step)[0]
        assert slope == pytest.approx(rise / (2 * step[number]), rel=1e-5, abs=1e-8)


def _of(count: int, frequency: float, recency: float, age: float) -> tuple[NDArray[np.float64], ...]:
    return np.full(count, frequency), np.full(count, recency), np.full(count, age)


@BOTH
@pytest.mark.parametrize(
    ("customers", "why"),
    [
        (_of(0, 0, 0, 0), "0 customers are too few: at least 10 are needed."),
        (_of(1, 2, 3, 9), "1 customers are too few: at least 10 are needed."),
        (_of(50, 0, 0, 10), "Nobody bought twice: there is nothing to learn from."),
        (_of(50, 1, 0, 0), "No time has passed since the first orders."),
        (_of(50, np.nan, 1, 2), "The numbers are not all finite."),
        (_of(50, 1, 1, np.inf), "The numbers are not all finite."),
    ],
)
def test_where_there_is_nothing_to_fit_it_says_so(
    model: Model, customers: tuple[NDArray[np.float64], ...], why: str
) -> None:
    found = fit(model, *customers)

    assert not found.converged
    assert found.message == why
    assert np.isnan([*parameters_of(found), found.log_likelihood]).all()


@BOTH
@pytest.mark.parametrize(
    "customers",
    [
        pytest.param(_of(500, 3, 10, 12), id="all the same"),
        pytest.param(_of(500, 1, 1, 100), id="all gone at once"),
        pytest.param(_of(500, 2, 0, 100), id="all orders on the first day"),
        pytest.param((np.eye(100)[0], np.eye(100)[0] * 5, np.full(100, 10.0)), id="one of them bought twice"),
        pytest.param(_of(50, 1e300, 1, 2), id="orders without number"),
        pytest.param(_of(50, 1, 1e-300, 2e-300), id="hardly any time"),
    ],
)
def test_customers_who_do_not_tell_the_parameters_are_no_error_and_no_success(
    model: Model, customers: tuple[NDArray[np.float64], ...]
) -> None:
    found = fit(model, *customers)

    assert not found.converged
    assert "These customers do not tell" in found.message


def test_customers_who_never_leave_leave_the_chance_to_leave_unknown() -> None:
    orders = np.random.default_rng(4).negative_binomial(2, 0.3, 3000).astype(float)

    found = fit(Model.BGNBD, orders, np.where(orders > 0, 9.5, 0.0), np.full(3000, 10.0))

    assert not found.converged
    assert found.a / (found.a + found.b) < 1e-3
