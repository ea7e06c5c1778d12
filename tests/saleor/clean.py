"""An empty shop before each test: no carts, orders, customers or promotions, and nothing of ours."""

from time import monotonic, sleep
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
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
PATIENCE = 60  # seconds
_KEPT = {"Pepper"}  # one row for good, made by a migration or at first use
# What TRUNCATE ... RESTART IDENTITY CASCADE does. That makes new files for two hundred tables and their indexes, though
# hardly any of them has a row.
_EMPTY = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        WITH RECURSIVE emptied AS (
            SELECT unnest(%s::regclass[])::oid AS id
            UNION
            SELECT more.id FROM emptied CROSS JOIN LATERAL (
                SELECT conrelid AS id FROM pg_constraint WHERE contype = 'f' AND confrelid = emptied.id
                UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = emptied.id
            ) more
        )
        SELECT t.oid::regclass AS name, (
            SELECT array_agg(seqrelid::regclass) FROM pg_sequence JOIN pg_depend d ON d.objid = seqrelid
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                AND d.refobjid = t.oid AND pg_sequence_last_value(seqrelid) IS NOT NULL
        ) AS sequences
        FROM emptied JOIN pg_class t ON t.oid = emptied.id
        WHERE t.relkind IN ('r', 'p')
    LOOP
        -- What a worker is writing is waited for, and emptied with the rest.
        EXECUTE format('LOCK TABLE %%s IN SHARE ROW EXCLUSIVE MODE', one.name);
        IF pg_relation_size(one.name) > 0 THEN
            EXECUTE format('DELETE FROM %%s', one.name);
        END IF;
        PERFORM setval(number, (SELECT seqstart FROM pg_sequence WHERE seqrelid = number), false)
        FROM unnest(one.sequences) number;
    END LOOP;
END $$
"""


def empty_shop() -> None:
    """Empty it by the shortest way, which no hook hears of."""
    ours = [model for model in apps.get_app_config("saleor_crm").get_models() if model.__name__ not in _KEPT]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_EMPTY, [[f'"{model._meta.db_table}"' for model in (Checkout, Order, *ours)]])
    for gone in (User.objects.filter(is_staff=False), Promotion.objects.all(), Voucher.objects.all()):
        _delete(gone)
    _silence_saleors_own_mails()


def _delete(rows: QuerySet[Any]) -> None:
    """Delete them, though Saleor's worker may still write rows that belong to them: then once more."""
    give_up = monotonic() + PATIENCE
    while True:
        try:
            rows.all().delete()
            return
        except IntegrityError:
            if monotonic() > give_up:
                raise
            sleep(0.1)


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

    def take_away(self) -> None:
        """Nothing of what Saleor's worker still does reaches us."""
        PluginConfiguration.objects.filter(identifier=PLUGIN_ID).delete()
        our_app = App.objects.filter(identifier=PLUGIN_ID)
        our_app.update(is_active=False)  # nothing more is delivered, so that what is under way comes to its end
        _delete(our_app)

    def put_back(self) -> None:
        """After they were taken away."""
        if self._row:
            PluginConfiguration.objects.create(**self._row)
        registration.keep(get_shop())
