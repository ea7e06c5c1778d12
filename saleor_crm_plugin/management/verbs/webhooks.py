"""The webhooks by which Saleor tells us of stock: whether they are there, and putting them right."""

from django.apps import apps
from django.core.management.base import CommandError, OutputWrapper

from ...shop.port import get_shop
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    text = "Show the webhooks by which Saleor tells of stock and prices, and what is not as it should be with them."
    seeing = verb(verbs, "webhooks", text, _webhooks)
    either = seeing.add_mutually_exclusive_group()
    either.add_argument("--repair", action="store_true", help="put right what is not as it should be")
    either.add_argument("--remove", action="store_true", help="take them away, before the plugin is uninstalled")


def _webhooks(options: Options, out: OutputWrapper) -> None:
    if not apps.is_installed("saleor.plugins"):
        out.write("This shop sends no webhooks.")
        return
    from ...webhooks import registration

    shop = get_shop()
    if options["remove"]:
        if shop.active():
            raise CommandError("Switch the plugin off first: while it is on, it makes its webhooks again.")
        out.write("They are gone." if registration.remove(shop) else "There were none.")
        return
    if options["repair"]:
        for text in registration.keep(shop):
            out.write(f"Put right: {text}")
    seen, wrong = registration.look(shop)
    for one in seen:
        out.write(f"{one.name}: {'active' if one.active else 'not active'}, to {one.target}")
        out.write(f"  {', '.join(one.events)}")
        out.write(f"  {one.pending} deliveries wait, {one.failed} failed; Saleor forgets those that arrived")
    if not seen and not wrong:
        out.write("None are needed: this version of Saleor tells of stock without them, or the plugin is switched off.")
    for text in wrong:
        out.write(f"Not right: {text}")
    if seen and (trouble := registration.unreachable(shop)):
        out.write(trouble)
    if wrong:
        raise CommandError("Within the hour this puts itself right. crm webhooks --repair does it now.")
