"""``manage.py crm ...``: for those who run the shop."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import config, work
from ...contacts.address import normalise
from ...contacts.erasure import erase
from ...contacts.importing import ImportProblem, import_consent
from ...contacts.models import Contact
from ...emails import outbox
from ...emails.models import Message
from ...flows.catalogue import FLOWS
from ...flows.explain import explain
from ...flows.reasons import SENTENCES, Reason
from ...flows.report import ArmResult, report
from ...flows.withdraw import decide_again
from ...shop.port import get_shop
from ...webhooks import inbox
from ...webhooks.models import InboxItem
from ..verbs import loyalty, segments


class Command(BaseCommand):
    """One command for the CRM, with a verb for each thing to do."""

    help = "Look into the CRM and keep it going: what was decided and why, what came back, what is stuck."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

        def verb(name: str, text: str) -> CommandParser:
            return verbs.add_parser(name, help=text, description=text)

        explaining = verb("explain", "Tell why each mail to a customer was or was not sent.")
        explaining.add_argument("email")
        reporting = verb("report", "Tell what the flows brought back, beside the customers who were held out.")
        reporting.add_argument("--json", action="store_true", help="for programs")
        looking = verb("inbox", "Count what waits to be looked at, and list what was given up, with its error.")
        looking.add_argument("--retry", action="store_true", help="try again what was given up")
        posting = verb("outbox", "Count the mails by state, and list those that are held or failed.")
        posting.add_argument(
            "--let-go",
            nargs="+",
            type=_uuid,
            metavar="ID",
            help="decide these held or failed mails anew, and send them",
        )
        verb("tick", "Do once all that is due: for shops without Celery's beat, every minute by cron.")
        erasing = verb("erase", "Forget a person. A hash of the address stays, so that it gets no mail again.")
        erasing.add_argument("email")
        importing = verb(
            "import-consent", "Take over who agreed to marketing mail, from a CSV file with a column “email”."
        )
        importing.add_argument("file", help="columns: email, optionally granted (yes or no) and wording")
        loyalty.add(verbs)
        segments.add(verbs)

    def handle(self, *args: Any, **options: Any) -> None:
        shop = get_shop()
        with shop.writing():
            getattr(self, f"_{options['verb'].replace('-', '_')}")(options)

    def _explain(self, options: dict[str, Any]) -> None:
        self._lines(explain(options["email"], _zone()))

    def _report(self, options: dict[str, Any]) -> None:
        reports = report()
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        one.flow: {
                            "enrolled": one.enrolled,
                            "decisions": [
                                {"outcome": o, "reason": r, "count": count} for (o, r), count in one.decisions.items()
                            ],
                            "treated": _plain(one.treated),
                            "holdout": _plain(one.holdout),
                        }
                        for one in reports
                    },
                    indent=2,
                )
            )
            return
        for one in reports:
            self.stdout.write(f"{FLOWS[one.flow].title}: {one.enrolled} enrolled")
            for (outcome, reason), count in sorted(one.decisions.items(), key=lambda item: -item[1]):
                self.stdout.write(f"  {count:>8}  {outcome.replace('_', ' ')}: {SENTENCES[Reason(reason)]}")
            self.stdout.write(f"  got mail:  {_words(one.treated)}")
            self.stdout.write(f"  held out:  {_words(one.holdout)}")

    def _inbox(self, options: dict[str, Any]) -> None:
        if options["retry"]:
            self.stdout.write(f"{inbox.retry_parked(work.now())} will be tried again.")
        parked = inbox.parked()
        waiting = InboxItem.objects.filter(parked_at=None).count()
        self.stdout.write(f"{waiting} waiting, {len(parked)} given up")
        for item in parked:
            self.stdout.write(f"  {item.kind} {item.object_id}  after {item.attempts} attempts: {item.error}")

    def _outbox(self, options: dict[str, Any]) -> None:
        if options["let_go"]:
            self.stdout.write(f"{decide_again(options['let_go'], work.now())} will be decided again.")
        for state, count in outbox.count().items():
            self.stdout.write(f"{count:>8}  {state}")
        for message in Message.objects.filter(state__in=[Message.State.HELD, Message.State.FAILED]).order_by(
            "created_at"
        ):
            self.stdout.write(
                f"  {message.pk}  {message.state}  {message.flow}, mail {message.step + 1}: {message.error}"
            )

    def _tick(self, options: dict[str, Any]) -> None:
        for job, count in work.tick(get_shop()).items():
            self.stdout.write(f"{job}: {count}")

    def _erase(self, options: dict[str, Any]) -> None:
        contacts = list(Contact.objects.filter(email=normalise(options["email"]) or None))
        if not contacts:
            raise CommandError("Nobody is known under this address.")
        erase(contacts, work.now())
        self.stdout.write("Forgotten.")

    def _import_consent(self, options: dict[str, Any]) -> None:
        try:
            with open(options["file"], newline="", encoding="utf-8-sig") as file:
                done = import_consent(file, options["file"].rpartition("/")[2], work.now())
        except (OSError, UnicodeDecodeError, ImportProblem) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.taken} taken over, {len(done.refused)} refused")
        self._lines(f"  line {number}: {why}" for number, why in done.refused)

    def _loyalty(self, options: dict[str, Any]) -> None:
        self._lines(loyalty.run(options))

    def _segments(self, options: dict[str, Any]) -> None:
        self._lines(segments.run(options))

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)


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
    return f"{arm.carts} carts, {arm.recovered} ordered{rate}" + (f", {revenue}" if revenue else "")
