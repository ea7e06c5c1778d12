"""The flows, declared: what starts each, its steps, its limits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..config import Settings


@dataclass(frozen=True)
class Step:
    """One mail of a flow, ``delay`` after the moment the waiting counts from."""

    template: str
    delay: Callable[[Settings], timedelta]


@dataclass(frozen=True)
class Flow:
    """A flow. A step that comes more than ``shelf_life`` too late (after an outage) is not said any more."""

    key: str
    title: str
    enabled: Callable[[Settings], bool]
    steps: tuple[Step, ...]
    shelf_life: timedelta


ABANDONED_CART = Flow(
    key="abandoned_cart",
    title="Abandoned cart",
    enabled=lambda settings: settings.abandoned_cart_enabled,
    steps=(
        Step("abandoned_cart_1", lambda settings: settings.abandoned_cart_delay),
        Step("abandoned_cart_2", lambda settings: settings.abandoned_cart_second_delay),
    ),
    shelf_life=timedelta(hours=24),
)
# A key that is not here belongs to a flow that this version does not have (any more, or yet).
FLOWS = {flow.key: flow for flow in (ABANDONED_CART,)}
