"""``manage.py crm ...``: for those who run the shop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...shop.port import get_shop
from ..verbs import (
    bounces,
    campaign,
    demand,
    flows,
    history,
    loyalty,
    mails,
    people,
    recommendations,
    replay,
    segments,
    templates,
    upkeep,
    vouchers,
    webhooks,
)

GROUPS = (
    mails,
    bounces,
    campaign,
    flows,
    templates,
    replay,
    upkeep,
    people,
    history,
    segments,
    recommendations,
    loyalty,
    vouchers,
    demand,
    webhooks,
)


class Command(BaseCommand):
    """One command for the CRM, with a verb for each thing to do (``management/verbs/``)."""

    help = "Look into the CRM and keep it going: what was decided and why, what came back, what is stuck."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for group in GROUPS:
            group.add(verbs)

    def handle(self, *args: Any, **options: Any) -> None:
        with get_shop().writing():
            options["run"](options, self.stdout)
