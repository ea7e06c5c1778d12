"""Gamma-Gamma: what customers spend on an order, and with orders to come their value."""

import numpy as np
import pytest
from numpy.typing import NDArray

from saleor_crm_plugin.segments.clv.forecast import expected_orders
from saleor_crm_plugin.segments.clv.purchase_models import Model, fit
from saleor_crm_plugin.segments.clv.spend_model import (
    SpendFit,
    SpendLikelihood,
    expected_spend,
    fit_spend,
    lifetime_value,
)
from tests.segments.clv.cdnow import cdnow


def spend_by(p: float, q: float, v: float) -> SpendFit:
    """A model with these parameters, as if fitted."""
    return SpendFit(p, q, v, 0.0, True, 0, 0.0, "", 1)


def customers(count: int, p: float, q: float, v: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, and mean spend drawn as the model says."""
    random = np.random.default_rng(6)
    frequency = random.integers(1, 9, count).astype(float)
    scale = random.gamma(q, 1 / v, count)
    return frequency, random.gamma(p * frequency) / (scale * frequency)


def test_cdnow_gives_the_published_numbers() -> None:
    value = cdnow().value
    assert value is not None

    found = fit_spend(cdnow().frequency, value)

    # Fader and Hardie (2013), p. 6; the likelihood by lifetimes 0.11.3.
    assert found.converged
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.002)
    assert found.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    assert found.customers == 946


def test_the_parameters_that_spend_was_drawn_from_are_found() -> None:
    found = fit_spend(*customers(40_000, 6.0, 4.0, 15.0))

    assert found.converged
    assert (found.p, found.q, found.v) == pytest.approx((6.0, 4.0, 15.0), rel=0.05)


def test_yen_instead_of_euros_change_v_and_nothing_else() -> None:
    frequency, value = customers(2000, 6.0, 4.0, 15.0)

    euros, yen = fit_spend(frequency, value), fit_spend(frequency, value * 160)

    assert (yen.p, yen.q, yen.v) == pytest.approx((euros.p, euros.q, euros.v * 160), rel=1e-4)
    assert yen.log_likelihood == pytest.approx(euros.log_likelihood - 2000 * np.log(160), rel=1e-9)


def test_customers_who_are_alike_may_be_counted_instead_of_repeated() -> None:
    frequency, value = customers(300, 6.0, 4.0, 15.0)
    weight = np.random.default_rng(7).integers(1, 4, 300)

    counted = fit_spend(frequency, value, weight.astype(float))

    repeated = fit_spend(np.repeat(frequency, weight), np.repeat(value, weight))
    assert counted.customers == repeated.customers == weight.sum()
    assert (counted.p, counted.q, counted.v) == pytest.approx((repeated.p, repeated.q, repeated.v), rel=1e-4)
    assert counted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-9)


@pytest.mark.parametrize("at", [(2.0, 3.0, 1.0), (0.1, 40.0, 7.0), (50.0, 0.5, 0.02)])
def test_the_derivatives_are_those_of_the_likelihood(at: tuple[float, ...]) -> None:
    frequency, value = customers(300, 6.0, 4.0, 1.0)
    likelihood = SpendLikelihood(frequency, value, np.arange(1.0, 301))
    point = np.array(at)

    _, slopes = likelihood.per_customer(point)

    for number, slope in enumerate(slopes):
        step = np.zeros(3)
        step[number] = 1e-5 * point[number]
        rise = likelihood.per_customer(point + step)[0] - likelihood.per_customer(point - step)[0]
        assert slope == pytest.approx(rise / (2 * step[number]), rel=1e-5, abs=1e-8)


def test_those_without_repeat_orders_or_without_a_value_do_not_count() -> None:
    frequency, value = customers(500, 6.0, 4.0, 15.0)

    found = fit_spend(np.append(frequency, [0, 3, 0, 2]), np.append(value, [0, 0, 99, np.nan]))

    assert found == fit_spend(frequency, value)


@pytest.mark.parametrize(
    ("frequency", "value", "why"),
    [
        ([], [], "0 customers with repeat orders are too few: at least 10 are needed."),
        ([0] * 50, [0] * 50, "0 customers with repeat orders are too few: at least 10 are needed."),
        ([2] * 9, [5] * 9, "9 customers with repeat orders are too few: at least 10 are needed."),
        ([2] * 50, [5] * 50, "These customers do not tell"),
        ([1e300] * 50, [5] * 50, ""),
        ([1] * 50, [1e-300, 1e300] * 25, ""),
    ],
)
def test_spend_that_tells_nothing_is_no_error_and_no_success(
    frequency: list[float], value: list[float], why: str
) -> None:
    found = fit_spend(np.array(frequency, dtype=float), np.array(value, dtype=float))

    assert not found.converged
    assert why in found.message


def test_expected_spend_goes_from_the_mean_of_all_to_ones_own_with_every_order() -> None:
    model = spend_by(6.0, 4.0, 15.0)
    frequency = np.array([0.0, 1, 10, 1000])

    spend = expected_spend(model, frequency, np.array([0.0, 100, 100, 100]))

    assert spend[0] == pytest.approx(6 * 15 / 3)  # p v / (q - 1)
    assert (np.diff(spend) > 0).all()
    assert spend[1] == pytest.approx(6 * (15 + 100) / 9)
    assert spend[3] == pytest.approx(100, rel=0.001)


def test_who_bought_again_without_a_known_value_is_expected_to_spend_the_mean_of_all() -> None:
    assert expected_spend(spend_by(6.0, 4.0, 15.0), np.array([7.0]), np.array([0.0])) == pytest.approx(30)


def test_where_a_few_spend_without_bounds_the_mean_of_all_is_infinite_but_ones_own_is_not() -> None:
    spend = expected_spend(spend_by(6.0, 0.9, 15.0), np.array([0.0, 2]), np.array([0.0, 20]))

    assert spend[0] == np.inf
    assert spend[1] == pytest.approx(6 * (15 + 40) / 11.9)


def test_value_is_orders_times_spend_and_as_lifetimes_has_it() -> None:
    found = cdnow()
    assert found.value is not None
    purchases = fit(Model.BGNBD, found.frequency, found.recency, found.age)
    spend = fit_spend(found.frequency, found.value)
    year = 12 * 4.345  # weeks, as lifetimes counts them

    value = lifetime_value(purchases, spend, year, found.frequency, found.recency, found.age, found.value)

    orders = expected_orders(purchases, year, found.frequency, found.recency, found.age)
    assert value == pytest.approx(orders * expected_spend(spend, found.frequency, found.value))
    assert value.sum() == pytest.approx(75_872.12, rel=1e-4)  # customer_lifetime_value(discount_rate=0, freq="W")
