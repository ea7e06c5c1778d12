"""What was written to customers and why, and what came of it."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...emails import outbox, server
from ...emails.models import Message
from ...emails.tracking.figures import Responses, responses
from ...flows.catalogue import FLOWS
from ...flows.explain import NOBODY, explain
from ...flows.pauses import pauses
from ...flows.reasons import SENTENCES, Reason
from ...flows.report import ArmResult, report
from ...flows.uplift.plain import plain
from ...flows.uplift.uplift import uplift
from ...flows.uplift.words import tell
from ...flows.withdraw import decide_again
from ...shop.port import get_shop
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    explaining = verb(verbs, "explain", "Tell why each mail to a customer was or was not sent.", _explain)
    explaining.add_argument("email")
    text = "Tell what was decided in each flow, and what it is worth beside the customers who were held out."
    reporting = verb(verbs, "report", text, _report)
    reporting.add_argument("--json", action="store_true", help="for programs")
    posting = verb(verbs, "outbox", "Count the mails by state, and list those that are held or failed.", _outbox)
    posting.add_argument(
        "--let-go",
        nargs="+",
        type=_uuid,
        metavar="ID",
        help="decide these held or failed mails anew, and send them",
    )


def _explain(options: Options, out: OutputWrapper) -> None:
    lines = list(explain(options["email"], _zone()))
    if lines == [NOBODY]:
        raise CommandError(NOBODY)
    for line in lines:
        out.write(line)


def _report(options: Options, out: OutputWrapper) -> None:
    reports, now = report(), work.now()
    worth = {one.flow: uplift(one.flow, now) for one in reports}
    came = responses(now)
    if options["json"]:
        out.write(
            json.dumps(
                {
                    one.flow: {
                        "enrolled": one.enrolled,
                        "decisions": [
                            {"outcome": o, "reason": r, "count": count} for (o, r), count in one.decisions.items()
                        ],
                        "treated": _plain(one.treated),
                        "holdout": _plain(one.holdout),
                        "responses": asdict(came.get(one.flow, Responses())),
                        "uplift": plain(worth[one.flow]),
                    }
                    for one in reports
                },
                indent=2,
            )
        )
        return
    resting = pauses()
    for one in reports:
        rests = ", rests" if one.flow in resting else ""
        out.write(f"{FLOWS[one.flow].title}: {one.enrolled} enrolled{rests}")
        if not one.enrolled:
            continue
        for (outcome, reason), count in sorted(one.decisions.items(), key=lambda item: -item[1]):
            out.write(f"  {count:>8}  {outcome.replace('_', ' ')}: {SENTENCES[Reason(reason)]}")
        if (answers := came.get(one.flow)) and (answers.clicked or answers.scanned or answers.opened):
            read = f"{answers.clicked} of {answers.sent} mails in 90 days (programs: {answers.scanned})"
            out.write(f"  clicked in:        {read}")
            if answers.opened:
                out.write(f"  opened:            {answers.opened}, unreliable: mail programs open mails, or hide it")
        if one.treated.carts or one.holdout.carts:
            out.write(f"  runs with a mail:  {_words(one.treated)}")
            out.write(f"  runs held out:     {_words(one.holdout)}")
        found = worth[one.flow]
        for line in tell(found) if found else ():
            out.write(f"  {line}")


def _outbox(options: Options, out: OutputWrapper) -> None:
    if options["let_go"]:
        out.write(f"{decide_again(options['let_go'], work.now())} will be decided again.")
    for state, count in outbox.count().items():
        out.write(f"{count:>8}  {state}")
    for line in _server():
        out.write(line)
    stuck = Message.objects.filter(state__in=[Message.State.HELD, Message.State.FAILED])
    for message in stuck.order_by("created_at"):
        out.write(f"  {message.pk}  {message.state}  {message.flow}, mail {message.step + 1}: {message.error}")


def _server() -> list[str]:
    """How the mail server takes it, where it does not."""
    try:
        known = server.state(config.parse(get_shop().configuration()))
    except config.ConfigError:
        return []
    if not known or not known.failures:
        return []
    rests = f"; nothing is tried until {known.rests_until:%Y-%m-%d %H:%M %Z}" if known.rests_until else ""
    times = "once" if known.failures == 1 else f"{known.failures} times in a row"
    return [f"The mail server failed {times}{rests}. The last time: {known.error}"]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not the id of a mail") from None


def _zone() -> ZoneInfo:
    try:
        return config.parse(get_shop().configuration()).time_zone
    except config.ConfigError:
        return ZoneInfo("UTC")


def _plain(arm: ArmResult) -> dict[str, Any]:
    revenue = {currency: str(amount) for currency, amount in arm.revenue.items()}
    return {"carts": arm.carts, "recovered": arm.recovered, "revenue": revenue}


def _words(arm: ArmResult) -> str:
    rate = f" ({arm.rate:.1%})" if arm.rate is not None else ""
    revenue = ", ".join(f"{amount:.2f} {currency}" for currency, amount in arm.revenue.items())
    return f"{arm.carts}, {arm.recovered} ordered from{rate}" + (f", {revenue}" if revenue else "")
