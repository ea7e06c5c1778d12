"""Property tests over whole random lives: each example is one seed, and lives in a database of its own making."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def seeded(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test with so many random values of its argument ``seed``. A life is no simpler for a smaller seed, so that
    nothing is shrunk."""
    how = settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        phases=[Phase.explicit, Phase.generate],
    )

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        return given(seed=st.integers(0, 2**32 - 1))(how(test))

    return decorate
