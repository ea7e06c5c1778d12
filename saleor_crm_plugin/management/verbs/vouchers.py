"""``crm vouchers``: what each tier granted and brought; codes for a whole segment, as a file for other channels."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.db import transaction

from ... import config, work
from ...config import Settings, VoucherTier
from ...contacts.suppression import suppressed
from ...segments.members import Member, members, names
from ...segments.models import Membership
from ...shop.port import Shop, get_shop
from ...vouchers.grant import Granted, Refusal, Wanted, grant
from ...vouchers.overview import TierReport, overview
from . import Options, Verbs, verb
from .private_file import private_file

_BATCH = 5000
_OF_A_GRANT = ("segment", "channel", "csv", "name")
_HEAD = ("email", "code", "expires_at", "consented")
_WHY = {
    Refusal.BUDGET: "got none: the budget is used",
    Refusal.COUNT: "got none: as many codes as the tier allows are out",
    Refusal.NOT_SERVED: "got none: the tier is not good in this channel",
    Refusal.ENDED: "got none: theirs has expired or was given back",
    Refusal.NOBODY: "got none: they were erased meanwhile",
}


def add(verbs: Verbs) -> None:
    text = "Tell what vouchers were granted, used and brought; grant codes to a whole segment."
    parser = verb(verbs, "vouchers", text, _vouchers)
    parser.add_argument("--grant", metavar="TIER", help="grant each customer of a segment a code of this tier")
    parser.add_argument("--segment", metavar="KIND:NAME", help="such as rfm:Champions, score:A or lifecycle:at_risk")
    parser.add_argument("--channel", metavar="SLUG", help="the channel whose currency counts")
    parser.add_argument("--csv", metavar="FILE", help="where addresses and codes are written")
    parser.add_argument("--name", help="tells two campaigns apart: the same name gives the same codes again")


def _vouchers(options: Options, out: OutputWrapper) -> None:
    if options["grant"] is None and (said := [f"--{name}" for name in _OF_A_GRANT if options[name]]):
        raise CommandError(f"Only with --grant TIER: {', '.join(said)}.")
    lines = _tell(_settings()) if options["grant"] is None else _grant(options)
    for line in lines:
        out.write(line)


def _tell(settings: Settings) -> Iterator[str]:
    reports = {report.tier: report for report in overview()}
    known = {tier.name: tier for tier in settings.vouchers.tiers}
    for name in dict.fromkeys([*known, *reports]):
        yield from _lines(name, reports.get(name), known.get(name))
    if not known and not reports:
        yield "There are no tiers, and nothing was granted."


def _lines(name: str, report: TierReport | None, tier: VoucherTier | None) -> Iterator[str]:
    gone = "" if tier or name == config.POINTS else " (no longer in the settings)"
    if report is None:
        yield f"{name}: nothing granted yet"
        return
    most = f" of at most {tier.most}" if tier and tier.most else ""
    in_use = f"{report.open + report.redeemed}{most} in use"
    yield f"{name}{gone}: {report.granted} granted, {in_use}, {report.redeemed} redeemed, {report.shared} shared"
    for currency, budget in (tier.budget if tier else {}).items():
        yield f"  budget: {_money(report.used.get(currency, Decimal(0)), currency)} of {_money(budget, currency)} used"
    for currency, amount in report.revenue.items():
        yield f"  revenue of its orders: {_money(amount, currency)}"


def _grant(options: Options) -> Iterator[str]:
    if missing := [f"--{name}" for name in ("segment", "channel", "csv") if not options[name]]:
        raise CommandError(f"--grant needs {', '.join(missing)}, too.")
    settings, shop = _settings(), get_shop()
    tier = settings.vouchers.tier(options["grant"])
    if tier is None:
        raise CommandError("There is no such tier in the settings.")
    kind, _, segment = options["segment"].partition(":")
    if kind not in set(Membership.Kind) or not segment:
        raise CommandError("Name the segment with its kind, such as rfm:Champions, score:A or lifecycle:at_risk.")
    if segment not in (known := names(kind, settings)):
        raise CommandError(f"“{segment}” is not known; there are {', '.join(known) or 'none'}.")
    currency = shop.channels().get(options["channel"])
    if currency is None:
        raise CommandError("There is no such channel.")
    campaign = options["name"] or options["segment"]
    if len(campaign) > 60:
        raise CommandError("A name may have up to 60 letters.")

    def wish(member: Member) -> Wanted:
        key = f"campaign:{campaign}:{tier.name}:{member.contact_id}"
        return Wanted(key, tier, member.contact_id, options["channel"], currency)

    try:
        with private_file(Path(options["csv"])) as file:
            counts = _write(shop, settings, (kind, segment, currency), wish, csv.writer(file))
    except OSError as error:
        raise CommandError(str(error)) from error
    yield f"{counts.pop('granted', 0)} codes written."
    for why, count in counts.items():
        yield f"  {count} {why}"


def _write(
    shop: Shop, settings: Settings, of: tuple[str, str, str], wish: Callable[[Member], Wanted], file: Any
) -> Counter[str]:
    """Grant in batches, each written once it is committed: who begins again gets the same codes."""
    counts, after = Counter[str](), 0
    file.writerow(_HEAD)
    while page := members(*of, after=after, limit=_BATCH):
        after = page[-1].contact_id
        unwanted = suppressed(member.email for member in page)
        asked = {}
        for member in page:
            if member.email in unwanted:
                counts["left out: they want no mail"] += 1
            elif member.email.startswith(("=", "+", "-", "@")):
                counts["left out: a spreadsheet would read their address as a formula"] += 1
            else:
                asked[member.contact_id] = member
        wishes = {wish(member).key: member for member in asked.values()}
        with transaction.atomic():
            answers = grant(shop, settings, [wish(member) for member in asked.values()], work.now())
        for row in _rows(answers, wishes, counts):
            file.writerow(row)
    return counts


def _rows(
    answers: Mapping[str, Granted | Refusal], wishes: Mapping[str, Member], counts: Counter[str]
) -> Iterator[tuple[str, ...]]:
    for key, answer in answers.items():
        if isinstance(answer, Granted):
            counts["granted"] += 1
            member = wishes[key]
            expires = answer.expires_at.isoformat(timespec="seconds")
            yield member.email, answer.code, expires, "yes" if member.consented else "no"
        else:
            counts[_WHY[answer]] += 1


def _settings() -> Settings:
    try:
        return config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right first. {error}") from error


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:.2f} {currency}"
