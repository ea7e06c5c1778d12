"""What came back."""

from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper
from django.db.models import Count

from ... import config, work
from ...emails.bounces import mailbox
from ...emails.bounces.models import Bounce
from ...shop.port import get_shop
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    text = "Count the mails that came back by kind, and those whose recipients complained."
    bouncing = verb(verbs, "bounces", text, _bounces)
    bouncing.add_argument("--read", action="store_true", help="read the mailbox now")
    bouncing.add_argument("--file", nargs="+", default=[], metavar="FILE", help="take reports from these mails (.eml)")


def _bounces(options: Options, out: OutputWrapper) -> None:
    try:
        rules = config.parse(get_shop().configuration()).bounces
    except config.ConfigError as error:
        raise CommandError(str(error)) from error
    for name in options["file"]:
        try:
            raw = Path(name).read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from error
        out.write(f"{name}: {mailbox.take_message(raw, rules.soft, work.now())} taken")
    if options["read"]:
        if not rules.host:
            raise CommandError("There is no mailbox in the settings.")
        try:
            while read := mailbox.read(rules, work.now):
                out.write(f"{read} messages read")
        except mailbox.Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
    counts = list(Bounce.objects.values_list("kind").annotate(count=Count("pk")).order_by("kind"))
    for kind, count in counts:
        out.write(f"{count:>8}  {kind}")
    if not counts:
        out.write("Nothing came back.")
