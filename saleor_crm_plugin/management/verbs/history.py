"""The shop's orders, all of them: taking them over, and seeing that what we have is what the shop has."""

from collections import Counter

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...config import LoyaltyRules
from ...segments.loyalty.catch_up import catch_up
from ...segments.loyalty.orders import post_orders
from ...shop.port import Shop, get_shop
from ...webhooks import history
from ...webhooks.verify import Difference, verify
from . import Options, Verbs, verb
from .progress import progress

_SHOWN = 1000


def add(verbs: Verbs) -> None:
    text = "Take over all orders that the shop has, so that customers are known by what they bought before."
    verb(verbs, "backfill", text, _backfill)
    text = "Compare our facts with the shop's own tables and list what is not the same. None is expected."
    verifying = verb(verbs, "verify", text, _verify)
    verifying.add_argument("--repair", action="store_true", help="store what differs as the shop has it")


def _backfill(options: Options, out: OutputWrapper) -> None:
    shop = get_shop()
    with progress("orders", shop.count_orders(), out) as tell:
        done = history.backfill(shop, work.now, tell)
    out.write(f"{done} orders looked at.")
    rules = _loyalty_rules(shop)
    if rules.since:
        out.write(f"{catch_up(rules, work.now())} orders got their loyalty points.")


def _verify(options: Options, out: OutputWrapper) -> None:
    kinds: Counter[str] = Counter()
    orders: set[str] = set()

    def tell(one: Difference) -> None:
        kinds[one.kind] += 1
        orders.add(one.order_id)
        if kinds.total() <= _SHOWN:
            out.write(f"  {one.order_id}  {one.what}: ours {one.ours}, the shop's {one.theirs}")

    done = verify(get_shop(), work.now, tell, repair=options["repair"])
    for kind, count in kinds.most_common():
        out.write(f"{count:>8}  {kind}")
    waiting = f", {done.waiting} are about to be looked at" if done.waiting else ""
    out.write(f"{done.looked} orders compared{waiting}, {done.different} differ.")
    if done.different and options["repair"]:
        post_orders(orders, _loyalty_rules(get_shop()), work.now())
        out.write("They are now as the shop has them.")
    elif done.different:
        raise CommandError("Our facts are not what the shop has. crm verify --repair stores them anew.")


def _loyalty_rules(shop: Shop) -> LoyaltyRules:
    try:
        return config.parse(shop.configuration()).loyalty
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right before points can be given. {error}") from error
