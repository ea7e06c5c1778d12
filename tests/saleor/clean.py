"""An empty shop before each test: no carts, orders, customers or promotions, and nothing of ours."""

from django.apps import apps
from django.db import connection
from saleor.account.models import User
from saleor.app.models import App
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.discount.models import Promotion, Voucher
from saleor.order.models import Order
from saleor.plugins.models import PluginConfiguration

from saleor_crm_plugin.shop.port import get_shop
from saleor_crm_plugin.webhooks import registration

PLUGIN_ID = "saleor_crm"
USER_EMAILS, ADMIN_EMAILS = "mirumee.notifications.user_email", "mirumee.notifications.admin_email"
_KEPT = {"Pepper"}  # one row for good, made by a migration or at first use


def empty_shop() -> None:
    """Empty it by the shortest way: TRUNCATE, which no hook hears of."""
    ours = [model for model in apps.get_app_config("saleor_crm").get_models() if model.__name__ not in _KEPT]
    tables = ", ".join(f'"{model._meta.db_table}"' for model in (Checkout, Order, *ours))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    User.objects.filter(is_staff=False).delete()
    Promotion.objects.all().delete()
    Voucher.objects.all().delete()
    _silence_saleors_own_mails()


def _silence_saleors_own_mails() -> None:
    """Saleor's confirmations go to the same mail server as ours, and a busy worker sends them tests later."""
    plugins: list[tuple[str, Channel | None]] = [(USER_EMAILS, channel) for channel in Channel.objects.all()]
    for identifier, channel in [*plugins, (ADMIN_EMAILS, None)]:
        PluginConfiguration.objects.update_or_create(
            identifier=identifier, channel=channel, defaults={"name": identifier, "active": False}
        )


class Settings:
    """The plugin's row and its webhooks as ``migrate`` left them, to be put back."""

    def __init__(self) -> None:
        self._row = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, channel=None).values().first()

    def restore(self) -> None:
        """Put them back."""
        PluginConfiguration.objects.filter(identifier=PLUGIN_ID).delete()
        if self._row:
            PluginConfiguration.objects.create(**self._row)
        App.objects.filter(identifier=PLUGIN_ID).delete()
        registration.keep(get_shop())
