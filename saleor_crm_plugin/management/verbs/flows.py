"""``crm flows``: the flows as they are set; lets them rest and go on."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...config import Settings
from ...flows.catalogue import FLOWS
from ...flows.flow import Flow
from ...flows.models import Pause
from ...flows.pauses import pause, pauses, resume
from ...shop.port import get_shop
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    text = "List the flows as they are set, and those that rest; let one rest, or go on."
    parser = verb(verbs, "flows", text, _flows)
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--pause", metavar="KEY", choices=FLOWS, help="nobody enters this flow, its mails wait")
    doing.add_argument("--resume", metavar="KEY", choices=FLOWS, help="it goes on")


def _flows(options: Options, out: OutputWrapper) -> None:
    if options["pause"]:
        pause(FLOWS[options["pause"]], "", work.now())
    if options["resume"]:
        resume(FLOWS[options["resume"]])
    try:
        settings = config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError("The settings can't be read: open their page in the Dashboard.") from error
    for line in _table(settings, pauses()):
        out.write(line)


def _table(settings: Settings, resting: dict[str, Pause]) -> Iterator[str]:
    for flow in FLOWS.values():
        state = "on" if flow.enabled(settings) else "off"
        held = "asked for" if flow.asked_for else f"{settings.holdout_percent} % held out"
        delays = ", ".join(in_words(step.delay(settings)) for step in flow.steps)
        yield f"{flow.key:<20} {state:<4} {held:<14} after {delays}{paused(flow, settings, resting)}"


def paused(flow: Flow, settings: Settings, resting: dict[str, Pause]) -> str:
    """That a flow rests, since when and by whom, in the shop's time; "" where it does not."""
    if flow.key not in resting:
        return ""
    one = resting[flow.key]
    return f"; paused since {one.since.astimezone(settings.time_zone):%Y-%m-%d %H:%M} by {one.by or 'command'}"


def in_words(delay: timedelta) -> str:
    """A delay as settings have it."""
    minutes = delay // timedelta(minutes=1)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
