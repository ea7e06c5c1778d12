"""Who is still there and how many orders are to come: against papers, drawn customers, and plain integration."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import beta

from saleor_crm_plugin.segments.clv.forecast import expected_orders, expected_orders_of_new, probability_alive
from saleor_crm_plugin.segments.clv.purchase_models import Fit, Model, fit
from tests.segments.clv.cdnow import cdnow
from tests.segments.clv.shoppers import draw, parameters

BOTH = pytest.mark.parametrize("model", list(Model))


def one(value: float) -> NDArray[np.float64]:
    return np.array([value], dtype=np.float64)


def alive(truth: Fit, frequency: float, recency: float, age: float) -> float:
    return float(probability_alive(truth, one(frequency), one(recency), one(age))[0])


def orders(truth: Fit, time: float, frequency: float, recency: float, age: float) -> float:
    return float(expected_orders(truth, time, one(frequency), one(recency), one(age))[0])


@pytest.mark.parametrize(
    ("model", "still_there", "orders_in_39_weeks", "of_new"),
    [
        # Fader, Hardie and Lee (2005) print 1.226 for this customer; the rest by lifetimes 0.11.3.
        (Model.BGNBD, 0.72661, 1.2259, 1.19502),
        (Model.MBGNBD, 0.70613, 1.2627, 1.18228),
    ],
)
def test_a_customer_of_cdnow_is_forecast_as_published(
    model: Model, still_there: float, orders_in_39_weeks: float, of_new: float
) -> None:
    found = fit(model, cdnow().frequency, cdnow().recency, cdnow().age)

    assert alive(found, 2, 30.43, 38.86) == pytest.approx(still_there, abs=1e-4)
    assert orders(found, 39, 2, 30.43, 38.86) == pytest.approx(orders_in_39_weeks, abs=1e-4)
    assert float(expected_orders_of_new(found, 39)) == pytest.approx(of_new, abs=1e-4)


@BOTH
def test_forecasts_come_true_for_customers_drawn_as_the_model_says(model: Model) -> None:
    truth = parameters(model, 0.8, 6.0, 0.7, 2.5)
    customers = draw(truth, np.random.default_rng(5).uniform(5, 104, 200_000), time=52)
    facts = customers.frequency, customers.recency, customers.age

    told, to_come = probability_alive(truth, *facts), expected_orders(truth, 52, *facts)

    for frequency in (0, 1, 2, 5):
        group = customers.frequency == frequency
        count = group.sum()
        assert told[group].mean() == pytest.approx(customers.alive[group].mean(), abs=4 * 0.5 / math.sqrt(count))
        error = customers.to_come[group].std() / math.sqrt(count)
        assert to_come[group].mean() == pytest.approx(customers.to_come[group].mean(), abs=4 * error)


@BOTH
def test_orders_of_new_customers_come_true(model: Model) -> None:
    truth = parameters(model, 0.8, 6.0, 0.7, 2.5)
    customers = draw(truth, np.full(200_000, 52.0))

    error = customers.frequency.std() / math.sqrt(200_000)
    assert float(expected_orders_of_new(truth, 52)) == pytest.approx(customers.frequency.mean(), abs=4 * error)


def test_who_ordered_once_is_always_there_for_bgnbd_and_fades_for_mbgnbd() -> None:
    ages = [1.0, 10.0, 100.0]

    assert [alive(parameters(Model.BGNBD, 0.5, 4, 0.8, 2), 0, 0, age) for age in ages] == [1, 1, 1]
    fading = [alive(parameters(Model.MBGNBD, 0.5, 4, 0.8, 2), 0, 0, age) for age in ages]
    assert fading == sorted(fading, reverse=True)
    assert fading[0] < 2 / 2.8  # who may leave at once: b / (a + b)
    assert fading[2] < 0.5


def _by_integration(truth: Fit, time: float, frequency: float, age: float) -> float:
    """Orders of a customer who is there, as they are defined: over all chances to leave, and nothing else."""
    shape, ahead = truth.r + frequency, time / (truth.alpha + age)
    spread = beta(truth.a, truth.b + frequency + (truth.model is Model.MBGNBD))

    def with_chance(rank: float) -> float:
        p = float(spread.ppf(rank))
        return -math.expm1(-shape * math.log1p(p * ahead)) / p if p > 1e-300 else shape * ahead

    return float(quad(with_chance, 0, 1, limit=500, epsabs=0, epsrel=1e-9)[0])


@BOTH
@pytest.mark.parametrize(
    ("r", "alpha", "a", "b"),
    [
        pytest.param(0.243, 4.414, 0.793, 2.426, id="cdnow"),
        pytest.param(0.5, 3.0, 1.0, 2.0, id="a is 1"),
        pytest.param(0.5, 3.0, 1 + 1e-9, 2.0, id="a next to 1"),
        pytest.param(0.5, 3.0, 1 - 2e-6, 2.0, id="a near 1"),
        pytest.param(0.5, 3.0, 0.5, 0.5, id="a and b make 1"),
        pytest.param(0.5, 3.0, 0.3, 0.3, id="a and b make less than 1"),
        pytest.param(0.05, 0.01, 1.3, 400.0, id="hardly anybody leaves"),
        pytest.param(40.0, 30.0, 300.0, 200.0, id="all much alike"),
        pytest.param(1e6, 1e7, 1e6, 3e6, id="all alike"),
    ],
)
@pytest.mark.parametrize(("frequency", "age"), [(0, 0), (0, 30), (3, 30), (1000, 60)])
def test_expected_orders_are_what_their_definition_says(
    model: Model, r: float, alpha: float, a: float, b: float, frequency: float, age: float
) -> None:
    truth = parameters(model, r, alpha, a, b)

    for time in (0.1, 52.0):
        told = orders(truth, time, frequency, age, age) / alive(truth, frequency, age, age)
        assert told == pytest.approx(_by_integration(truth, time, frequency, age), rel=1e-6)


SIZES = st.floats(0.01, 100)
FITS = st.builds(parameters, st.sampled_from(list(Model)), SIZES, SIZES, SIZES, SIZES)


@given(FITS, st.integers(0, 300), st.floats(0, 500), st.lists(st.floats(0, 500), min_size=2, max_size=5))
def test_the_longer_the_silence_the_less_likely_is_a_return(
    truth: Fit, frequency: int, recency: float, silences: list[float]
) -> None:
    recency = recency if frequency else 0.0

    told = [alive(truth, frequency, recency, recency + silence) for silence in sorted(silences)]

    assert all(0 <= chance <= 1 for chance in told)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(told))


@given(FITS, st.integers(0, 300), st.floats(0, 500), st.floats(0, 500), st.floats(0.01, 100), st.floats(1.1, 10))
def test_more_time_brings_more_orders_but_never_more_than_of_one_who_stays(
    truth: Fit, frequency: int, recency: float, silence: float, time: float, longer: float
) -> None:
    recency = recency if frequency else 0.0
    history = frequency, recency, recency + silence

    told, told_later = orders(truth, time, *history), orders(truth, time * longer, *history)

    assert 0 <= told <= told_later * (1 + 1e-9)
    assert told <= (truth.r + frequency) / (truth.alpha + recency + silence) * time * (1 + 1e-9)


def test_no_time_brings_no_orders() -> None:
    assert orders(parameters(Model.BGNBD, 0.5, 4, 0.8, 2), 0, 3, 5, 9) == 0


@BOTH
def test_a_model_that_was_not_fitted_forecasts_nothing(model: Model) -> None:
    unknown = fit(model, np.zeros(50), np.zeros(50), np.ones(50))

    assert math.isnan(alive(unknown, 0, 0, 9))
    assert math.isnan(alive(unknown, 2, 3, 9))
    assert math.isnan(orders(unknown, 52, 2, 3, 9))
