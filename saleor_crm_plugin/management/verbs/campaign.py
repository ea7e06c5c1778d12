"""``crm campaign``: newsletters from their file to their report."""

import json
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from ... import config, work
from ...config import Settings
from ...contacts.address import normalise
from ...contacts.models import Contact
from ...emails.own.words import Problem
from ...flows.audience.conditions import AudienceError
from ...flows.audience.count import Counted, count
from ...flows.audience.known import meant
from ...flows.audience.lines import told as told_by_lines
from ...flows.campaigns import course, draft, file, told
from ...flows.campaigns.draft import CampaignError
from ...flows.campaigns.models import Campaign
from ...flows.campaigns.preview import wanted
from ...flows.campaigns.report import Report, report
from ...flows.explain import NOBODY
from ...flows.preview import Wanted, preview, send_test
from ...flows.uplift.plain import plain
from ...shop.port import get_shop
from . import Options, Verbs, verb

_MOST_NAMED = 1000
_BY = ""  # as everywhere: done by command


def add(verbs: Verbs) -> None:
    text = "Write newsletters, count whom they reach, have them sent, and tell what they brought."
    what = verb(verbs, "campaign", text, _list).add_subparsers(dest="what", metavar="WHAT")
    _step(what, "list", "List the newsletters.", _list)
    creating = _step(what, "create", "Keep a draft that a file (TOML) tells of.", _create)
    creating.add_argument("file", type=Path)
    updating = _one(what, "update", "Change a draft to what a file tells.", _update)
    updating.add_argument("file", type=Path)
    counting = _step(what, "count", "Count an audience, and name some of it.", _count)
    counting.add_argument("id", type=int, nargs="?", help="of a newsletter; or say whom you mean:")
    counting.add_argument(
        "--where", action="append", default=[], metavar="NAME=VALUE", help="a condition, each its own"
    )
    counting.add_argument(
        "--channel", action="append", default=[], metavar="SLUG", help="who buys elsewhere is left out"
    )
    counting.add_argument("--sample", type=_some, default=10, metavar="N", help="how many people to name (10)")
    previewing = _one(what, "preview", "Write it to a file as a customer would get it.", _preview)
    previewing.add_argument("file", type=Path, help="HTML, or text where its name ends in .txt")
    testing = _one(what, "test", "Send it to one address to try it out.", _test)
    testing.add_argument("to", metavar="EMAIL")
    for parser in (previewing, testing):
        parser.add_argument("--version", default="a", choices=("a", "b"))
        parser.add_argument("--language", default="", metavar="CODE")
        parser.add_argument("--customer", default="", metavar="EMAIL", help="as this customer gets it")
    scheduling = _one(what, "schedule", "Have a draft sent.", _schedule)
    scheduling.add_argument("--at", metavar="TIME", help="such as 2026-12-01T09:30, in the shop's time; now without it")
    _one(what, "unschedule", "Make one that has not begun a draft again.", _does(course.unschedule))
    _one(what, "pause", "Let nothing more of it leave.", _does(course.pause))
    _one(what, "resume", "Let it go on.", _does(course.resume))
    _one(what, "cancel", "End it for good.", _does(course.cancel))
    choosing = _one(what, "choose", "Say which version the others get, when the test shows nothing.", _choose)
    choosing.add_argument("winner", choices=("a", "b", "both"))
    reporting = _one(what, "report", "Tell what became of it, and what it is worth.", _report)
    reporting.add_argument("--json", action="store_true", help="for programs")


def _step(what: Verbs, name: str, text: str, run: Callable[[Options, OutputWrapper], None]) -> CommandParser:
    return verb(what, name, text, run)


def _one(what: Verbs, name: str, text: str, run: Callable[[Options, OutputWrapper], None]) -> CommandParser:
    parser = verb(what, name, text, run)
    parser.add_argument("id", type=int, help="of the newsletter")
    return parser


def _list(options: Options, out: OutputWrapper) -> None:
    zone = _settings().time_zone
    for campaign in Campaign.objects.order_by("-pk"):
        out.write(_line(campaign, zone))


def _create(options: Options, out: OutputWrapper) -> None:
    campaign = _tried(lambda: draft.create(get_shop(), _settings(), file.read(_read(options["file"])), _BY, work.now()))
    out.write(f"Newsletter {campaign.pk} is a draft.")


def _update(options: Options, out: OutputWrapper) -> None:
    new = _tried(lambda: file.read(_read(options["file"])))
    _tried(lambda: draft.update(get_shop(), _settings(), options["id"], new, _BY, work.now()))
    out.write(f"Newsletter {options['id']} is changed.")


def _count(options: Options, out: OutputWrapper) -> None:
    shop, settings = get_shop(), _settings()
    try:
        if options["id"] is not None:
            campaign = _campaign(options["id"])
            audience, channels = meant(campaign.audience, shop, settings), campaign.channels
        else:
            audience = meant(told_by_lines(options["where"]), shop, settings)
            channels = options["channel"]
            if strange := set(channels) - set(shop.channels()):
                raise CommandError(f"There is no channel {', '.join(sorted(strange))}.")
    except AudienceError as wrong:
        raise CommandError(str(wrong)) from wrong
    for line in _counted(count(shop, audience, tuple(channels), settings, work.now(), options["sample"])):
        out.write(line)


def _counted(found: Counted) -> Iterator[str]:
    yield f"{found.people:,} people, {found.recipients:,} of whom may be written to."
    for reason, number in found.excluded.items():
        yield f"  {number:>8,}  {told.EXCLUDED[reason]}"
    for person in found.sample:
        yield f"  {person.email}  {person.channel}".rstrip()


def _preview(options: Options, out: OutputWrapper) -> None:
    mail = _tried(lambda: preview(get_shop(), _settings(), _wanted(options), work.now()))
    path = options["file"]
    try:
        path.write_text(mail.text if path.suffix == ".txt" else mail.html, encoding="utf-8")
    except OSError as error:
        raise CommandError(str(error)) from error
    out.write(f"{mail.subject}: written to {path}.")


def _test(options: Options, out: OutputWrapper) -> None:
    _tried(lambda: send_test(get_shop(), _settings(), _wanted(options), options["to"], work.now()))
    out.write("The mail server took it.")


def _wanted(options: Options) -> Wanted:
    contact = None
    if options["customer"]:
        contact = Contact.objects.filter(email=normalise(options["customer"])).first()
        if contact is None:
            raise CommandError(NOBODY)
    return wanted(_campaign(options["id"]), options["version"], options["language"], contact)


def _schedule(options: Options, out: OutputWrapper) -> None:
    settings = _settings()
    at = work.now()
    if options["at"]:
        try:
            at = datetime.fromisoformat(options["at"])
        except ValueError:
            raise CommandError(f"“{options['at']}” is no time, such as 2026-12-01T09:30.") from None
        at = at if at.tzinfo else at.replace(tzinfo=settings.time_zone)
    campaign = _tried(lambda: course.schedule(get_shop(), settings, options["id"], at, _BY, work.now()))
    out.write(_line(campaign, settings.time_zone))


def _does(step: Callable[[int, str, datetime], Campaign]) -> Callable[[Options, OutputWrapper], None]:
    def run(options: Options, out: OutputWrapper) -> None:
        out.write(_line(_tried(lambda: step(options["id"], _BY, work.now())), _settings().time_zone))

    return run


def _choose(options: Options, out: OutputWrapper) -> None:
    campaign = _tried(lambda: course.choose(options["id"], options["winner"], _BY, work.now()))
    out.write(_line(campaign, _settings().time_zone))


def _report(options: Options, out: OutputWrapper) -> None:
    campaign = _campaign(options["id"])
    found = report(campaign, work.now())
    if options["json"]:
        out.write(json.dumps(_plain(campaign, found), indent=2))
        return
    for line in told.lines(campaign, found):
        out.write(line)


def _plain(campaign: Campaign, found: Report) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "state": campaign.state,
        "problem": campaign.problem,
        "recipients": campaign.recipients,
        "excluded": campaign.excluded,
        "waiting": found.waiting,
        "decisions": [{"outcome": o, "reason": r, "count": number} for (o, r), number in found.decisions.items()],
        "mails": dict(found.mails),
        "versions": [
            {
                "version": one.version,
                "sent": one.sent,
                "clicked": one.clicked,
                "bought": [{"currency": b.currency, "orders": b.orders, "revenue": str(b.revenue)} for b in one.bought],
            }
            for one in found.versions
        ],
        "test": asdict(found.test) | {"winner": campaign.winner} if found.test else None,
        "uplift": plain(found.uplift),
    }


def _line(campaign: Campaign, zone: ZoneInfo) -> str:
    at = campaign.started_at or campaign.scheduled_at
    when = f", {at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
    held = f"; held: {campaign.problem}" if campaign.problem else ""
    return f"{campaign.pk:>6}  {campaign.state:<9}  {campaign.name}{when}, {campaign.recipients:,} recipients{held}"


def _tried(what: Callable[[], Any]) -> Any:
    try:
        return what()
    except (CampaignError, Problem) as wrong:
        raise CommandError(str(wrong)) from wrong
    except Campaign.DoesNotExist:
        raise CommandError("There is no such newsletter.") from None


def _campaign(key: int) -> Campaign:
    found: Campaign = _tried(lambda: Campaign.objects.get(pk=key))
    return found


def _some(words: str) -> int:
    if not words.isascii() or not words.isdigit() or int(words) > _MOST_NAMED:
        raise ArgumentTypeError(f"“{words[:40]}” is not a number from 0 to {_MOST_NAMED}")
    return int(words)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _settings() -> Settings:
    try:
        return config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right first. {error}") from error
