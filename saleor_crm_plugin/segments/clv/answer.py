"""How ``saleor-crm clv`` says what it found: to people, and to programs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .overview import YEAR, Group
from .purchase_models import Fit, Model
from .spend_model import SpendFit

_TITLES = {Model.BGNBD: "BG/NBD", Model.MBGNBD: "MBG/NBD"}


@dataclass(frozen=True)
class Answer:
    """All that is told of a file. ``seconds`` are the purchase model's: to find customers who are alike, and to fit."""

    fit: Fit
    seconds: float
    spend: SpendFit | None  # None where the file names no money
    groups: list[Group]  # the last is all customers; none where there was nothing to fit
    new: float  # orders of a new customer after the first, in 12 months
    rows: int  # customers who differ from each other
    bought_again: int  # customers
    refused: int  # lines of the file
    unit: str  # of times, a key of YEAR


def as_json(answer: Answer) -> dict[str, Any]:
    """One object of plain values. What is not known, or not finite, is null: JSON has no other word for it."""
    fit, spend = answer.fit, answer.spend
    said: dict[str, Any] = {
        "model": fit.model.value,
        "params": {"r": _plain(fit.r), "alpha": _plain(fit.alpha), "a": _plain(fit.a), "b": _plain(fit.b)},
        "log_likelihood": _plain(fit.log_likelihood),
        "converged": fit.converged,
        "seconds": round(answer.seconds, 4),
        "message": fit.message,
        "iterations": fit.iterations,
        "gradient": _plain(fit.gradient),
        "customers": fit.customers,
        "bought_again": answer.bought_again,
        "rows": answer.rows,
        "refused": answer.refused,
        "unit": answer.unit,
    }
    if spend:
        said["gamma_gamma"] = {
            "params": {"p": _plain(spend.p), "q": _plain(spend.q), "v": _plain(spend.v)},
            "log_likelihood": _plain(spend.log_likelihood),
            "converged": spend.converged,
            "message": spend.message,
            "customers": spend.customers,
        }
    if answer.groups:
        said["next_12_months"] = {
            "orders_of_a_new_customer": _plain(answer.new),
            "by_repeat_orders": {group.name: _as_json(group) for group in answer.groups},
        }
    return said


def as_text(answer: Answer) -> Iterator[str]:
    """Lines to read."""
    fit, spend, year = answer.fit, answer.spend, YEAR[answer.unit]
    yield f"{_TITLES[fit.model]} on {fit.customers:,} customers, of whom {answer.bought_again:,} bought again"
    if answer.refused:
        yield f"{answer.refused:,} lines of the file were left out: they can't be right."
    yield f"{fit.message} {fit.iterations} steps over {answer.rows:,} different customers, {answer.seconds:.2f} s."
    if not answer.groups:
        return
    yield f"  r {fit.r:.4f}   alpha {fit.alpha:.4f} {answer.unit}   a {fit.a:.4f}   b {fit.b:.4f}"
    yield f"  log-likelihood {fit.log_likelihood:,.1f}"
    if spend:
        yield ""
        yield f"Gamma-Gamma on {spend.customers:,} customers who bought again and whose spend is known"
        yield f"{spend.message} {spend.iterations} steps."
        if math.isfinite(spend.p):
            yield f"  p {spend.p:.4f}   q {spend.q:.4f}   v {spend.v:.4f}   log-likelihood {spend.log_likelihood:,.1f}"
    yield ""
    yield f"In 12 months from now ({year:.2f} {answer.unit}), by how often customers bought again until now:"
    yield f"{'bought again':>14}{'customers':>12}{'still there':>14}{'orders':>12}{'each':>8}" + (
        f"{'value':>16}{'each':>12}" if spend else ""
    )
    for group in answer.groups:
        line = f"{group.name:>14}{group.customers:>12,}{group.alive / group.customers:>13.0%} "
        line += f"{group.orders:>12,.0f}{group.orders / group.customers:>8.2f}"
        if group.value is not None:
            line += f"{_or_dash(group.value, ',.0f'):>16}{_or_dash(group.value / group.customers, ',.2f'):>12}"
        yield line
    yield f"A new customer will order {answer.new:.2f} times more in the 12 months after the first order."
    if spend:
        yield "Value is orders times spend an order, in the file's currency, turnover and not discounted."


def _as_json(group: Group) -> dict[str, Any]:
    said = {"customers": group.customers, "alive": _plain(group.alive), "orders": _plain(group.orders)}
    return said if group.value is None else {**said, "value": _plain(group.value)}


def _or_dash(number: float, form: str) -> str:
    return format(number, form) if math.isfinite(number) else "-"


def _plain(number: float) -> float | None:
    return number if math.isfinite(number) else None
