"""``crm replay``: rehearses flows on the shop's own past, and sends nothing."""

import csv
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...config import Settings
from ...contacts.address import normalise
from ...contacts.models import Contact
from ...flows.catalogue import FLOWS
from ...flows.explain import NOBODY
from ...flows.flow import Flow
from ...flows.replay.rehearse import Event
from ...flows.replay.run import replay
from ...flows.replay.tally import COLUMNS, FlowTally, Tally
from ...flows.replay.words import limits, not_rehearsed, said
from ...shop.port import get_shop
from . import Options, Verbs, verb
from .private_file import private_file
from .spreadsheet import text

_MOST_DAYS = 730
_COLUMNS = ("at", "flow", "mail", "email", "what", "reason", "words", "about")


def add(verbs: Verbs) -> None:
    sentence = "Rehearse flows on the shop's own past: who would have got what and when. Nothing is sent or written."
    parser = verb(verbs, "replay", sentence, _replay)
    parser.add_argument("--days", type=_days, default=90, help="how far back (90)")
    parser.add_argument("--flow", action="append", choices=FLOWS, metavar="KEY", help="only this one; repeat for more")
    parser.add_argument("--contact", metavar="EMAIL", help="tell what would have happened to one customer")
    parser.add_argument("--csv", metavar="FILE", help="write everything that would have happened there, with addresses")


def _replay(options: Options, out: OutputWrapper) -> None:
    try:
        settings = config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError("The settings can't be read: open their page in the Dashboard.") from error
    until = work.now()
    since = until - timedelta(days=options["days"])
    asked = [FLOWS[key] for key in dict.fromkeys(options["flow"] or FLOWS)]
    flows = [flow for flow in asked if not not_rehearsed(flow.key)]
    zone = settings.time_zone
    first, last = (f"{moment.astimezone(zone):%Y-%m-%d}" for moment in (since, until))
    out.write(f"A rehearsal of {first} to {last}: nothing is sent.")
    contact = _contact(options["contact"]) if options["contact"] else None
    events: list[Event] = []
    tally = Tally({flow.key: flow for flow in flows}, zone)

    def tell(event: Event) -> None:
        tally(event)
        if contact or options["csv"]:
            events.append(event)

    replay(flows, settings, since, until, tell, contact.pk if contact else None)
    events.sort(key=attrgetter("at"))
    if options["csv"]:
        _write(Path(options["csv"]), events)
        out.write(f"{len(events):,} events are in {options['csv']}.")
    lines = _timeline(asked, events, zone) if contact else _tables(asked, tally, settings)
    for line in lines:
        out.write(line)


def _contact(email: str) -> Contact:
    address = normalise(email)
    contact = Contact.objects.filter(email=address).first() if address else None
    if contact is None:
        raise CommandError(NOBODY)
    return contact


def _timeline(asked: Sequence[Flow], events: Sequence[Event], zone: ZoneInfo) -> Iterator[str]:
    unknown = [flow for flow in asked if not_rehearsed(flow.key)]
    if not events and len(unknown) < len(asked):
        yield "Nothing would have happened to this customer."
    for event in events:
        title = FLOWS[event.flow].title
        what = said(event.what, event.reason)
        yield f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}  {title}, mail {event.mail}: {what}"
    yield from map(_not_rehearsed, unknown)


def _tables(asked: Sequence[Flow], tally: Tally, settings: Settings) -> Iterator[str]:
    for flow in asked:
        yield ""
        if not_rehearsed(flow.key):
            yield _not_rehearsed(flow)
            continue
        on = "" if flow.enabled(settings) else ", which is off"
        yield f"{flow.title} ({flow.key}{on})"
        yield from _table(tally.flows[flow.key])
        yield f"  {limits(flow.key)}"


def _not_rehearsed(flow: Flow) -> str:
    return f"{flow.title} ({flow.key}): not rehearsed. {not_rehearsed(flow.key)}"


def _table(found: FlowTally) -> Iterator[str]:
    if not found.weeks:
        yield "  Nobody would have entered."
        return
    yield f"  {'week of':<10}" + "".join(f"{column:>12}" for column in COLUMNS)
    for monday, counts in sorted(found.weeks.items()):
        yield f"  {monday:%Y-%m-%d}" + "".join(f"{counts[column]:>12,}" for column in COLUMNS)
    total = found.total
    yield f"  {'all':<10}" + "".join(f"{total.get(column, 0):>12,}" for column in COLUMNS)
    yield f"  {len(found.got):,} customers would have got a mail."
    for (what, reason), count in found.reasons.most_common():
        yield f"  {count:>8,}  {said(what, reason)}"


def _write(file: Path, events: Iterable[Event]) -> None:
    """RFC 4180, in UTF-8, for the owner alone. Raises CommandError where the file can't be written."""
    events = list(events)
    emails = dict(Contact.objects.filter(pk__in={event.contact_id for event in events}).values_list("pk", "email"))
    try:
        with private_file(file) as target:
            writer = csv.writer(target)
            writer.writerow(_COLUMNS)
            for one in events:
                writer.writerow(_row(one, emails.get(one.contact_id) or ""))
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}.") from error


def _row(event: Event, email: str) -> list[str | int]:
    return [
        event.at.isoformat(timespec="seconds"),
        event.flow,
        event.mail,
        text(email),
        str(event.what),
        str(event.reason),
        said(event.what, event.reason),
        text(event.subject_id),
    ]


def _days(words: str) -> int:
    if not words.isascii() or not words.isdigit() or not 1 <= int(words) <= _MOST_DAYS:
        raise ArgumentTypeError(f"“{words}” is not a number of days from 1 to {_MOST_DAYS}")
    return int(words)
