"""Where training is computed: on this machine, or on another engine that reads the same tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from ...config import GuardRules
from ...shop.port import Shop

Progress = Callable[[str], None]


class EngineNotReady(Exception):  # noqa: N818 - a message to people
    """The engine can't be used as this machine or the settings are. The message says why."""


@dataclass(frozen=True)
class Order:
    """What is to be trained: the run whose lists are made (``lists.Lists``), as of a moment, by the owner's rules."""

    run_id: int
    shop: Shop
    rules: GuardRules
    now: datetime
    progress: Progress


@dataclass(frozen=True)
class Trained:
    """What was learnt from, and what was picked (as in ``models.TrainingRun``)."""

    customers: int
    products: int
    lines: int
    popular_half_life: float
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Engine(Protocol):
    """Trains. What it raises leaves the lists of the last training in use."""

    name: str

    def train(self, order: Order) -> Trained:
        """Make the lists of a run. Not in a transaction: the work takes minutes. Raises EngineNotReady."""


@cache
def get_engine() -> Engine:
    """The engine named by the Django setting ``CRM_RECS_ENGINE``; this machine's own where it is not set.

    Raises EngineNotReady.
    """
    path = getattr(settings, "CRM_RECS_ENGINE", "saleor_crm_plugin.recs.served.local.LocalEngine")
    engine: Engine = import_string(path)()
    return engine
