"""Flows that rest for a while: nobody enters them, nothing of them is decided, and their mails wait in the outbox.

It holds from the next statement on, for every worker: each asks the database where it enrols, claims, locks and sends
(a batch that is just leaving asks again every few seconds). Afterwards all goes on; what is too old by then ends with
that reason, like after any outage.
"""

from datetime import datetime

from ..config import Settings
from .flow import Flow
from .models import Pause


def pause(flow: Flow, by: str, now: datetime) -> Pause:
    """Let a flow rest. One that rests already does so since when it did, and by whom."""
    return Pause.objects.get_or_create(flow=flow.key, defaults={"since": now, "by": by})[0]


def resume(flow: Flow) -> bool:
    """Let a flow go on. Returns whether it rested."""
    return bool(Pause.objects.filter(flow=flow.key).delete()[0])


def pauses() -> dict[str, Pause]:
    """The flows that rest, by key. One query."""
    return {one.flow: one for one in Pause.objects.all()}


def takes_in(flow: Flow, settings: Settings) -> bool:
    """Whether anybody may enter a flow now. One query, none where the flow is off."""
    return flow.enabled(settings) and not Pause.objects.filter(flow=flow.key).exists()
