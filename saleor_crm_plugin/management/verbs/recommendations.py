"""``crm recs``: how good recommendations are, and who is shown what and why."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...config import Settings
from ...contacts.address import normalise
from ...contacts.models import Contact
from ...recs.served import suggest, training
from ...recs.served.engine import EngineNotReady
from ...recs.served.models import TrainingRun
from ...recs.served.parquet import NoParquet, export
from ...recs.served.suggest import Suggestion
from ...shop.port import Shop, get_shop
from . import Options, Verbs, verb
from .channels import check_channel

_SHOWN = 12
_QUESTIONS = {
    "discovery": "new for the customer",
    "rebuy": "bought again",
    "basket": "goes with the cart",
    "related": "goes with a product",
}


def add(verbs: Verbs) -> None:
    text = "Tell how good recommendations are, or what somebody is shown and why."
    parser = verb(verbs, "recs", text, _recs)
    parser.add_argument("--train", action="store_true", help="first learn from all that happened, as every night")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--for", dest="customer", metavar="EMAIL", help="what this customer is shown")
    asked.add_argument("--product", metavar="ID", help="what is shown beside this product (its number in the shop)")
    asked.add_argument("--export", metavar="FOLDER", help="write what was bought and looked at as parquet, for Spark")
    parser.add_argument("--channel", metavar="SLUG", help="where; needed with --for and --product")


def _recs(options: Options, out: OutputWrapper) -> None:
    shop = get_shop()
    if options["channel"] is not None:
        check_channel(shop, options["channel"])
    if options["train"]:
        _train(shop, out)
    if options["export"]:
        lines = _exported(Path(options["export"]))
    elif options["customer"] or options["product"]:
        if not options["channel"]:
            raise CommandError("In which channel? Name it with --channel.")
        lines = _shown(shop, options)
    else:
        lines = _lines()
    for line in lines:
        out.write(line)


def _train(shop: Shop, out: OutputWrapper) -> None:
    def tell(step: str) -> None:
        out.write(f"{step} ...")
        out.flush()

    try:
        busy = training.train(shop, _settings(shop), work.now(), tell).busy
    except EngineNotReady as error:
        raise CommandError(str(error)) from error
    if busy:
        raise CommandError("Another training is at it. Try again when it is done.")


def _exported(folder: Path) -> Iterator[str]:
    try:
        yield f"{export(folder, work.now()):,} rows are in {folder}."
    except NoParquet as error:
        raise CommandError(str(error)) from error


def _lines() -> Iterator[str]:
    run = TrainingRun.objects.filter(current=True).first()
    if run is None:
        yield "Nothing is learnt yet, so what sells is shown: it is done at night, or now with --train."
        return
    yield (
        f"Learnt on {run.started_at:%Y-%m-%d %H:%M} UTC from {run.lines:,} lines of orders by"
        f" {run.customers:,} customers; {run.products:,} products."
    )
    for task, figures in run.figures.items():
        yield f"  {_QUESTIONS.get(task, task):<22}{figures['model']}"
        yield f"  {'':<22}{figures['reason']}"


def _shown(shop: Shop, options: Options) -> Iterator[str]:
    channel, now = options["channel"], work.now()
    if options["customer"]:
        contact = Contact.objects.filter(email=normalise(options["customer"])).first()
        if contact is None:
            raise CommandError("Nobody has this address.")
        yield "Recommended:"
        yield from _list(shop, suggest.for_contacts(shop, [contact.pk], channel, _SHOWN, now)[contact.pk], channel)
        return
    product = options["product"]
    for title, function in (("Related:", suggest.related), ("Bought together:", suggest.together)):
        yield title
        yield from _list(shop, function(shop, [product], channel, _SHOWN, now)[product], channel)


def _list(shop: Shop, shown: Sequence[Suggestion], channel: str) -> Iterator[str]:
    tiles = shop.tiles([one.product_id for one in shown], channel, ["en"])["en"]
    if not shown:
        yield "  nothing that this channel sells now"
    for one in shown:
        name = tiles[one.product_id].name if one.product_id in tiles else ""
        yield f"  {one.score:.2f}  {one.reason.value.replace('_', ' '):<20}{one.product_id:>8}  {name}"


def _settings(shop: Shop) -> Settings:
    try:
        return config.parse(shop.configuration())
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right first. {error}") from error
