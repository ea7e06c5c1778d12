"""What customers will bring: MBG/NBD for how often they come back, Gamma-Gamma for what they spend, fitted to all.

Customers are alike to the models where their numbers of repeat days and their weeks are the same: a million of them are
some ten thousand different ones. Only those leave the database; what the models say of each goes back to all who are
alike in one statement.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from .clv.forecast import expected_orders, probability_alive
from .clv.purchase_models import Fit, Model, fit
from .clv.spend_model import SpendFit, fit_spend
from .models import ModelFit
from .rhythm import LEAST_REPEATERS, MBGNBD, ORDER_GAPS, measure_gaps
from .staging import Run, execute

GAMMA_GAMMA = "gamma_gamma"
REFIT_AFTER = timedelta(days=7)
_YEAR = 365 / 7  # weeks, as all times here

# When each contact bought, over all currencies. Who bought in two may have done so on one day, which counts once.
RHYTHM = """
SELECT contact_id, min(first_at) AS first_at, max(last_at) AS last_at,
    CASE WHEN count(*) = 1 THEN min(days) ELSE (
        SELECT count(DISTINCT (placed_at AT TIME ZONE 'UTC')::date) FROM crm_purchase p
        WHERE p.contact_id = v.contact_id AND counts
    ) END AS days
FROM crm_customer_value v WHERE contact_id IS NOT NULL GROUP BY contact_id
"""

# The same with repeat days (x), and weeks from the first purchase to the last (t_x) and to now (t).
_TIMED = f"""
SELECT contact_id, days - 1 AS x, round(date_part('epoch', last_at - first_at) / 604800)::int AS t_x,
    round(greatest(date_part('epoch', %(now)s - first_at), date_part('epoch', last_at - first_at)) / 604800)::int AS t
FROM ({RHYTHM}) rhythm
"""  # noqa: S608 - of constants

_ALIKE = f"SELECT x, t_x, t, count(*) FROM ({_TIMED}) timed GROUP BY x, t_x, t ORDER BY x, t_x, t"  # noqa: S608 - the same

# Days with purchases and the mean spent on one, in steps of one hundredth: finer than any shop's prices are known.
_SPENT = """
SELECT days, exp(mean / 100), count(*) FROM (
    SELECT days, round(100 * ln((amount / days)::float8)) AS mean FROM crm_customer_value
    WHERE currency = %(currency)s AND amount > 0 AND contact_id IS NOT NULL
) spent GROUP BY days, mean ORDER BY days, mean
"""

_TABLE = """
DROP TABLE IF EXISTS pg_temp.crm_forecast;
CREATE TEMPORARY TABLE crm_forecast (
    x int, t_x int, t int, p_alive float8, expected_orders float8, PRIMARY KEY (x, t_x, t)
) ON COMMIT DROP
"""

# What customers will bring: the orders of all who are alike, shared out among a contact's currencies as its days are so
# far, times what it will spend (Fader and Hardie, "The Gamma-Gamma Model of Monetary Value", 2013, equation 5; a day
# with purchases is a transaction, the first one too).
_WRITE = f"""
WITH forecast AS (
    SELECT v.contact_id, v.currency, f.p_alive,
        f.expected_orders * v.days / sum(v.days) OVER (PARTITION BY v.contact_id) AS expected_orders,
        s.p * (s.v + greatest(v.amount, 0)::float8) / (s.p * v.days + s.q - 1) AS spend
    FROM crm_customer_value v JOIN ({_TIMED}) timed USING (contact_id) JOIN crm_forecast f USING (x, t_x, t)
    LEFT JOIN unnest(%(currencies)s::text[], %(p)s::float8[], %(q)s::float8[], %(v)s::float8[]) AS s (currency, p, q, v)
    USING (currency)
), differing AS (
    SELECT f.* FROM (
        SELECT contact_id, currency, p_alive, expected_orders,
            round((expected_orders * spend)::numeric, 3) AS expected_value
        FROM forecast WHERE spend IS NOT NULL
    ) f LEFT JOIN crm_lifetime_value l USING (contact_id, currency)
    WHERE (l.p_alive, l.expected_orders, l.expected_value)
        IS DISTINCT FROM (f.p_alive, f.expected_orders, f.expected_value)
)
INSERT INTO crm_lifetime_value (contact_id, currency, p_alive, expected_orders, expected_value, computed_at)
SELECT contact_id, currency, p_alive, expected_orders, expected_value, %(now)s FROM differing
ON CONFLICT (contact_id, currency) DO UPDATE SET p_alive = excluded.p_alive, computed_at = excluded.computed_at,
    expected_orders = excluded.expected_orders, expected_value = excluded.expected_value
"""  # noqa: S608 - of constants

# Values of customers, or in currencies, of whom the models say nothing.
_DELETE = """
DELETE FROM crm_lifetime_value l WHERE currency <> ALL(%(currencies)s::text[])
OR NOT EXISTS (SELECT FROM crm_customer_value v WHERE v.contact_id = l.contact_id AND v.currency = l.currency)
"""


def due(now: datetime) -> bool:
    """Whether the models are to be fitted anew: a week after they were."""
    return not ModelFit.objects.filter(model=MBGNBD, fitted_at__gt=now - REFIT_AFTER).exists()


def refresh(run: Run) -> None:
    """Fit the models to all customers, and write what they say of each. Where they say nothing, ModelFit says why."""
    x, t_x, t, customers = _columns(_ALIKE, {"now": run.now}, 4)
    model = fit(Model.MBGNBD, x, t_x, t, customers)
    repeaters = int(customers[x > 0].sum())
    params = {"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b} if model.converged else {}
    _keep(MBGNBD, "", {**params, "repeaters": repeaters}, model, run.now)
    _keep_gaps(run, carries=model.converged and repeaters >= LEAST_REPEATERS)
    spends = {currency: fit for currency, fit in _spends(run.now) if model.converged and fit.converged and fit.q > 1}
    _write(run, model, spends, (x, t_x, t))


def _spends(now: datetime) -> Iterable[tuple[str, SpendFit]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT currency FROM crm_customer_value ORDER BY currency")
        currencies = [currency for (currency,) in cursor.fetchall()]
    ModelFit.objects.filter(model=GAMMA_GAMMA).exclude(currency__in=currencies).delete()
    for currency in currencies:
        days, mean, customers = _columns(_SPENT, {"currency": currency}, 3)
        spend = fit_spend(days, mean, customers)
        params = {"p": spend.p, "q": spend.q, "v": spend.v} if spend.converged else {}
        _keep(GAMMA_GAMMA, currency, params, spend, now)
        yield currency, spend


def _write(run: Run, model: Fit, spends: dict[str, SpendFit], alike: tuple[NDArray[np.float64], ...]) -> None:
    execute(_TABLE)
    if spends:
        alive, orders = probability_alive(model, *alike), expected_orders(model, _YEAR, *alike)
        with connection.cursor() as cursor, cursor.copy("COPY crm_forecast FROM STDIN") as copy:
            for row in zip(*alike, alive, orders, strict=True):
                copy.write_row((int(row[0]), int(row[1]), int(row[2]), float(row[3]), float(row[4])))
        execute("ANALYZE crm_forecast")
    execute(_DELETE, {"currencies": list(spends)})
    execute(
        _WRITE,
        {
            "now": run.now,
            "currencies": list(spends),
            "p": [spend.p for spend in spends.values()],
            "q": [spend.q for spend in spends.values()],
            "v": [spend.v for spend in spends.values()],
        },
    )


def _keep_gaps(run: Run, *, carries: bool) -> None:
    """Measure the gaps that stages go by where the model does not carry."""
    quantiles, gaps = ({}, 0) if carries else measure_gaps()
    message = "Not needed: the model carries." if carries else "" if quantiles else "There are too few."
    _store(
        ModelFit(
            model=ORDER_GAPS, params=quantiles, customers=gaps, converged=bool(quantiles), message=message,
            fitted_at=run.now,
        )
    )  # fmt: skip


def _keep(name: str, currency: str, params: dict[str, float], fitted: Fit | SpendFit, now: datetime) -> None:
    _store(
        ModelFit(
            model=name, currency=currency, params=params, customers=fitted.customers, converged=fitted.converged,
            log_likelihood=fitted.log_likelihood if fitted.converged else None, message=fitted.message, fitted_at=now,
        )
    )  # fmt: skip


def _store(fitted: ModelFit) -> None:
    """Keep a fit, unless it is kept already just so."""
    values = {f.name: getattr(fitted, f.name) for f in ModelFit._meta.concrete_fields if f.name != "id"}
    if not ModelFit.objects.filter(**{k: v for k, v in values.items() if v is not None}).exists():
        key = {name: values.pop(name) for name in ("model", "currency")}
        ModelFit.objects.update_or_create(**key, defaults=values)


def _columns(sql: str, params: dict[str, Any], count: int) -> list[NDArray[np.float64]]:
    """The columns of an answer as arrays. Rows are read in parts: they are some ten thousand, but may be more."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(50_000):
            parts.append(np.array(rows, dtype=np.float64))
    whole = np.concatenate(parts) if parts else np.empty((0, count))
    return [np.ascontiguousarray(whole[:, place]) for place in range(count)]
