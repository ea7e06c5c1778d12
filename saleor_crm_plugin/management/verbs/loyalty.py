"""``crm loyalty``: what a customer has and why, points given by hand, what is due, and the proof of every balance."""

from collections.abc import Iterator
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from ... import config, work
from ...config import Settings
from ...contacts.address import normalise
from ...contacts.models import Contact
from ...flows.explain import NOBODY
from ...segments.loyalty.account import Account, account
from ...segments.loyalty.adjust import adjust
from ...segments.loyalty.catch_up import catch_up
from ...segments.loyalty.history import Movement, history
from ...segments.loyalty.mature import mature
from ...segments.loyalty.models import Entry
from ...segments.loyalty.rebuild import prove, repair
from ...segments.loyalty.refusals import Refusal
from ...shop.port import get_shop
from . import Options, Verbs, verb

Kind = Entry.Kind


def add(verbs: Verbs) -> None:
    """Declare the verb, with a verb of its own for each thing to do."""
    text = "Loyalty points: look at a customer's, give or take some, prove all balances."
    parser = verb(verbs, "loyalty", text, _do)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")

    def deed(name: str, text: str) -> CommandParser:
        return deeds.add_parser(name, help=text, description=text)

    deed("show", "Tell what a customer has, and every movement of it.").add_argument("email")
    adjusting = deed("adjust", "Give a customer points, or take some.")
    adjusting.add_argument("email")
    adjusting.add_argument("points", type=int, help="how many; with a minus they are taken")
    adjusting.add_argument("--note", required=True, help="why; kept with the points")
    adjusting.add_argument("--allow-negative", action="store_true", help="let the customer owe what is not there")
    deed("catch-up", "Give orders since the programme's first day the points they have not got: after it was set back.")
    deed("mature", "Do what is due: pending points become earned, old ones expire.")
    proving = deed("rebuild", "Compute every balance again from the movements alone, and compare.")
    proving.add_argument("--repair", action="store_true", help="write what the movements say")


def _do(options: Options, out: OutputWrapper) -> None:
    for line in _DEEDS[options["deed"]](options):
        out.write(line)


def _show(options: Options) -> Iterator[str]:
    settings, contact, now = _settings(), _contact(options["email"]), work.now()
    has = account([contact], settings.loyalty, now)[contact]
    yield f"Contact {contact}: {_balance(has)}"
    yield from _details(has, settings.time_zone)
    last = None
    while page := history(contact, last, limit=500):
        for movement in page:
            yield _line(movement, settings.time_zone)
        last = page[-1].id


def _adjust(options: Options) -> Iterator[str]:
    rules, contact, now = _settings().loyalty, _contact(options["email"]), work.now()
    try:
        name, may_owe = f"command:{uuid4()}", options["allow_negative"]
        adjust(contact, options["points"], options["note"], "", name, now, rules, allow_negative=may_owe)
    except (Refusal, ValueError) as error:
        raise CommandError(str(error)) from error
    yield f"Contact {contact}: {_balance(account([contact], rules, now)[contact])}"


def _catch_up(options: Options) -> Iterator[str]:
    yield f"{catch_up(_settings().loyalty, work.now())} orders got their points."


def _mature(options: Options) -> Iterator[str]:
    rules, now, done = _settings().loyalty, work.now(), 0
    while count := mature(rules, now):
        done += count
    yield f"Lots of points that moved: {done}."


def _rebuild(options: Options) -> Iterator[str]:
    proof = prove()
    yield f"Lots computed again: {proof.lots}, of {proof.contacts} customers. Differences: {len(proof.differences)}."
    for one in proof.differences:
        yield f"  contact {one.contact_id}, {one.lot}: {one.field} is {one.stored}, its movements say {one.proven}"
    if proof.differences and not options["repair"]:
        raise CommandError("Not every balance could be proven. --repair writes what the movements say.")
    if options["repair"]:
        yield f"Lots repaired: {repair()}."


_DEEDS = {"show": _show, "adjust": _adjust, "catch-up": _catch_up, "mature": _mature, "rebuild": _rebuild}


def _settings() -> Settings:
    try:
        return config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right first. {error}") from error


def _contact(email: str) -> int:
    contact = Contact.objects.filter(email=normalise(email) or None).first()
    if contact is None:
        raise CommandError(NOBODY)
    return contact.pk


def _balance(has: Account) -> str:
    if has.balance < 0:
        return f"{has.balance} points. The next ones make up for what was taken back after it had been spent."
    return f"{has.balance} points"


def _details(has: Account, zone: ZoneInfo) -> Iterator[str]:
    yield f"  pending: {has.pending}"
    yield f"  expiring within 30 days: {has.expiring}"
    if has.next_at and has.next_points:
        yield f"  next to expire: {has.next_points} on {has.next_at.astimezone(zone):%Y-%m-%d}"
    standing = has.standing
    tier = f"  tier: {standing.tier or 'none'} ({has.year_points} points earned by orders in 365 days"
    yield tier + (f", {standing.missing} more for {standing.next_tier})" if standing.next_tier else ")")


def _line(movement: Movement, zone: ZoneInfo) -> str:
    points = f"{movement.points:+}" if movement.points else ""
    words = _WORDS[movement.kind, movement.points > 0].format(
        of=f"order {movement.order_id}" if movement.order_id else "an adjustment",
        source=movement.source,
        day=f"on {movement.due_at.astimezone(zone):%Y-%m-%d}" if movement.due_at else "never",
        who=f"staff {movement.staff_id}" if movement.staff_id else "hand",
        note=movement.note,
    )
    return f"  {movement.at.astimezone(zone):%Y-%m-%d %H:%M}  {points:>8}  {words}"


# By kind, and whether points came (True) or not.
_WORDS = {
    (Kind.ACCRUE, True): "for {of}",
    (Kind.REVERSE, False): "taken back: {of} was refunded, cancelled or changed",
    (Kind.SCHEDULE, False): "points of {of} become earned {day}, as its delivery stands now",
    (Kind.CONFIRM, False): "points of {of} are earned, and expire {day}",
    (Kind.EXPIRE, False): "expired: points of {of}",
    (Kind.EXPIRE, True): "had expired before {of} was refunded, and are not taken twice",
    (Kind.REDEEM, False): "spent on {source}: points of {of}",
    (Kind.RESTORE, True): "given back from {source}: points of {of}, which expire {day}",
    (Kind.SETTLE, False): "points of {of} paid what was owed",
    (Kind.SETTLE, True): "paid by other points: what {of} owed",
    (Kind.ADJUST, False): "by {who}: {note}",
    (Kind.ADJUST, True): "by {who}: {note}",
}
