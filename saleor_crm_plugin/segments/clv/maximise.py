"""Maximum likelihood for the value models: where a search ended, and whether that is an answer.

Parameters are positive, so the search goes over their logarithms: a step is then a factor, and none leads out of
what is allowed. Likelihoods are means over customers, so that one tolerance serves ten customers and ten million.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

# A parameter beyond e^14, or below e^-14, stands for one without end: the customers do not tell it. Unscaled times
# would need more room, which is why models divide them by their largest.
EDGE = 14.0
# The slope at which a search is over, in log-likelihood per customer and per factor e of a parameter. On CDNOW's 2,357
# customers a slope of 1e-6 leaves each parameter within 0.1 % of where the slope is nought.
FLAT = 1e-6
_STEPS = 500


@dataclass(frozen=True)
class Maximum:
    """Where a search ended: ``parameters``, the mean log-likelihood there, and how steep it still was (``slope``)."""

    parameters: NDArray[np.float64]
    value: float
    converged: bool
    iterations: int
    slope: float
    message: str


def maximise(
    likelihood: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    names: Sequence[str],
    starts: Sequence[Sequence[float]],
) -> Maximum:
    """The parameters under which ``likelihood`` is highest.

    ``likelihood`` gives its value at parameters, and its derivatives by each of them. Later ``starts`` are tried only
    where those before led nowhere. Never raises for what customers are like: the answer then says why there is none.
    """
    best: Maximum | None = None
    for start in starts:
        ended = _climb(likelihood, names, np.log(np.asarray(start, dtype=np.float64)))
        if ended.converged:
            return ended
        if best is None or ended.value > best.value or np.isnan(best.value):
            best = ended
    if best is None:
        raise ValueError("a search needs a start")
    return best


def _climb(
    likelihood: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    names: Sequence[str],
    start: NDArray[np.float64],
) -> Maximum:
    def downhill(logs: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parameters = np.exp(logs)
        value, slopes = likelihood(parameters)
        if not np.isfinite(value) or not np.isfinite(slopes).all():
            return 1e300, np.zeros_like(logs)  # a wall: the search steps back from it
        return -value, -slopes * parameters

    ended = minimize(
        downhill,
        np.clip(start, -EDGE, EDGE),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-EDGE, EDGE)] * len(names),
        options={"maxiter": _STEPS, "maxcor": 6, "ftol": 1e-15, "gtol": FLAT / 100},
    )
    logs: NDArray[np.float64] = ended.x
    parameters = np.exp(logs)
    value, slopes = likelihood(parameters)
    slope = float(np.abs(slopes * parameters).max())
    endless = [name for name, log in zip(names, logs, strict=True) if abs(log) > EDGE - 1e-3]
    # The optimiser's own verdict is not asked: it also gives up where no step betters the last bit of the value, which
    # on a flat top is success.
    converged = not endless and slope <= FLAT
    if converged:
        message = f"Converged: the slope fell to {slope:.0e}."
    elif not np.isfinite(value) or not np.isfinite(slope):
        message = "The numbers are too large or too small to compute with."
    elif endless:
        message = f"These customers do not tell {_listed(endless)}: likelihood only grows towards the edge."
    else:
        message = f"The search ended before the top was reached: the slope was still {slope:.0e}."
    return Maximum(parameters, value, converged, int(ended.nit), slope, message)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
